import { expect, it } from "vitest";

import { labels } from "../chart/labels";
import { chartModel } from "../chart/model";
import { entriesAt } from "../chart/readout";
import { isWhole, seenOf } from "../chart/zoom";
import { type Detail, MARKS_MAX } from "../live/detail";
import { words } from "../parts/ChartHead";
import { GROUP, NOW, anomaly, at, decision, forecast, row } from "./example";

const ms = (minutes: number) => Date.parse(at(minutes));
const event = (name: string) => ({ name, kind: "sale", start: at(0), end: at(30), intensity: 1, ramp_minutes: 0, priority: 0 });

const DETAIL: Detail = {
  group: "web",
  hours: 6,
  now: NOW,
  history: { group: "web", from: at(-360), to: NOW, step_seconds: 300, bucket_seconds: 300, over_objective_seconds: 0, rows: [row(-5, 4, 6), row(0, 4.25, 6)] },
  forecast: forecast(at(5)),
  past: { group: "web", bucket_seconds: 300, rows: [{ timestamp: at(0), p10: 3, p50: 4, p90: 4.5, p95: 5 }] },
  log: { group: "web", total: 0, next: null, decisions: [] },
  changes: { group: "web", total: 1, next: null, decisions: [decision(0, "scale_out", 6)] },
  events: [event("Black Friday")],
  anomalies: { group: "web", total: 2, next: null, anomalies: [anomaly(0), anomaly(-200)] },
  card: null,
};

it("the window reaches from the span asked for to the end of the forecast or an hour ahead", () => {
  expect(chartModel(GROUP, DETAIL).window).toEqual([ms(6 - 360), ms(66)]);
  expect(chartModel(GROUP, { ...DETAIL, forecast: null }).window[1]).toBe(ms(66));
});

it("an anomaly stands on the line, and where there is no line it is not drawn", () => {
  expect(chartModel(GROUP, DETAIL).anomalies.map(({ at: moment, load }) => [moment, load])).toEqual([[ms(0), 4.25]]);
});

it("what is asked for is held to the end of the window", () => {
  expect(chartModel(GROUP, DETAIL).providedAhead).toEqual([[ms(5), 6], [ms(6), 6], [ms(66), 6]]);
  expect(chartModel({ ...GROUP, capacity: null }, DETAIL).providedAhead).toEqual([]);
});

it("too many changes are not marked", () => {
  expect(chartModel(GROUP, DETAIL).changes).toHaveLength(1);
  expect(chartModel(GROUP, { ...DETAIL, changes: { ...DETAIL.changes, total: MARKS_MAX + 1 } }).changes).toEqual([]);
});

it("the readout tells past from future", () => {
  const model = chartModel(GROUP, DETAIL);
  const told = (minutes: number) => entriesAt(model, ms(minutes)).map(({ name, value }) => `${name}: ${value}`);
  expect(told(0)).toEqual(["Load measured: 4.3", "Forecast, median: 4", "Forecast, 95 %: 5", "Instances needed: 5", "Instances provided: 6", "Event: Black Friday"]);
  expect(told(35)).toEqual(["Forecast, median: 8", "Forecast, 95 %: 10", "Forecast, 99 %: 11", "Instances needed: 11.8"]);
});

it("an empty group makes an empty chart, not an error", () => {
  const empty: Detail = { ...DETAIL, history: { ...DETAIL.history, rows: [] }, forecast: null, past: { ...DETAIL.past, rows: [] }, events: [], changes: { ...DETAIL.changes, total: 0, decisions: [] } };
  const model = chartModel({ ...GROUP, capacity: null }, empty);
  expect([model.load, model.provided, model.providedAhead, model.anomalies]).toEqual([[], [], [], []]);
  expect(entriesAt(model, ms(0))).toEqual([]);
  expect(words(empty)).toBe("Nothing was measured in this span of time.");
});

it("the words say what colours show", () => {
  expect(words(DETAIL)).toBe("Never above the objective; 2 anomalies; 1 decision to scale.");
  const bad = { ...DETAIL, history: { ...DETAIL.history, over_objective_seconds: 900, bucket_seconds: 600 }, anomalies: { ...DETAIL.anomalies, total: 0 }, changes: { ...DETAIL.changes, total: 200 } };
  expect(words(bad)).toBe("Above the objective for 15 min; no anomaly; 200 decisions to scale, too many to mark. Each point is the worst of 10 min.");
});

it("names of events are neither cut off nor written over each other", () => {
  const place = (name: string, from: number, to: number) => ({ event: event(name), span: [from, to] as [number, number] });
  const written = labels([place("first", 0, 10), place("hidden by the first", 12, 20), place("middle", 50, 60), place("at the end", 98, 100), place("not in sight", 120, 130)], [0, 100], 500);
  expect(written.map(({ show, position }) => (show ? position : null))).toEqual(["insideTop", null, "insideTop", "insideTopRight", null]);
});

it("zooming leaves its share of the window", () => {
  expect(seenOf([0, 1000], { start: 25, end: 50 })).toEqual([250, 500]);
  expect(isWhole({ start: 0, end: 100 })).toBe(true);
  expect(isWhole({ start: 0, end: 80 })).toBe(false);
});
