/** The bearer token. It comes by the link that the server prints, or is pasted, and is kept in this tab's session and nowhere else. */

const KEY = "headroom.token";

let held: string | null = null;

export function token(): string | null {
  try {
    return sessionStorage.getItem(KEY) ?? held;
  } catch {
    return held;
  }
}

export function keepToken(value: string | null): void {
  held = value;
  try {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // Where the browser forbids it the token lasts as long as the page.
  }
}

/** The token in `#token=…`; null where there is none. */
export function tokenOfFragment(hash: string): string | null {
  const value = new URLSearchParams(hash.replace(/^#/, "")).get("token")?.trim();
  return value ? value : null;
}

/** Takes the token out of the page's address, so that it stays neither on the screen nor in the history. True where there was one. */
export function takeToken(): boolean {
  const found = tokenOfFragment(location.hash);
  if (found === null) return false;
  keepToken(found);
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

/** What was pasted: the token itself, or the whole link with it. */
export function tokenOfText(text: string): string | null {
  const trimmed = text.trim();
  const hash = trimmed.indexOf("#");
  if (hash >= 0) return tokenOfFragment(trimmed.slice(hash));
  const bare = trimmed.replace(/^bearer\s+/i, "");
  return bare === "" || /\s/.test(bare) ? null : bare;
}
