// One group's view: what is marked can be opened, what is older can be had.

import assert from "node:assert/strict";

import { inked, nextRefresh } from "../browser.mjs";
import { inWorld } from "../world.mjs";

const dialog = (page) => page.getByRole("dialog");

export default {
  async "a decision opens up whole, from the log and from the chart"(browser) {
    await inWorld(browser, { path: "/groups/web" }, async ({ page }) => {
      await page.getByRole("button", { name: /^Details of the decision/ }).first().click();
      assert.match(await dialog(page).innerText(), /Outcome:.*Peak ahead.*asks for capacity.*Figures.*Risk/s);
      await page.getByRole("button", { name: "Close" }).click();
      // Somewhere among the marks of the lower chart there is one: the pointer goes along the line of them.
      const box = await page.locator(".chart-box").boundingBox();
      for (let y = 0.58; y < 0.8 && (await dialog(page).count()) === 0; y += 0.02) {
        for (let x = 0.06; x < 0.9 && (await dialog(page).count()) === 0; x += 0.012) await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
      }
      assert.match(await dialog(page).innerText(), /Scale (out|in) from/);
    });
  },

  async "older decisions are had page by page, and stay over a refresh"(browser) {
    await inWorld(browser, { path: "/groups/web", speed: 300 }, async ({ page }) => {
      await page.locator(".log-entry").first().waitFor();
      const oldest = () => page.locator(".log-entry time").last().getAttribute("datetime");
      const first = await oldest();
      await page.getByRole("button", { name: "Older decisions" }).click();
      await page.waitForFunction((old) => [...document.querySelectorAll(".log-entry time")].at(-1).dateTime < old, first);
      const second = await oldest();
      await nextRefresh(page);
      await nextRefresh(page);
      assert.equal(await oldest(), second);
      await page.getByLabel("Only changes").check();
      await page.locator(".log-entry").first().waitFor();
      assert.equal(await page.locator(".log-entry.action-hold").count(), 0);
    });
  },

  async "an anomaly opens up, and each metric is drawn"(browser) {
    await inWorld(browser, { path: "/groups/web" }, async ({ page }) => {
      await page.getByRole("button", { name: /^Details of \w{3} 24 Nov|^Details of \d\d:\d\d/ }).click();
      await dialog(page).getByText("Far more load was measured than was forecast.").waitFor();
      await page.keyboard.press("Escape");
      for (const metric of ["CPU", "Requests", "Network", "Utilization"]) {
        await page.getByLabel(metric, { exact: true }).check();
        assert.match(await page.locator(".metric-box").getAttribute("aria-label"), new RegExp(`^${metric} `));
        assert.ok(await inked(page, ".metric-box"));
      }
    });
  },

  async "going from group to group keeps nothing of the last one"(browser) {
    await inWorld(browser, { path: "/groups/web" }, async ({ page }) => {
      await page.locator(".chart-box canvas").first().waitFor();
      await page.getByRole("navigation", { name: "Group" }).getByRole("link", { name: /^search/ }).click();
      await page.waitForFunction(() => document.querySelector("#group-name")?.textContent === "search");
      assert.equal(await page.title(), "search · Headroom");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "main", "the keyboard goes on in the new view");
      await page.goBack();
      await page.waitForFunction(() => document.querySelector("#group-name")?.textContent === "web");
    });
  },

  async "scroll and span stay over a refresh"(browser) {
    await inWorld(browser, { path: "/groups/web", speed: 300 }, async ({ page }) => {
      await page.locator(".chart-box canvas").first().waitFor();
      await page.getByRole("radio", { name: "6 h" }).check();
      await page.locator(".log-list").evaluate((list) => list.scrollTo(0, 200));
      await page.evaluate(() => window.scrollTo(0, 300));
      await nextRefresh(page);
      await nextRefresh(page);
      assert.equal(await page.evaluate(() => window.scrollY), 300);
      assert.ok((await page.locator(".log-list").evaluate((list) => list.scrollTop)) > 0);
      assert.ok(await page.getByRole("radio", { name: "6 h" }).isChecked());
    });
  },

  async "the backtest is reported, and where there is none, how to make one"(browser) {
    await inWorld(browser, { path: "/groups/web/backtest", expected: /404|Failed to load/ }, async ({ page }) => {
      await page.getByText(/Headroom would have saved 20\.00 a day/).waitFor();
      assert.equal(await page.locator("tbody tr").count(), 8);
      assert.ok(await inked(page, ".frontier-box"));
      assert.match(await page.locator(".frontier-box").getAttribute("aria-label"), /headroom 19\.33/);
      await page.getByRole("navigation", { name: "Group" }).getByRole("link", { name: /^api/ }).click();
      await page.getByText("headroom backtest --store URL --group api").waitFor();
    });
  },

  async "the API's documentation runs under its content policy"(browser) {
    await inWorld(browser, { path: "/api/docs" }, async ({ page }) => {
      await page.locator(".swagger-ui .opblock").first().waitFor();
      assert.ok((await page.locator(".swagger-ui .opblock").count()) > 20);
    });
  },
};
