import { describe, expect, it } from "vitest";

import { isBack } from "../access/enter";
import { may } from "../access/roles";
import { tokenOfFragment, tokenOfText } from "../access/token";
import { trouble, wantsSignIn, withoutToken } from "../access/trouble";
import { ApiError } from "../http";

describe("the token", () => {
  it("is in the fragment of the link", () => {
    expect(tokenOfFragment("#token=a.b.c")).toBe("a.b.c");
    for (const none of ["", "#", "#token=", "#main"]) expect(tokenOfFragment(none)).toBeNull();
  });

  it("may be pasted bare, with its scheme, or as the whole link", () => {
    for (const text of ["a.b.c", " a.b.c\n", "Bearer a.b.c", "http://127.0.0.1:8080/#token=a.b.c"]) expect(tokenOfText(text)).toBe("a.b.c");
    for (const text of ["", "  ", "two words", "http://127.0.0.1:8080/#main"]) expect(tokenOfText(text)).toBeNull();
  });
});

describe("roles", () => {
  const session = (role: "viewer" | "operator" | "admin") => ({ subject: "ada", role, expires_at: null });

  it("contain each other", () => {
    expect(["viewer", "operator", "admin"].map((role) => may(session(role as "viewer"), "operator").allowed)).toEqual([false, true, true]);
    expect(may(session("operator"), "admin")).toEqual({ allowed: false, why: "This needs the role admin; yours is operator." });
    expect(may(session("admin"), "admin").why).toBe("");
  });

  it("allow nothing to whom nobody knows", () => {
    expect(may(null, "viewer").allowed).toBe(false);
  });
});

describe("trouble", () => {
  const auth = { kind: "token" } as const;
  const told = (status: number | null, wait: number | null = null) => trouble(new ApiError("the API's words", status, "its cure", null, wait), auth);

  it("is told by what the reader can do about it", () => {
    expect([null, 401, 403, 429, 500].map((status) => told(status).kind)).toEqual(["away", "refused", "forbidden", "limited", "error"]);
    expect(told(429, 30).retryAfterSeconds).toBe(30);
    expect(told(500).cure).toBe("its cure");
    expect(trouble(new SyntaxError("not JSON"), auth).kind).toBe("error");
  });

  it("wants someone to sign in where that helps, and says how", () => {
    expect([null, 401, 403, 429, 500].map((status) => wantsSignIn(told(status)))).toEqual([false, true, false, false, false]);
    expect(told(401).cure).toMatch(/link that the server printed/);
    expect(withoutToken({ kind: "oidc" }).cure).toMatch(/provider/);
    expect(wantsSignIn(withoutToken(auth))).toBe(true);
  });
});

it("who comes back from the provider brings a code or an error, and the state", () => {
  expect(isBack("?code=1&state=2")).toBe(true);
  expect(isBack("?error=denied&state=2")).toBe(true);
  for (const other of ["", "?code=1", "?state=2", "?q=web"]) expect(isBack(other)).toBe(false);
});
