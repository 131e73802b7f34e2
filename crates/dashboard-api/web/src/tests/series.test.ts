import { describe, expect, it } from "vitest";

import { atLevel, band, before, changes, fan, held, line, needed, shortages, valueAt } from "../chart/series";
import { at, decision, forecast, row } from "./example";

const ms = (minutes: number) => Date.parse(at(minutes));

describe("line", () => {
  it("breaks where rows are missing, and nowhere else", () => {
    const points = line([row(0, 1, 2), row(5, 2, 2), row(20, 3, 2)], 300, (r) => r.load);
    expect(points).toEqual([[ms(0), 1], [ms(5), 2], [ms(10), null], [ms(20), 3]]);
  });

  it("breaks where a row lacks the value", () => {
    expect(line([{ timestamp: at(0) }], 300, (r) => r.load)).toEqual([[ms(0), null]]);
  });

  it("holds the last step to its end", () => {
    expect(held([[ms(0), 3]], 300)).toEqual([[ms(0), 3], [ms(5), 3]]);
    expect(held([], 300)).toEqual([]);
  });
});

describe("fan", () => {
  it("opens at the last measured point where the forecast follows on it", () => {
    const opened = fan(forecast(at(5)), [[ms(0), 4]]);
    expect(opened.times.slice(0, 2)).toEqual([ms(0), ms(5)]);
    expect(opened.values.slice(0, 2)).toEqual([[4, 4, 4, 4, 4], [1, 2, 3, 4, 5]]);
    expect(opened.times).toHaveLength(13);
  });

  it("invents no bridge to an older point", () => {
    expect(fan(forecast(at(15)), [[ms(0), 4]]).times[0]).toBe(ms(15));
    expect(fan(forecast(at(5)), [[ms(0), null]]).times[0]).toBe(ms(5));
    expect(fan(null, [[ms(0), 4]])).toEqual({ times: [], values: [] });
  });

  it("leaves to past forecasts what lies before it", () => {
    const past = [0, 5, 10].map((minutes) => ({ timestamp: at(minutes), p10: 1, p50: 2, p90: 3, p95: 4 }));
    expect(before(past, forecast(at(5))).map((r) => r.timestamp)).toEqual([at(0), at(5)]);
    expect(before(past, null)).toHaveLength(3);
  });
});

it("a band is a lower edge and a height that is never negative", () => {
  expect(band([1, 2], [1, 5], [4, 4])).toEqual({ base: [[1, 1], [2, 5]], height: [[1, 3], [2, 0]] });
});

it("needed instances keep the objective, and absent stays absent", () => {
  expect(needed(4.25, 0.85)).toBeCloseTo(5);
  expect(needed(0, 0.85)).toBe(0);
  expect(needed(undefined, 0.85)).toBeNull();
});

it("shortages next to each other are one; the objective itself is none", () => {
  const rows = [row(0, 0.9, 1), row(5, 0.95, 1), row(10, 0.85, 1), row(15, 2, 1), { timestamp: at(20) }];
  expect(shortages(rows, 300, 0.85)).toEqual([[ms(0), ms(10)], [ms(15), ms(20)]]);
});

it("changes are what is not a hold, the oldest first", () => {
  const made = [decision(10, "scale_in", 5), decision(5, "hold", 6), decision(0, "scale_out", 6)];
  expect(changes(made).map((d) => d.at)).toEqual([at(0), at(10)]);
});

it("a value holds for its step and no longer", () => {
  const points: [number, number | null][] = [[100, 1], [200, 2], [300, null]];
  expect(valueAt(points, 99, 50)).toBeNull();
  expect(valueAt(points, 149, 50)).toBe(1);
  expect(valueAt(points, 151, 50)).toBeNull();
  expect(valueAt(points, 200, 50)).toBe(2);
  expect(valueAt(points, 310, 50)).toBeNull();
});

describe("atLevel", () => {
  const levels = [0.1, 0.5, 0.9, 0.95, 0.99];
  const values = [1, 2, 4, 5, 9];

  it("interpolates between the levels and holds beyond them, as the scaler does", () => {
    expect(atLevel(levels, values, 0.7)).toBeCloseTo(3);
    expect(atLevel(levels, values, 0.95)).toBe(5);
    expect(atLevel(levels, values, 0.01)).toBe(1);
    expect(atLevel(levels, values, 1)).toBe(9);
    expect(atLevel([], [], 0.5)).toBeUndefined();
  });
});
