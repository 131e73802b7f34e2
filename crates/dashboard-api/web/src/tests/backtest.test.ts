import { describe, expect, it } from "vitest";

import type { BacktestPolicy, BacktestResult } from "../api";
import { cheapestWithin, families } from "../backtest/frontier";
import { beside, byCost, perDay, verdict } from "../backtest/verdict";

const policy = (name: string, cost: number, change: Partial<BacktestPolicy> = {}): BacktestPolicy => ({
  name,
  knob: null,
  instance_hours: cost * 10,
  cost,
  violation_share: 0,
  violation_minutes: 0,
  scale_outs: 1,
  scale_ins: 1,
  worst_day_violation_minutes: 0,
  worst_day: null,
  saved_per_day_against_static_peak: 6,
  saved_per_day_against_target_tracking: 1,
  ...change,
});

const point = (name: string, knob: number | null, cost: number, violation_share: number) => ({ name, knob, cost, violation_share, instance_hours: cost * 10, violation_minutes: 0 });

const RESULT: BacktestResult = {
  trace: "web",
  world: { from: "2026-11-20T00:00:00Z", to: "2026-11-22T00:00:00Z", minutes: 2880, price_per_hour: 0.1, max_utilization: 0.85 },
  policies: [policy("static-peak", 20), policy("target-tracking", 10, { violation_minutes: 30 }), policy("clairvoyant", 7), policy("headroom", 8)],
  frontier: [point("headroom", 0.99, 8, 0.001), point("headroom", 0.9, 7.5, 0.02), point("headroom", 0.5, 6, 0.3), point("headroom", 0.97, 8.5, 0.002), point("static-peak", null, 20, 0), point("threshold", null, 12, 0.2), { ...point("headroom", 0.99, 9, 0), variant: "no calendar" }],
};

const withHeadroom = (change: Partial<BacktestPolicy>): BacktestResult => ({ ...RESULT, policies: RESULT.policies.map((one) => (one.name === "headroom" ? { ...one, ...change } : one)) });

describe("the sentence", () => {
  it("says what would have been saved, a day", () => {
    expect(perDay(RESULT, 8)).toBe(4);
    expect(verdict(RESULT)).toBe("Headroom would have saved 6.00 a day against a fixed peak size (60 %) and 1.00 a day against target tracking (20 %), with no minute of 2,880 with too few instances.");
    expect(beside(RESULT)).toBe("Beside it, a fixed peak size had none and target tracking had 30 such minutes.");
  });

  it("does not hide what it would have cost", () => {
    const dearer = withHeadroom({ saved_per_day_against_target_tracking: -1, violation_minutes: 29, violation_share: 0.01 });
    expect(verdict(dearer)).toMatch(/saved 6\.00 .* but cost 1\.00 a day more than target tracking \(33 %\), with too few instances in 29 of 2,880 minutes \(1 %\)\.$/);
    expect(verdict(withHeadroom({ saved_per_day_against_static_peak: -1, saved_per_day_against_target_tracking: -1 }))).toMatch(/^Headroom would have cost 1\.00 a day more than a fixed peak size/);
    expect(verdict(withHeadroom({ saved_per_day_against_target_tracking: 0 }))).toMatch(/and cost as much as target tracking/);
    expect(verdict({ ...RESULT, policies: [] })).toMatch(/not among the policies/);
  });
});

it("policies stand by cost, the clairvoyant last", () => {
  expect(byCost(RESULT.policies).map(({ name }) => name)).toEqual(["headroom", "target-tracking", "static-peak", "clairvoyant"]);
});

it("the frontier leaves out what nobody would choose", () => {
  const [headroom, variant] = families(RESULT);
  expect(families(RESULT).map(({ name, places }) => [name, places.map(({ knob }) => knob)])).toEqual([
    ["headroom", [0.9, 0.99]],
    ["headroom, no calendar", [0.99]],
  ]);
  expect(cheapestWithin(headroom!, 0.01)?.knob).toBe(0.99);
  expect(cheapestWithin({ ...variant!, places: [] }, 0.01)).toBeNull();
});
