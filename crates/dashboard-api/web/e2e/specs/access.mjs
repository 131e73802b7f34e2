// Who gets in, how, and what is said to those who do not.

import assert from "node:assert/strict";

import { TOKEN } from "../fixture/server.mjs";
import { inWorld } from "../world.mjs";

export default {
  async "the token is taken out of the address and kept in this tab alone"(browser) {
    await inWorld(browser, {}, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      assert.equal(new URL(page.url()).hash, "");
      const kept = await page.evaluate(() => [Object.values(sessionStorage), Object.values(localStorage), document.cookie]);
      assert.deepEqual(kept, [[TOKEN], [], ""]);
      await page.reload();
      await page.locator(".group-card").first().waitFor();
    });
  },

  async "without a token it says how to get one, and takes a pasted link"(browser) {
    await inWorld(browser, { signedIn: false }, async ({ page, link, world }) => {
      await page.getByRole("heading", { name: "You are not signed in." }).waitFor();
      assert.match(await page.locator(".signin").innerText(), /link that the server printed/);
      assert.deepEqual([...new Set(world.requests)], ["GET /api/auth"], "nothing is asked that could only be refused");
      await page.getByLabel("Token or link").fill("two words");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("That is no token").waitFor();
      await page.getByLabel("Token or link").fill(link);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".group-card").first().waitFor();
    });
  },

  async "an expired token is told, what was seen stays, and a new one goes on"(browser) {
    await inWorld(browser, { expected: /401/ }, async ({ page, world, url }) => {
      await page.locator(".group-card").first().waitFor();
      world.tokens = ["header.payload.newer"];
      await page.getByRole("heading", { name: "Your access has expired or is not valid." }).waitFor();
      assert.equal(await page.locator(".group-card").count(), 3, "what was seen last stays");
      assert.match(await page.locator(".group-card").first().textContent(), /Not known now/, "and is not called safe");
      const asked = world.requests.length;
      await page.waitForTimeout(2500);
      assert.equal(world.requests.length, asked, "it does not go on asking in vain");
      // The new link, opened in the same tab: the fragment alone changes.
      await page.goto(`${url}/#token=header.payload.newer`);
      await page.locator(".signin").waitFor({ state: "detached" });
      assert.equal(new URL(page.url()).hash, "");
    });
  },

  async "a viewer is offered nothing that changes anything"(browser) {
    await inWorld(browser, { role: "viewer", path: "/groups/web" }, async ({ page, world }) => {
      world.controls.web.proposal = { tick: "2026-11-24T12:00:00Z", until: "2026-11-24T18:00:00Z", action: "scale_in", before: 8, desired: 6 };
      await page.getByRole("heading", { name: "Controls" }).waitFor();
      await page.locator(".proposal").waitFor();
      assert.match(await page.locator(".controls").innerText(), /needs the role operator/);
      for (const name of [/Change/, /Hold/, /Stop/, /Approve/, /training/]) assert.equal(await page.getByRole("main").getByRole("button", { name }).count(), 0);
      assert.equal(await page.locator(".controls [title*='yours is viewer']").count(), 4);
      await page.getByRole("link", { name: "Calendar" }).click();
      await page.getByText("newsletter").waitFor();
      assert.equal(await page.getByRole("button", { name: /Add|Change …|Delete/ }).count(), 0);
      assert.equal(await page.getByRole("link", { name: "Audit" }).count(), 0);
    });
  },

  async "behind a gateway no token is wanted"(browser) {
    await inWorld(browser, { signedIn: false, auth: { kind: "gateway" } }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
    });
  },

  async "at a provider one signs in and comes back to where one was"(browser) {
    await inWorld(browser, { signedIn: false, auth: { kind: "oidc" }, path: "/groups/api" }, async ({ page, world }) => {
      await page.getByRole("button", { name: /^Sign in at/ }).click();
      await page.locator(".chart-box canvas").first().waitFor();
      assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/groups/api", "the code does not stay in the address");
      assert.deepEqual([world.signIns[0].response_type, world.signIns[0].code_challenge_method, world.signIns[0].client_id], ["code", "S256", "page"]);
      const kept = await page.evaluate(() => [Object.values(sessionStorage), Object.values(localStorage)]);
      assert.deepEqual(kept, [[TOKEN], []], "nothing but the token is kept");
    });
  },

  async "where the provider says no, that is told"(browser) {
    await inWorld(browser, { signedIn: false, auth: { kind: "oidc" }, denies: true }, async ({ page, world }) => {
      await page.getByRole("button", { name: /^Sign in at/ }).click();
      await page.getByRole("heading", { name: "Signing in did not work: access_denied." }).waitFor();
      assert.equal(new URL(page.url()).search, "");
      world.denies = false;
      await page.getByRole("button", { name: /^Sign in at/ }).click();
      await page.locator(".group-card").first().waitFor();
    });
  },

  async "a provider is offered where there is one, and what it does not answer is told"(browser) {
    const auth = { kind: "oidc", issuer: "http://127.0.0.1:9", client_id: "page", scope: "openid" };
    await inWorld(browser, { signedIn: false, auth, expected: /Content Security Policy|violates|Failed to load|Refused|Fetch API|net::ERR/ }, async ({ page }) => {
      await page.getByRole("button", { name: "Sign in at 127.0.0.1:9" }).click();
      await page.getByText(/Signing in did not work/).waitFor();
    });
  },

  async "signing out forgets the token"(browser) {
    await inWorld(browser, {}, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "You are not signed in." }).waitFor();
      assert.deepEqual(await page.evaluate(() => Object.values(sessionStorage)), []);
    });
  },
};
