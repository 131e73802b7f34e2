/** Whether requests can be sent: nothing is needed, a token is there, or one comes back from the provider. */

import type { Auth } from "../api";
import { keepToken, token } from "./token";
import { notLetIn } from "./trouble";

export async function enter(auth: Auth): Promise<boolean> {
  if (auth.kind === "gateway") return true;
  if (auth.kind === "oidc" && isBack(location.search)) await comeBack(auth);
  return token() !== null;
}

/** Whether the address is the one that a provider sends people back to. */
export function isBack(search: string): boolean {
  const params = new URLSearchParams(search);
  return params.has("state") && (params.has("code") || params.has("error"));
}

async function comeBack(auth: Auth): Promise<void> {
  const { backFromProvider } = await import("./oidc");
  try {
    const { token: found, path } = await backFromProvider(auth);
    keepToken(found);
    history.replaceState(null, "", path);
  } catch (error) {
    history.replaceState(null, "", location.pathname);
    const why = error instanceof Error ? error.message : String(error);
    throw notLetIn(auth, `Signing in did not work: ${why.replace(/\.$/, "")}.`);
  }
  // The view is read from the address.
  window.dispatchEvent(new PopStateEvent("popstate"));
}
