// The editor of the business calendar.

import assert from "node:assert/strict";

import { CALENDAR } from "../fixture/data.mjs";
import { inWorld } from "../world.mjs";

const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });

export default {
  async "an entry is added, changed and deleted"(browser) {
    await inWorld(browser, { path: "/calendar" }, async ({ page, world }) => {
      await button(page, "Add an entry …").click();
      await button(page, "Save").click();
      await dialog(page).getByText("Give it a name.").waitFor();
      await page.getByLabel("Name").fill("launch");
      await page.getByLabel("Kind").fill("launch");
      await page.getByLabel("Start").fill("2026-12-01T10:00");
      await page.getByLabel("for some minutes").check();
      await page.getByLabel("Minutes", { exact: true }).fill("45");
      await page.getByLabel("How", { exact: true }).selectOption("weekly");
      await dialog(page).getByLabel("Tue").check();
      await dialog(page).getByLabel("Fri").check();
      await dialog(page).getByText("It happens every Tuesday and Friday.").waitFor();
      await page.getByLabel("only some").check();
      await page.getByLabel("api").check();
      await button(page, "Save").click();
      await page.getByRole("status").getByText("“launch” is in the calendar.").waitFor();
      assert.deepEqual(world.calendar.events.at(-1), { name: "launch", kind: "launch", start: "2026-12-01T10:00", duration_minutes: 45, intensity: 1, ramp_minutes: 0, priority: 0, groups: ["api"], repeat: "FREQ=WEEKLY;BYDAY=TU,FR" });
      assert.deepEqual(world.calendar.events.slice(0, 3), CALENDAR.events, "the others are as they were");

      await page.getByRole("button", { name: "Change … launch" }).click();
      await page.getByLabel("Intensity").fill("0.25");
      await dialog(page).getByText("1.25 times the ordinary load").waitFor();
      await button(page, "Save").click();
      await page.getByText("1.25 times the ordinary load").waitFor();
      assert.equal(world.calendar.events[3].intensity, 0.25);

      await page.getByRole("button", { name: "Delete … launch" }).click();
      await button(page, "Delete").click();
      await page.getByRole("button", { name: "Change … launch" }).waitFor({ state: "detached" });
      assert.deepEqual(world.calendar.events, CALENDAR.events);
    });
  },

  async "what someone else changed meanwhile is neither overwritten nor costs what was typed"(browser) {
    await inWorld(browser, { path: "/calendar", expected: /412|Failed to load/ }, async ({ page, world }) => {
      await page.getByRole("button", { name: "Change … newsletter" }).click();
      await page.getByLabel("Name").fill("newsletter, the long one");
      const theirs = { name: "theirs", kind: "sale", start: "2026-12-05T00:00", end: "2026-12-06T00:00" };
      world.calendar = { ...world.calendar, events: [theirs, ...world.calendar.events] };
      world.calendarVersion += 1;
      await button(page, "Save").click();
      await dialog(page).getByText("Someone changed the calendar meanwhile.").waitFor();
      await button(page, "Load their version").click();
      await dialog(page).getByText(/this entry is as it was/).waitFor();
      assert.equal(await page.getByLabel("Name").inputValue(), "newsletter, the long one");
      await button(page, "Save").click();
      await page.getByRole("status").getByText("is changed").waitFor();
      assert.deepEqual(world.calendar.events.map(({ name }) => name), ["theirs", "newsletter, the long one", "Black Friday", "invoices"]);
    });
  },

  async "what the API refuses is told at its field"(browser) {
    await inWorld(browser, { path: "/calendar", expected: /422|Failed to load/ }, async ({ page, world }) => {
      await page.getByRole("button", { name: "Change … invoices" }).click();
      await page.getByText("It happens every month on the last Friday.").waitFor();
      await page.getByLabel("Rule").fill("FREQ=SOMETIMES");
      await dialog(page).getByText("There are no plain words for this rule").waitFor();
      await button(page, "Save").click();
      await dialog(page).locator(".field-problem").getByText("“repeat” is “FREQ=SOMETIMES”: write an RFC 5545 rule like FREQ=WEEKLY;BYDAY=TU.").waitFor();
      assert.equal(await page.getByLabel("Rule").inputValue(), "FREQ=SOMETIMES");
      assert.deepEqual(world.calendar, CALENDAR);
    });
  },

  async "the calendar's own zone can be chosen for every time shown"(browser) {
    await inWorld(browser, { calendar: { ...CALENDAR, time_zone: "Asia/Tokyo" } }, async ({ page }) => {
      await page.locator(".group-card").first().waitFor();
      const hour = async () => Number(/(\d\d):\d\d$/.exec(await page.locator(".tick").innerText())[1]);
      const zone = page.getByLabel("Time zone");
      await zone.selectOption("utc");
      const utc = await hour();
      await zone.selectOption("calendar");
      assert.equal((await hour()) % 24, (utc + 9) % 24);
      await zone.selectOption("browser");
      assert.equal(await hour(), utc + 1);
    });
  },

  async "an old flag and a broken file are told"(browser) {
    await inWorld(browser, { path: "/calendar", calendar: { ...CALENDAR, is_sale_active: 1 }, expected: /500|Failed to load/ }, async ({ page, world }) => {
      await page.getByText("The calendar has the old flag is_sale_active.").waitFor();
      await button(page, "Take it out …").click();
      await button(page, "Take it out").click();
      await page.getByText("The calendar has the old flag is_sale_active.").waitFor({ state: "detached" });
      assert.equal("is_sale_active" in world.calendar, false);
      world.calendarBroken = true;
      await page.reload();
      await page.getByRole("heading", { name: "The calendar cannot be read" }).waitFor();
      assert.match(await page.locator("main").innerText(), /line 3.*headroom doctor/s);
    });
  },
};
