// The fleet's view: large, empty, searched, sorted.

import assert from "node:assert/strict";

import { PHONE, excessWidth, nextRefresh } from "../browser.mjs";
import { inWorld } from "../world.mjs";

const names = (page) => page.locator(".group-card h3").allTextContents();

export default {
  async "two hundred groups are found, sorted and read"(browser) {
    await inWorld(browser, { groups: 200 }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      assert.equal(await page.locator(".group-card").count(), 200);
      const alarms = Number(await page.locator(".figure", { hasText: "Alarms" }).locator(".figure-value").innerText());
      assert.ok(alarms > 1, "there are alarms to see");
      const levels = await page.locator(".group-card").evaluateAll((cards) => cards.map((card) => card.className.includes("level-alarm")));
      assert.equal(levels.lastIndexOf(true), levels.filter(Boolean).length - 1, "the gravest stand first");

      await page.getByLabel("Find").fill("checkout-4");
      assert.deepEqual(await names(page), ["checkout-4", "checkout-40"]);
      await nextRefresh(page);
      assert.equal(await page.getByLabel("Find").inputValue(), "checkout-4", "a refresh leaves what was typed");
      await page.reload();
      await page.locator(".group-card").first().waitFor();
      assert.deepEqual(await names(page), ["checkout-4", "checkout-40"], "the filter is in the address");
      await page.getByLabel("Find").fill("nothing like it");
      await page.getByRole("button", { name: "Show all 200" }).click();
      assert.equal(await page.locator(".group-card").count(), 200);

      await page.getByLabel("Sort by").selectOption("name");
      assert.equal((await names(page))[0], "api");
      await page.getByRole("button", { name: /Alarms/ }).click();
      assert.ok((await page.locator(".group-card").count()) < 200, "a figure shows what it counts");
    });
  },

  async "two hundred groups on a phone"(browser) {
    await inWorld(browser, { groups: 200, viewport: PHONE }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      assert.ok((await excessWidth(page)) <= 0, "the fleet fits the window");
    });
  },

  async "a card under the pointer stays where it is"(browser) {
    await inWorld(browser, { groups: 40, speed: 3000 }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      await page.getByLabel("Sort by").selectOption("utilization");
      await page.locator(".group-card").nth(2).hover();
      const before = await names(page);
      await nextRefresh(page);
      await nextRefresh(page);
      assert.deepEqual(await names(page), before);
    });
  },

  async "an empty fleet says what to do"(browser) {
    await inWorld(browser, { groups: 0 }, async ({ page }) => {
      await page.getByRole("heading", { name: "The fleet has no groups" }).waitFor();
      assert.match(await page.locator("main").innerText(), /fleet\.toml/);
    });
  },

  async "a hidden page asks for nothing, and catches up when seen again"(browser) {
    await inWorld(browser, {}, async ({ page, world }) => {
      await page.locator(".group-card").first().waitFor();
      const hide = (hidden) =>
        page.evaluate((value) => {
          Object.defineProperty(document, "hidden", { configurable: true, value });
          document.dispatchEvent(new Event("visibilitychange"));
        }, hidden);
      await hide(true);
      // What was under way when it was hidden may still end.
      await page.waitForTimeout(1500);
      const asked = world.requests.length;
      await page.waitForTimeout(2500);
      assert.equal(world.requests.length, asked);
      await hide(false);
      await nextRefresh(page);
    });
  },

  async "what has not changed is not sent again"(browser) {
    await inWorld(browser, { speed: 0 }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      const again = await page.waitForResponse((response) => response.url().endsWith("/api/groups"));
      assert.equal(again.status(), 304);
    });
  },
};
