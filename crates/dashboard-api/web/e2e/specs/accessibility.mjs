// Every view and dialog under the rules of axe, dark and light, wide and on a phone.

import { accessible } from "../accessible.mjs";
import { PHONE, WIDE } from "../browser.mjs";
import { inWorld } from "../world.mjs";

const PROPOSAL = { tick: "2026-11-24T12:00:00Z", until: "2026-11-24T18:00:00Z", action: "scale_in", before: 8, desired: 6 };

/** Path, what shows that it is there, and a button to press before looking. */
const VIEWS = [
  ["/", ".group-card"],
  ["/", "dialog", "Stop the whole fleet …"],
  ["/groups/web", ".chart-box canvas"],
  ["/groups/web", "dialog", "Hold instances …"],
  ["/groups/web", "dialog", "Change …"],
  ["/groups/web", "dialog", "Approve …"],
  ["/calendar", ".entry"],
  ["/calendar", "dialog", "Add an entry …"],
  ["/groups/web/backtest", ".frontier-box canvas"],
  ["/audit", ".panel, .blank"],
  ["/nowhere", ".blank-title"],
];

const LOOKS = [
  { name: "light", colorScheme: "light", viewport: WIDE },
  { name: "dark", colorScheme: "dark", viewport: WIDE },
  { name: "phone, dark", colorScheme: "dark", viewport: PHONE },
  { name: "phone, light", colorScheme: "light", viewport: PHONE },
];

const tests = {};
for (const { name, ...look } of LOOKS) {
  tests[name] = (browser) =>
    inWorld(browser, { ...look, role: "admin", groups: 14 }, async ({ page, world, url }) => {
      world.controls.web.proposal = PROPOSAL;
      world.controls.api.stop = { at: "2026-11-24T11:00:00Z", by: "ada@example.com", why: "deploying" };
      for (const [path, there, press] of VIEWS) {
        await page.goto(url + path);
        if (press) await page.getByRole("button", { name: press, exact: true }).click();
        await page.locator(there).first().waitFor();
        await accessible(page, `${path} ${press ?? ""} (${name})`);
      }
      await page.goto(`${url}/groups/web`);
      await page.getByRole("button", { name: /^Details of the decision/ }).first().click();
      await accessible(page, `a decision (${name})`);
      world.fleetStop = { at: "2026-11-24T11:00:00Z", by: "ada@example.com", why: "database incident" };
      await page.goto(url);
      await page.locator(".stopped").waitFor();
      await accessible(page, `a stopped fleet (${name})`);
    });
  tests[`${name}, signed out`] = (browser) =>
    inWorld(browser, { ...look, signedIn: false }, async ({ page }) => {
      await page.locator(".signin").waitFor();
      await accessible(page, `signing in (${name})`);
    });
}

export default tests;
