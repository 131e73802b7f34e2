// A Chromium of our own: $CHROMIUM, or /usr/bin/chromium.

import { mkdtemp, rm } from "node:fs/promises";
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

export const PATIENCE_MS = 30_000;

export const WIDE = { width: 1400, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** One browser with an empty profile, and contexts in it that know nothing of each other. */
export async function launch() {
  const profile = await mkdtemp(join(tmpdir(), "headroom-page-"));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...FLAGS, `--disk-cache-dir=${profile}`] });
  const close = async () => {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { browser, close };
}

/** A fresh tab; `complaints` is what its console and network complained of. */
export async function tab(browser, { viewport = WIDE, colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, hasTouch: viewport.width < 600, timezoneId: "Europe/Berlin" });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, context, complaints };
}

/** Waits until the page has been refreshed. */
export async function nextRefresh(page) {
  const tick = page.locator(".tick").first();
  const before = await tick.getAttribute("datetime");
  await page.waitForFunction((old) => document.querySelector(".tick")?.getAttribute("datetime") !== old, before, { timeout: PATIENCE_MS });
}

/** By how many pixels the page is wider than its window. */
export function excessWidth(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Whether the canvas of a chart holds more than a few colours. */
export function inked(page, selector) {
  return page.evaluate((wanted) => {
    const canvas = document.querySelector(`${wanted} canvas`);
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height }).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size > 10;
  }, selector);
}
