import { describe, expect, it } from "vitest";

import { day, duration, fixed, instances, nearTime, number, percent, sentence, span, time } from "../format";

it("numbers say no more than they know", () => {
  expect(number(12.345)).toBe("12.3");
  expect(number(1234567, 0)).toBe("1,234,567");
  expect(number(0)).toBe("0");
  for (const absent of [null, undefined, NaN, Infinity]) expect(number(absent)).toBe("–");
  expect(fixed(14)).toBe("14.0");
  expect(percent(0.8449)).toBe("84 %");
  expect(percent(null)).toBe("–");
  expect(instances(1)).toBe("1 instance");
  expect(instances(0)).toBe("0 instances");
});

it("spans of time use their two largest units", () => {
  const cases: [number, string][] = [
    [-5, "0 s"],
    [59, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [3600, "1 h"],
    [3900, "1 h 5 min"],
    [86_400, "1 d"],
    [100_000, "1 d 3 h"],
  ];
  for (const [seconds, text] of cases) expect(duration(seconds)).toBe(text);
});

describe("times", () => {
  it("are told in the chosen zone", () => {
    expect(time("2026-11-24T23:05:00Z", "utc")).toBe("23:05");
    expect(time("2026-11-24T00:00:00Z", "utc")).toBe("00:00");
    expect(day("2026-11-24T23:05:00Z", "utc")).toBe("Tue 24 Nov");
  });

  it("name the day only where it is another", () => {
    expect(nearTime("2026-11-24T01:00:00Z", "2026-11-24T12:00:00Z", "utc")).toBe("01:00");
    expect(nearTime("2026-11-23T01:00:00Z", "2026-11-24T12:00:00Z", "utc")).toBe("Mon 23 Nov, 01:00");
    expect(span("2026-11-24T17:00:00Z", "2026-11-24T19:30:00Z", "utc")).toBe("Tue 24 Nov, 17:00 – 19:30");
    expect(span("2026-11-24T17:00:00Z", "2026-11-25T19:30:00Z", "utc")).toBe("Tue 24 Nov, 17:00 – Wed 25 Nov, 19:30");
  });
});

it("a sentence of the API reads like one", () => {
  const text = "scale out from 3 to 6: `Black Friday` runs from 2026-11-27T00:00:00Z to 2026-11-30T23:59:00Z";
  expect(sentence(text, "utc")).toBe("Scale out from 3 to 6: “Black Friday” runs from Fri 27 Nov, 00:00 to Mon 30 Nov, 23:59");
});
