// Looks at a running dashboard in a real browser, wide and phone-sized, and fails where it is not as it should be.
//
//   node e2e/page.mjs http://127.0.0.1:8080 [--screenshots DIR]
//
// The browser is $CHROMIUM, or /usr/bin/chromium.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const VIEWS = [
  { name: "wide-light", width: 1400, height: 900, colorScheme: "light" },
  { name: "wide-dark", width: 1400, height: 900, colorScheme: "dark" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
];

const PATIENCE_MS = 30_000;

const { address, screenshots } = readArguments(process.argv.slice(2));
if (screenshots) await mkdir(screenshots, { recursive: true });
const profile = await mkdtemp(join(tmpdir(), "headroom-page-"));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
try {
  const [group] = (await (await fetch(`${address}/api/groups`)).json()).groups;
  assert.ok(group, "the fleet has no group to look at");
  for (const [index, view] of VIEWS.entries()) {
    const browser = await chromium.launchPersistentContext(join(profile, view.name), {
      executablePath,
      args: FLAGS,
      viewport: { width: view.width, height: view.height },
      colorScheme: view.colorScheme,
      hasTouch: view.width < 600,
    });
    try {
      await look(browser, view, group.id);
      if (index === 0) await loseTheApi(browser);
    } finally {
      await browser.close();
    }
    console.log(`ok ${view.name}`);
  }
} finally {
  await rm(profile, { recursive: true, force: true });
}

async function look(browser, view, group) {
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(address, { waitUntil: "load" });
  await page.locator(".chart-box canvas").first().waitFor({ timeout: PATIENCE_MS });

  const text = (selector) => page.locator(selector).first().innerText();
  assert.equal(await text("#group-name"), group, "the first group is shown");
  assert.ok((await text(".status-headline")).length > 0, "the status says something");
  assert.match(await text('[data-card="capacity"]'), /Capacity\s+\d/, "the capacity card has a figure");
  assert.match(await text(".scores"), /Error \(MAE\)\s+\d|No forecast has been scored yet/, "past forecasts are scored, or it is told why not");
  await page.locator(".log-sentence").first().waitFor({ timeout: PATIENCE_MS });
  assert.match(await text(".log-sentence"), /^(Scale out|Scale in|Stay at)/, "the newest decision has its sentence");

  await waitForChange(page, ".tick");
  assert.ok(await inked(page), "the chart has something drawn on it");
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(excess <= 0, `the page is ${excess} px wider than the window`);
  const cut = await page.evaluate(() => {
    const log = document.querySelector(".log-list");
    return log.scrollWidth - log.clientWidth;
  });
  assert.ok(cut <= 0, `the decisions are ${cut} px wider than their panel`);

  if (screenshots) {
    await page.screenshot({ path: join(screenshots, `${view.name}.png`) });
    await page.screenshot({ path: join(screenshots, `${view.name}-full.png`), fullPage: true });
  }
  if (view.name === "wide-light") await keepsZoom(page);
  assert.deepEqual(complaints, [], "the browser complains about nothing");
  await page.close();
}

/** A refresh must not lose what the reader zoomed to. */
async function keepsZoom(page) {
  const box = await page.locator(".chart-box").boundingBox();
  const [x, y] = [box.x + box.width * 0.6, box.y + box.height * 0.3];
  await page.mouse.move(x, y);
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  const reset = page.getByRole("button", { name: "Whole span" });
  await reset.waitFor({ timeout: PATIENCE_MS });
  await waitForChange(page, ".tick");
  await waitForChange(page, ".tick");
  assert.ok(await reset.isVisible(), "the zoom outlives a refresh");
  if (screenshots) await page.screenshot({ path: join(screenshots, "wide-zoomed.png") });
  await reset.click();
  await reset.waitFor({ state: "hidden", timeout: PATIENCE_MS });
}

/** Where the API goes away the page says so, keeps what it has, and recovers. */
async function loseTheApi(browser) {
  const page = await browser.newPage();
  await page.goto(address, { waitUntil: "load" });
  await page.locator(".log-sentence").first().waitFor({ timeout: PATIENCE_MS });
  await page.route("**/api/**", (route) => route.abort());
  await page.locator(".banner").waitFor({ timeout: PATIENCE_MS });
  assert.ok(await page.locator(".log-sentence").first().isVisible(), "what was seen last stays");
  assert.equal(await page.locator(".status-headline").innerText(), "Not known now", "nothing is called safe while nobody knows");
  if (screenshots) await page.screenshot({ path: join(screenshots, "wide-away.png") });
  await page.unroute("**/api/**");
  await page.locator(".banner").waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.close();
}

function complaintsOf(page) {
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

async function waitForChange(page, selector) {
  const before = await page.locator(selector).first().getAttribute("datetime");
  await page.waitForFunction(
    ([wanted, old]) => document.querySelector(wanted)?.getAttribute("datetime") !== old,
    [selector, before],
    { timeout: PATIENCE_MS },
  );
}

/** Whether the chart's canvas holds more than one colour. */
function inked(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector(".chart-box canvas");
    const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size > 10;
  });
}

function readArguments(rest) {
  const at = rest.indexOf("--screenshots");
  const screenshots = at >= 0 ? rest.splice(at, 2)[1] : null;
  const [address, ...more] = rest;
  if (!address || more.length > 0 || (at >= 0 && !screenshots)) {
    console.error("use: node e2e/page.mjs http://127.0.0.1:8080 [--screenshots DIR]");
    process.exit(2);
  }
  return { address: address.replace(/\/$/, ""), screenshots };
}
