/** What keeps the page from fresh answers, in words: what is wrong, and what to do about it. */

import type { Auth } from "../api";
import { ApiError } from "../http";

export type TroubleKind = "away" | "no-token" | "refused" | "forbidden" | "limited" | "error";

export interface Trouble {
  kind: TroubleKind;
  message: string;
  cure: string | null;
  retryAfterSeconds: number | null;
}

export function trouble(error: unknown, auth: Auth | null): Trouble {
  if (!(error instanceof ApiError)) {
    return told("error", "The API answered something that cannot be read.");
  }
  const { status, message, cure, retryAfterSeconds } = error;
  if (status === null) return told("away", message);
  if (status === 401) return told("refused", "Your access has expired or is not valid.", howToSignIn(auth));
  if (status === 403) return told("forbidden", message, cure);
  if (status === 429) return told("limited", "The API answers no more requests for now: there were too many.", null, retryAfterSeconds);
  return told("error", message, cure);
}

/** No token is there to send. */
export function withoutToken(auth: Auth): Trouble {
  return notLetIn(auth, "You are not signed in.");
}

/** The same, where more can be told of why. */
export function notLetIn(auth: Auth, message: string): Trouble {
  return told("no-token", message, howToSignIn(auth));
}

function told(kind: TroubleKind, message: string, cure: string | null = null, retryAfterSeconds: number | null = null): Trouble {
  return { kind, message, cure, retryAfterSeconds };
}

export function howToSignIn(auth: Auth | null): string {
  if (auth?.kind === "oidc") return "Sign in again at your provider.";
  if (auth?.kind === "gateway") return "Reload the page by the way you came: AWS lets you in, and your session there may have ended.";
  return "Open the link that the server printed when it started, or paste its token here.";
}

/** Whether signing in is what helps. */
export function wantsSignIn({ kind }: Trouble): boolean {
  return kind === "no-token" || kind === "refused";
}
