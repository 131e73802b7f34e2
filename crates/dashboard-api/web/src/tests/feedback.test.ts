import { describe, expect, it } from "vitest";

import type { Feedback, FeedbackReport } from "../api";
import { badges, figures, held, remarks, scored } from "../feedback";
import { GROUP } from "./example";

const REPORT: FeedbackReport = {
  model: { name: "lstm", version: "v1" },
  since: "2026-11-23T11:00:00Z",
  until: "2026-11-24T10:55:00Z",
  forecasts: 288,
  mae: 0.4,
  wql: 0.0512,
  bias: -0.25,
  coverage: { "0.9": 0.91, "0.95": 0.94, "0.99": 0.985 },
  reactive_mae: 0.8,
  skill: 0.5,
  mean_load: 8,
};

const TRUSTED: Feedback = { report: REPORT, drifts: [], demoted: null, retraining: null };

const demotion = "the model has been demoted since 24 Nov 06:55 UTC: over 6 h its forecasts were worse";

const POOR: Feedback = {
  ...TRUSTED,
  drifts: [{ since: "2026-11-24T06:55:00Z", kind: "biased", bias: -0.4, share: 0.1, sentence: "forecasts stay too low" }],
  demoted: { since: "2026-11-24T06:55:00Z", sentence: demotion },
  retraining: { since: "2026-11-24T06:55:00Z", sentence: `${demotion}; retrain it with \`trainer train\`` },
};

describe("badges", () => {
  const texts = (feedback: Feedback | null, predictable = true) => badges({ ...GROUP, feedback, predictable }).map(({ text }) => text);

  it("say the gravest first, and trust only what was scored", () => {
    expect(texts(TRUSTED)).toEqual(["Trusted"]);
    expect(texts(POOR)).toEqual(["Demoted", "Retraining asked for", "Biased"]);
    expect(texts(TRUSTED, false)).toEqual(["Not predictable"]);
    expect(texts({ ...TRUSTED, report: null })).toEqual([]);
    expect(texts(null)).toEqual([]);
  });
});

describe("remarks", () => {
  it("say each thing once", () => {
    expect(remarks({ feedback: TRUSTED, predictable: true })).toEqual([]);
    expect(remarks({ feedback: POOR, predictable: true })).toEqual([POOR.retraining!.sentence, "forecasts stay too low"]);
    const lasting = { ...POOR, demoted: null, retraining: { since: "", sentence: "for more than a day, forecasts stay too low; retrain it" } };
    expect(remarks({ feedback: lasting, predictable: true })).toHaveLength(1);
  });

  it("tell that a group is not predictable", () => {
    expect(remarks({ feedback: null, predictable: false })[0]).toMatch(/nothing beats the last value.*capacity follows that with room/);
  });
});

describe("figures", () => {
  const value = (name: RegExp, change: Partial<FeedbackReport>) => {
    const found = figures({ ...REPORT, ...change }).find((figure) => name.test(figure.name))!;
    return `${found.value}, ${found.note}`;
  };

  it("compare the error with the last value's", () => {
    expect(value(/last value/, {})).toBe("50 % better, whose error is 0.8");
    expect(value(/last value/, { skill: -0.2 })).toBe("20 % worse, whose error is 0.8");
    expect(value(/last value/, { skill: 0.001 })).toMatch(/^equal/);
    expect(value(/last value/, { skill: null })).toMatch(/^–/);
  });

  it("tell to which side forecasts lean", () => {
    expect(value(/Bias/, {})).toBe("0.25, too low on average");
    expect(value(/Bias/, { bias: 0.3 })).toBe("0.3, too high on average");
    expect(value(/Bias/, { bias: -0.001 })).toBe("0, even on average");
  });

  it("have a dash where there was no load", () => {
    expect(value(/WQL/, { wql: null })).toMatch(/^–/);
  });
});

it("coverage stands beside its level", () => {
  expect(held(REPORT)).toEqual([
    { level: 0.9, share: 0.91 },
    { level: 0.95, share: 0.94 },
    { level: 0.99, share: 0.985 },
  ]);
});

it("what was scored is counted", () => {
  expect(scored(REPORT)).toBe("288 forecasts of 23 h 55 min");
  expect(scored({ ...REPORT, forecasts: 1, until: REPORT.since })).toBe("1 forecast");
});
