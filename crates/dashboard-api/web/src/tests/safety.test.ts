import { describe, expect, it } from "vitest";

import type { Group } from "../api";
import { assess, look, whenAway } from "../safety";
import { GROUP } from "./example";

const capacity = GROUP.capacity!;
const peak = GROUP.peak!;
const measured = GROUP.measured!;
const decision = { tick: "", at: "", action: "scale_out", before: 6, required: 8, desired: 8, sentence: "" } as const;

describe("what the figures say", () => {
  const check = (name: string, change: Partial<Group>, level: string, words: RegExp) =>
    it(name, () => {
      const safety = look({ ...GROUP, ...change });
      expect(safety.level).toBe(level);
      expect(`${safety.headline}. ${safety.detail}`).toMatch(words);
    });

  check("all is well", {}, "ok", /70 % .* 85 %.*carries the coming hour/);
  check("nothing was ever collected", { newest_observation: null, data_age_seconds: null, is_stale: true }, "unknown", /No metrics yet/);
  check("stale comes before whatever the old figures say", { is_stale: true, data_age_seconds: 3660, measured: { ...measured, utilization: 0.99 } }, "alarm", /1 h 1 min old \(limit 15 min\)/);
  check("metrics without load", { measured: null }, "unknown", /Load unknown/);
  check("above the objective", { measured: { ...measured, utilization: 0.93, required: 7 } }, "alarm", /93 %, above the objective of 85 %.*7 instances/);
  check("exactly at the objective is within it", { measured: { ...measured, utilization: 0.85 } }, "ok", /Safe now/);
  check("the cloud refused", { decision: { ...decision, outcome: { kind: "failed", error: "quota" } } }, "alarm", /quota/);
  check("the peak is above the maximum", { peak: { ...peak, required: 12 } }, "watch", /12 instances.*allows 10/);
  check("the peak needs more, and Headroom sees to it", { peak: { ...peak, required: 8 } }, "ok", /8 instances: Headroom adds/);
  check("the peak needs more, and the mode forbids it", { mode: "observe", peak: { ...peak, required: 8 } }, "watch", /mode observe/);
  check("no forecast", { peak: null }, "ok", /no forecast/);
  check("a demoted model promises nothing", { feedback: { report: null, drifts: [], demoted: { since: "", sentence: "" }, retraining: null }, peak: { ...peak, required: 12 } }, "ok", /demoted.*follows the load measured/);
  check("no decision yet", { capacity: null }, "ok", /Safe now/);
  check("what is asked for counts, not what is in service", { mode: "observe", capacity: { ...capacity, in_service: 4 } }, "ok", /Safe now/);
});

describe("the verdict", () => {
  const verdict = (change: Partial<Group>) => assess({ ...GROUP, ...change }, "utc");

  it("is the server's, whatever the figures say", () => {
    const silent = verdict({ health: { level: "alarm", clauses: ["the scaler is silent"] } });
    expect(silent).toEqual({ level: "alarm", headline: "Someone has to look", detail: "The scaler is silent." });
  });

  it("takes its headline from the figures where they say the same", () => {
    const short = { measured: { ...measured, utilization: 0.93, required: 7 }, health: { level: "alarm" as const, clauses: ["6 in service, and the load takes 7"] } };
    expect(verdict(short)).toEqual({ level: "alarm", headline: "Too few instances now", detail: "6 in service, and the load takes 7." });
    expect(verdict({}).headline).toBe("Safe now");
  });

  it("says that a group is stopped before anything else", () => {
    expect(verdict({ stopped: "fleet", health: { level: "watch", clauses: [] } }).headline).toMatch(/^Stopped/);
  });
});

it("while the API is away nothing is called safe", () => {
  const away = whenAway(assess(GROUP, "utc"));
  expect(away.level).toBe("unknown");
  expect(away.headline).toBe("Not known now");
  expect(away.detail).toMatch(/^When last seen: safe now\./);
});
