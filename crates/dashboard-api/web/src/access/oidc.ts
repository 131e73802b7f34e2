/** Signing in at an OpenID Connect provider: authorization code flow with PKCE. Loaded only where it is used. */

import { UserManager, WebStorageStateStore } from "oidc-client-ts";

import type { Auth } from "../api";

/** What the page was showing before it went to the provider. */
interface Back {
  path: string;
}

function manager(auth: Auth): UserManager {
  if (!auth.issuer || !auth.client_id) throw new Error("the server names no issuer or no client id: see its configuration of access");
  const store = new WebStorageStateStore({ store: sessionStorage });
  return new UserManager({
    authority: auth.issuer,
    client_id: auth.client_id,
    redirect_uri: `${location.origin}/`,
    scope: auth.scope || "openid",
    automaticSilentRenew: false,
    stateStore: store,
    userStore: store,
  });
}

/** Leaves the page for the provider's. */
export async function goToProvider(auth: Auth): Promise<void> {
  const back: Back = { path: location.pathname + location.search };
  await manager(auth).signinRedirect({ state: back });
}

/** Back from the provider: the token it gave, and the path to go on with. */
export async function backFromProvider(auth: Auth): Promise<{ token: string; path: string }> {
  const users = manager(auth);
  const user = await users.signinRedirectCallback();
  // Only the token is kept, by `token.ts`.
  await users.removeUser();
  const token = [user.access_token, user.id_token].find(isJwt);
  if (!token) throw new Error("the provider gave no JWT: ask it for an access token with the API's audience");
  const back = user.state as Back | undefined;
  return { token, path: back?.path.startsWith("/") && !back.path.startsWith("//") ? back.path : "/" };
}

/** Some providers give access tokens that only they can read: then the identity token is what can be checked. */
function isJwt(token: string | undefined): boolean {
  return token?.split(".").length === 3;
}
