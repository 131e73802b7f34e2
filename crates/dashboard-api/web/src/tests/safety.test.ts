import { describe, expect, it } from "vitest";

import type { Group } from "../api";
import { assess, whenAway } from "../safety";
import { GROUP } from "./example";

const capacity = GROUP.capacity!;
const peak = GROUP.peak!;
const measured = GROUP.measured!;

describe("assess", () => {
  const check = (name: string, change: Partial<Group>, level: string, words: RegExp) =>
    it(name, () => {
      const safety = assess({ ...GROUP, ...change });
      expect(safety.level).toBe(level);
      expect(`${safety.headline}. ${safety.detail}`).toMatch(words);
    });

  check("all is well", {}, "safe", /70 % .* 85 %.*carries the coming hour/);
  check("nothing was ever collected", { newest_observation: null, data_age_seconds: null, is_stale: true }, "unknown", /No metrics yet/);
  check("stale comes before whatever the old figures say", { is_stale: true, data_age_seconds: 3660, measured: { ...measured, utilization: 0.99 } }, "stale", /1 h 1 min old \(limit 15 min\)/);
  check("metrics without load", { measured: null }, "unknown", /Load unknown/);
  check("above the objective", { measured: { ...measured, utilization: 0.93, required: 7 } }, "short", /93 %, above the objective of 85 %.*7 instances/);
  check("exactly at the objective is within it", { measured: { ...measured, utilization: 0.85 } }, "safe", /Safe now/);
  check("the cloud refused", { decision: { tick: "", at: "", action: "scale_out", before: 6, desired: 8, sentence: "", outcome: { kind: "failed", error: "quota" } } }, "tight", /quota/);
  check("the peak is above the maximum", { peak: { ...peak, required: 12 } }, "tight", /12 instances.*allows 10/);
  check("the peak needs more, and Headroom sees to it", { peak: { ...peak, required: 8 } }, "safe", /8 instances: Headroom adds/);
  check("the peak needs more, and the mode forbids it", { mode: "observe", peak: { ...peak, required: 8 } }, "tight", /mode observe/);
  check("no forecast", { peak: null }, "safe", /no forecast/);
  check("a demoted model promises nothing", { feedback: { report: null, drifts: [], demoted: { since: "", sentence: "" }, retraining: null }, peak: { ...peak, required: 12 } }, "safe", /demoted.*follows the load measured/);
  check("no decision yet", { capacity: null }, "safe", /Safe now/);
  check("what is asked for counts, not what is in service", { mode: "observe", capacity: { ...capacity, in_service: 4 } }, "safe", /Safe now/);
});

it("while the API is away nothing is called safe", () => {
  const away = whenAway(assess(GROUP));
  expect(away.level).toBe("unknown");
  expect(away.headline).toBe("Not known now");
  expect(away.detail).toMatch(/^When last seen: safe now\./);
});
