import { expect, it } from "vitest";

import { METRIC_VALUE, measuredMetrics, metricText, short } from "../chart/metric";
import { decisionRows, factsOf, nameOf, roleOf } from "../decision";
import { money } from "../format";
import { at, decision, row } from "./example";

it("each reason has its part: asking, guarding, stopping", () => {
  const roles = { peak_ahead: "asks", step_limit: "guards", mode_forbids: "stops", approved: "tells", something_new: "guards" };
  for (const [kind, role] of Object.entries(roles)) expect(roleOf({ kind } as Parameters<typeof roleOf>[0])).toBe(role);
});

it("a reason opens up to words with units", () => {
  const peak = { kind: "peak_ahead", load: 5.123, quantile: 0.99, within_minutes: 8, required: 7 } as const;
  expect(nameOf(peak)).toBe("Peak ahead");
  expect(factsOf(peak, "utc")).toBe("load 5.12 · quantile 99 % · within 8 min · required 7");
  expect(factsOf({ kind: "stale_metrics", age_seconds: 3700, limit_seconds: 900 }, "utc")).toBe("age 1 h 1 min · limit 15 min");
  expect(factsOf({ kind: "allocated", instances: 4, until: at(30), by: "ada" }, "utc")).toBe("instances 4 · until Tue 24 Nov, 12:30 · by ada");
  expect(factsOf({ kind: "reactive", because: { unusable_model: "corrupt" }, load: 2, required: 3 }, "utc")).toBe("because: unusable model corrupt · load 2 · required 3");
  expect(factsOf({ kind: "no_metrics" }, "utc")).toBe("");
});

it("a decision tells what it knows, and nothing of what it does not", () => {
  const names = (change: object) => decisionRows({ ...decision(0, "scale_out", 8), ...change }, "utc").map(({ name, value }) => `${name}: ${value}`);
  expect(names({})).toContain("Sets: the desired capacity");
  expect(names({}).join()).not.toMatch(/Risk|Lead time|Cost/);
  const more = names({ apply: "floor", lead_time_seconds: 190, risk: { quantile: 0.995, source: "money" } });
  expect(more).toContain("Sets: the minimum");
  expect(more).toContain("Risk: 99.5 % sure, from the price of an instance and the cost of a violation");
  expect(more).toContain("Lead time: 3 min");
});

it("only metrics that were measured are offered", () => {
  expect(measuredMetrics([row(0, 4, 6)])).toEqual(["utilization"]);
  expect(measuredMetrics([{ ...row(0, 4, 6), cpu_utilization: 60, network_in: null, request_count: 0 }])).toEqual(["utilization", "cpu", "requests"]);
  expect(METRIC_VALUE.network({ timestamp: at(0), network_in: 5 })).toBe(5);
});

it("large figures are short, and nothing is never a negative nothing", () => {
  expect([12_345_678, 1500, 12, null].map(short)).toEqual(["12.3 M", "1.5 k", "12", "–"]);
  expect(metricText("cpu", 55.55)).toBe("55.6 %");
  expect([-0.001, 12.345, 12345.6, null].map(money)).toEqual(["0.00", "12.35", "12,346", "–"]);
});
