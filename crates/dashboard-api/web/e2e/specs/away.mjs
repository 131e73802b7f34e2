// Where the API goes away the page says so, keeps what it has, and recovers.

import assert from "node:assert/strict";

import { inWorld } from "../world.mjs";

export default {
  async "while it is away nothing is called safe, and nothing is lost"(browser) {
    await inWorld(browser, { path: "/groups/web", expected: /ERR_FAILED|Failed to load/ }, async ({ page }) => {
      await page.locator(".log-sentence").first().waitFor();
      await page.route("**/api/**", (route) => route.abort());
      await page.locator(".banner").waitFor();
      assert.match(await page.locator(".banner").innerText(), /does not answer.*seen last/s);
      assert.ok(await page.locator(".log-sentence").first().isVisible(), "what was seen last stays");
      assert.equal(await page.locator(".status-headline").innerText(), "Not known now");
      await page.unroute("**/api/**");
      await page.locator(".banner").waitFor({ state: "detached" });
    });
  },

  async "an error of the API is told with its cure"(browser) {
    await inWorld(browser, { expected: /500|Failed to load/ }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      const body = JSON.stringify({ type: "about:blank", title: "x", status: 500, detail: "`state/group=web.json` cannot be read", cure: "remove it" });
      await page.route("**/api/groups", (route) => route.fulfill({ status: 500, contentType: "application/problem+json", body }));
      await page.getByText("Remove it.").waitFor();
      await page.unroute("**/api/groups");
      await page.locator(".banner").waitFor({ state: "detached" });
    });
  },

  async "too many requests wait as long as the API asks"(browser) {
    await inWorld(browser, { expected: /429|Failed to load/ }, async ({ page, world }) => {
      await page.locator(".group-card").first().waitFor();
      let refused = 0;
      await page.route("**/api/**", (route) => {
        refused += 1;
        return route.fulfill({ status: 429, headers: { "retry-after": "4" }, contentType: "application/problem+json", body: "{}" });
      });
      await page.getByText(/answers no more requests for now/).waitFor();
      const then = refused;
      await page.waitForTimeout(2500);
      assert.equal(refused, then);
      await page.unroute("**/api/**");
      await page.locator(".banner").waitFor({ state: "detached" });
      assert.ok(world.requests.length > 0);
    });
  },

  async "a group that is not there, and a page that is not there"(browser) {
    await inWorld(browser, { path: "/groups/gone" }, async ({ page, url }) => {
      await page.getByText("The fleet has no group gone.").waitFor();
      await page.goto(`${url}/nowhere`);
      await page.getByText("There is no such page.").waitFor();
      await page.getByRole("link", { name: "To the fleet" }).click();
      await page.locator(".group-card").first().waitFor();
    });
  },
};
