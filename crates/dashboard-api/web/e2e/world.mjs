// A made-up world, a page that shows it, and its end.

import assert from "node:assert/strict";

import { tab } from "./browser.mjs";
import { startFixture } from "./fixture/server.mjs";

/**
 * Starts a server with `options`, opens `path` of it signed in, and looks. What the browser complains of must be among `expected`.
 * @param {{ path?: string, signedIn?: boolean, expected?: RegExp, viewport?: object, colorScheme?: string }} options
 */
export async function inWorld(browser, { path = "/", signedIn = true, expected = null, viewport, colorScheme, ...options }, look) {
  const fixture = await startFixture(options);
  const { page, context, complaints } = await tab(browser, { ...(viewport ? { viewport } : {}), ...(colorScheme ? { colorScheme } : {}) });
  try {
    const link = signedIn ? fixture.link.replace("/#", `${path}#`) : fixture.url + path;
    await page.goto(link, { waitUntil: "load" });
    await look({ page, world: fixture.world, url: fixture.url, link: fixture.link });
    const unexpected = complaints.filter((text) => !expected?.test(text));
    assert.deepEqual(unexpected, [], "the browser complains about nothing");
  } finally {
    await context.close();
    await fixture.close();
  }
}
