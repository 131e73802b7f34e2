// The running demo: every view has what the real API says, and stays fresh.

import assert from "node:assert/strict";

import { PATIENCE_MS, PHONE, WIDE, excessWidth, inked, nextRefresh, tab } from "../browser.mjs";

export const needsDemo = true;

const LOOKS = [
  { name: "wide, light", viewport: WIDE, colorScheme: "light" },
  { name: "wide, dark", viewport: WIDE, colorScheme: "dark" },
  { name: "phone, light", viewport: PHONE, colorScheme: "light" },
  { name: "phone, dark", viewport: PHONE, colorScheme: "dark" },
];

const each = Object.fromEntries(LOOKS.map(({ name, ...look }) => [name, (browser, address) => views(browser, address, look)]));

async function views(browser, address, look) {
  // Whether there is a backtest is only known by asking for it.
  await withPage(browser, address, look, /backtest|404/, async (page) => {
    const card = page.locator(".group-card").first();
    await card.waitFor();
    // Not its inner text, which is empty until the card has been laid out.
    assert.match(await card.textContent(), /In service\d/, "the card has a figure");
    await nextRefresh(page);
    assert.ok((await excessWidth(page)) <= 0, "the fleet fits the window");

    await card.getByRole("link").click();
    await page.locator(".chart-box canvas").first().waitFor();
    const text = (selector) => page.locator(selector).first().innerText();
    assert.ok((await text(".status-headline")).length > 0, "the status says something");
    assert.match(await text('[data-card="capacity"]'), /Capacity\s+\d/, "the capacity card has a figure");
    assert.match(await text(".scores"), /Error \(MAE\)\s+\d|No forecast has been scored yet/, "past forecasts are scored, or it is told why not");
    await page.locator(".log-sentence").first().waitFor();
    assert.match(await text(".log-sentence"), /^(Scale out|Scale in|Stay at|Would scale)/, "the newest decision has its sentence");
    await nextRefresh(page);
    assert.ok(await inked(page, ".chart-box"), "the chart has something drawn on it");
    assert.ok(await inked(page, ".metric-box"), "and so has the one below");
    assert.ok((await excessWidth(page)) <= 0, "the group fits the window");
    const cut = await page.evaluate(() => {
      const log = document.querySelector(".log-list");
      return log.scrollWidth - log.clientWidth;
    });
    assert.ok(cut <= 0, `the decisions are ${cut} px wider than their panel`);

    for (const [link, heading] of [["Calendar", /Business calendar/], ["Fleet", /Fleet/]]) {
      await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: link }).click();
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      assert.ok((await excessWidth(page)) <= 0, `${link} fits the window`);
    }
    await card.getByRole("link").click();
    await page.getByRole("link", { name: "Backtest" }).click();
    await page.locator(".backtest-verdict, .backtest-none").first().waitFor();
  });
}

export default {
  ...each,

  async "zoom outlives a refresh"(browser, address) {
    await withPage(browser, address, { viewport: WIDE }, null, async (page) => {
      await page.locator(".group-card").first().getByRole("link").click();
      await page.locator(".chart-box canvas").first().waitFor();
      const box = await page.locator(".chart-box").boundingBox();
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.3);
      await page.keyboard.down("Control");
      for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -300);
      await page.keyboard.up("Control");
      const reset = page.getByRole("button", { name: "Whole span" });
      await reset.waitFor();
      await nextRefresh(page);
      await nextRefresh(page);
      assert.ok(await reset.isVisible(), "the zoom is as it was");
      await reset.click();
      await reset.waitFor({ state: "hidden" });
    });
  },

  async "the kill switch is thrown and taken back"(browser, address) {
    await withPage(browser, address, { viewport: WIDE }, null, async (page) => {
      await page.getByRole("button", { name: "Stop the whole fleet" }).click();
      await page.getByLabel("Reason").fill("the browser's test");
      await page.getByRole("button", { name: "Stop the fleet" }).click();
      await page.getByText("The whole fleet is stopped", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
      await page.getByText("The whole fleet is stopped", { exact: true }).waitFor({ state: "detached" });
    });
  },

  async "the API takes what operators do, and writes it down"(browser, address) {
    await withPage(browser, address, { viewport: WIDE }, null, async (page) => {
      const press = (name) => page.getByRole("button", { name, exact: true }).click();
      const told = (text) => page.getByRole("status").getByText(text).waitFor();
      await page.locator(".group-card").first().getByRole("link").click();

      await press("Change …");
      await page.getByLabel(/^scale-out-only/).check();
      await page.getByLabel("Reason").fill("the browser's test");
      await press("Change the mode");
      await page.getByText("Mode: scale-out-only").waitFor();
      await press("Back to active …");
      await press("Back to active");
      await page.getByText("Mode: active").waitFor();

      await press("Hold instances …");
      await page.getByLabel("At least so many instances").fill("3");
      await page.getByLabel("Reason").fill("the browser's test");
      await press("Hold them");
      await page.getByText("Held: at least 3 instances").waitFor();
      await press("Take back …");
      await press("Take it back");
      await page.getByText("No instances held").waitFor();

      await press("Ask for training …");
      await press("Ask for training");
      await told("is asked for");

      await page.getByRole("link", { name: "Calendar" }).click();
      await press("Add an entry …");
      await page.getByLabel("Name").fill("browser's test");
      await page.getByLabel("Start").fill("2030-01-01T10:00");
      await page.getByLabel("for some minutes").check();
      await page.getByLabel("How", { exact: true }).selectOption("monthly");
      await press("Save");
      await told("is in the calendar");
      await page.getByText("every month on day 1").waitFor();
      await press("Delete … browser's test");
      await press("Delete");
      await told("is deleted");

      await page.getByRole("link", { name: "Audit" }).click();
      for (const action of ["mode", "calendar"]) await page.getByRole("cell", { name: action, exact: true }).first().waitFor();
    });
  },

  async "the API's documentation is shown"(browser, address) {
    await withPage(browser, address, { viewport: WIDE }, null, async (page) => {
      await page.getByRole("link", { name: "API", exact: true }).click();
      await page.locator(".swagger-ui .opblock").first().waitFor();
      assert.ok((await page.locator(".swagger-ui .opblock").count()) > 20, "every route is there");
    });
  },

  /** Printed, not asserted: time says more of the machine than of the page. */
  async "how soon it is drawn"(browser, address) {
    await withPage(browser, address, { viewport: WIDE }, null, async (page) => {
      await page.locator(".group-card").first().waitFor();
      await page.reload({ waitUntil: "commit" });
      const card = await page.evaluate(async () => {
        while (!document.querySelector(".group-card")) await new Promise(requestAnimationFrame);
        return performance.now();
      });
      const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
      console.log(`     first contentful paint after ${paint.toFixed(0)} ms, first group card after ${card.toFixed(0)} ms`);
    });
  },
};

async function withPage(browser, address, look, expected, run) {
  const { page, context, complaints } = await tab(browser, look);
  try {
    await page.goto(address, { waitUntil: "load" });
    await page.locator(".group-card").first().waitFor({ timeout: PATIENCE_MS });
    assert.equal(new URL(page.url()).hash, "", "the token does not stay in the address");
    await run(page);
    assert.deepEqual(complaints.filter((text) => !expected?.test(text)), [], "the browser complains about nothing");
  } finally {
    await context.close();
  }
}
