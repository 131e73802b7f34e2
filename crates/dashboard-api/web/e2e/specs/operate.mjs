// What operators do: each is asked for once more, carried out whole, told, and seen.

import assert from "node:assert/strict";

import { PHONE, nextRefresh } from "../browser.mjs";
import { inWorld } from "../world.mjs";

const PROPOSAL = { tick: "2026-11-24T12:00:00Z", until: "2026-11-24T18:00:00Z", action: "scale_in", before: 8, desired: 6 };

const button = (page, name) => page.getByRole("button", { name, exact: true });
const dialog = (page) => page.getByRole("dialog");
const told = (page, text) => page.getByRole("status").getByText(text).waitFor();

export default {
  async "the fleet is stopped with a reason, everywhere seen, and resumed"(browser) {
    await inWorld(browser, {}, async ({ page, world }) => {
      await button(page, "Stop the whole fleet …").click();
      await dialog(page).getByRole("button", { name: "Stop the fleet" }).click();
      assert.equal(world.fleetStop, null, "without a reason nothing happens");
      await page.getByLabel("Reason").fill("database incident");
      await page.keyboard.press("Enter");
      await told(page, "The fleet is stopped");
      assert.equal(world.fleetStop.why, "database incident");
      await page.getByText("The whole fleet is stopped", { exact: true }).waitFor();
      assert.match(await page.locator(".stopped").innerText(), /ada@example\.com.*database incident/s);
      for (const link of ["Calendar", "Fleet"]) {
        await page.getByRole("link", { name: link }).click();
        assert.ok(await page.locator(".stopped").isVisible(), `it is seen on ${link}`);
      }
      await page.getByRole("link", { name: "web" }).click();
      await page.locator(".status-headline", { hasText: "Stopped: nothing is written" }).waitFor();
      await button(page, "Resume …").click();
      await dialog(page).getByRole("button", { name: "Resume" }).click();
      await told(page, "The fleet is resumed");
      assert.equal(world.fleetStop, null);
      await page.locator(".stopped").waitFor({ state: "detached" });
    });
  },

  async "a group is stopped and resumed"(browser) {
    await inWorld(browser, { path: "/groups/api", viewport: PHONE }, async ({ page, world }) => {
      await button(page, "Stop this group …").click();
      await page.getByLabel("Reason").fill("deploying");
      await button(page, "Stop this group").click();
      await page.getByText("Group api is stopped", { exact: true }).waitFor();
      assert.equal(world.controls.api.stop.why, "deploying");
      assert.equal(world.controls.web.stop, undefined);
      await button(page, "Resume …").click();
      await dialog(page).getByRole("button", { name: "Resume" }).click();
      await page.locator(".stopped").waitFor({ state: "detached" });
    });
  },

  async "the mode is changed and taken back"(browser) {
    await inWorld(browser, { path: "/groups/web" }, async ({ page, world }) => {
      await button(page, "Change …").click();
      await dialog(page).getByLabel(/^observe/).check();
      await page.getByLabel("Reason").fill("watching first");
      await button(page, "Change the mode").click();
      await told(page, "in mode observe");
      assert.deepEqual([world.controls.web.mode.mode, world.controls.web.mode.why], ["observe", "watching first"]);
      await page.getByText("Mode: observe").waitFor();
      await button(page, "Back to active …").click();
      await button(page, "Back to active").click();
      await page.getByText("Mode: active").waitFor();
      assert.equal(world.controls.web.mode, null);
    });
  },

  async "a proposal is approved exactly as it was shown"(browser) {
    await inWorld(browser, { path: "/groups/web", expected: /409|Failed to load/ }, async ({ page, world }) => {
      world.controls.web.proposal = { ...PROPOSAL };
      await page.getByRole("heading", { name: "Waits for approval: scale in from 8 to 6 instances" }).waitFor();
      await button(page, "Approve …").click();
      assert.match(await dialog(page).innerText(), /web.*scale in from 8 to 6 instances/s);
      // Meanwhile something else is proposed: the answer must not count for that.
      world.controls.web.proposal = { ...PROPOSAL, tick: "2026-11-24T12:05:00Z", desired: 3 };
      await nextRefresh(page);
      assert.match(await dialog(page).innerText(), /from 8 to 6/, "the dialog stays as it was opened");
      await button(page, "Approve").click();
      await dialog(page).getByText("That proposal no longer stands.").waitFor();
      await button(page, "Cancel").click();
      await page.getByRole("heading", { name: /from 8 to 3 instances/ }).waitFor();
      await button(page, "Reject …").click();
      await button(page, "Reject").click();
      await told(page, "Rejected: web, scale in from 8 to 3 instances");
      assert.equal(world.audit[0].what.verdict, "rejected");
      await page.locator(".proposal").waitFor({ state: "detached" });
    });
  },

  async "instances are held for a while and given back"(browser) {
    await inWorld(browser, { path: "/groups/web" }, async ({ page, world }) => {
      await button(page, "Hold instances …").click();
      await page.getByLabel("At least so many instances").fill("14");
      await page.getByLabel("For so many minutes").fill("90");
      await page.getByLabel("Reason").fill("load test");
      await button(page, "Hold them").click();
      await told(page, "at least 14 instances for 90 minutes");
      await page.getByText("Held: at least 14 instances").waitFor();
      assert.equal(world.controls.web.allocation.instances, 14);
      await button(page, "Take back …").click();
      await button(page, "Take it back").click();
      await page.getByText("No instances held").waitFor();
    });
  },

  async "admins ask for training and see who did what"(browser) {
    await inWorld(browser, { path: "/groups/web", role: "admin" }, async ({ page, world }) => {
      await button(page, "Ask for training …").click();
      await button(page, "Ask for training").click();
      await page.getByText("Training asked for").waitFor();
      assert.equal(world.controls.web.training.done, false);
      await page.getByRole("link", { name: "Audit" }).click();
      await page.getByRole("cell", { name: "train" }).waitFor();
      world.audit = Array.from({ length: 230 }, (_, n) => ({ ...world.audit[0], id: `r${n}` }));
      await button(page, "Look again").click();
      await page.getByText("230 records").waitFor();
      assert.equal(await page.locator("tbody tr").count(), 100);
      await button(page, "Older records").click();
      await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 200);
      await button(page, "Older records").click();
      await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 230);
      assert.equal(await button(page, "Older records").count(), 0);
    });
  },

  async "a dialog holds the focus, closes with Escape and gives it back"(browser) {
    await inWorld(browser, {}, async ({ page, world }) => {
      const opener = button(page, "Stop the whole fleet …");
      await opener.focus();
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      for (let press = 0; press < 8; press += 1) {
        await page.keyboard.press("Tab");
        const where = await page.evaluate(() => {
          const now = document.activeElement;
          return now === document.body || now?.closest("dialog") ? "within" : (now?.outerHTML ?? "nowhere");
        });
        assert.equal(where, "within", "the page behind is out of reach");
      }
      await page.getByLabel("Reason").fill("typed before a refresh");
      await nextRefresh(page);
      assert.equal(await page.getByLabel("Reason").inputValue(), "typed before a refresh");
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
      assert.ok(await opener.evaluate((element) => element === document.activeElement), "the focus is back");
      assert.equal(world.fleetStop, null);
    });
  },
};
