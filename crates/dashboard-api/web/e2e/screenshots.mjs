// Takes the pictures of README and docs from a running demo.
//
//   node e2e/screenshots.mjs URL DIR

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { PHONE, inked, launch, nextRefresh, tab } from "./browser.mjs";

const [address, folder] = process.argv.slice(2);
if (!address || !folder) {
  console.error("use: node e2e/screenshots.mjs http://127.0.0.1:8080/#token=… DIR");
  process.exit(2);
}

const group = (page) => page.locator(".group-card").first().getByRole("link").click();
const view = (page, name) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name }).click();

const PICTURES = [
  { file: "fleet.png", viewport: { width: 1400, height: 470 }, go: async () => {} },
  { file: "dashboard.png", viewport: { width: 1400, height: 1180 }, go: showGroup },
  { file: "dashboard-phone.png", viewport: PHONE, go: showGroup },
  {
    file: "calendar.png",
    viewport: { width: 1400, height: 900 },
    go: async (page) => {
      await view(page, "Calendar");
      await page.getByRole("button", { name: /^Change …/ }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    file: "backtest.png",
    viewport: { width: 1400, height: 1230 },
    go: async (page) => {
      await group(page);
      await page.getByRole("link", { name: "Backtest" }).click();
      await page.locator(".frontier-box canvas").first().waitFor();
      while (!(await inked(page, ".frontier-box"))) await page.waitForTimeout(100);
    },
  },
];

async function showGroup(page) {
  await group(page);
  await page.locator(".chart-box canvas").first().waitFor();
  await page.locator(".log-sentence").first().waitFor();
  await nextRefresh(page);
  while (!(await inked(page, ".chart-box")) || !(await inked(page, ".metric-box"))) await page.waitForTimeout(100);
}

await mkdir(folder, { recursive: true });
const { browser, close } = await launch();
try {
  for (const { file, viewport, go } of PICTURES) {
    const { page, context } = await tab(browser, { viewport });
    await page.goto(address, { waitUntil: "load" });
    await page.locator(".group-card").first().waitFor();
    await go(page);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(folder, file) });
    await context.close();
    console.log(join(folder, file));
  }
} finally {
  await close();
}
