import { expect, it } from "vitest";

import { cardRows, cardScores, cardVerdict } from "../card";
import { folded } from "../log";
import { at, decision } from "./example";

it("holds that say the same are one entry", () => {
  const made = [decision(20, "hold", 6), decision(15, "hold", 6), decision(10, "hold", 5), decision(5, "scale_in", 5), decision(0, "scale_in", 6)];
  expect(folded(made).map(({ decision: { at: newest }, count, since }) => [newest, count, since])).toEqual([
    [at(20), 2, at(15)],
    [at(10), 1, at(10)],
    [at(5), 1, at(5)],
    [at(0), 1, at(0)],
  ]);
  expect(folded([])).toEqual([]);
});

it("a hold that failed is never folded away", () => {
  const failed = { ...decision(5, "hold", 6), outcome: { kind: "failed", error: "denied" } as const };
  expect(folded([failed, failed])).toHaveLength(2);
});

it("a model card opens up to rows, long lists to their length", () => {
  const card = { name: "lstm", feature_set: 3, scores: [], data: { rows: 8064, mean: 0.21412 }, deep: { er: { est: 1 } }, scale: [1, 2, 3, 4, 5, 6, 7], levels: [0.1, 0.5], seeded: true, notes: null };
  expect(cardRows(card).map(({ name, value }) => `${name}: ${value}`)).toEqual([
    "name: lstm",
    "feature set: 3",
    "data · rows: 8064",
    "data · mean: 0.2141",
    "deep · er: 1 entry",
    "scale: 7 entries",
    "levels: 0.1, 0.5",
    "seeded: yes",
  ]);
});

it("the scores of a card, the best first, and what is no score left out", () => {
  const scores = [{ model: "last value", mae: { mean: 0.3 }, wql: null }, { model: "lstm", mae: { mean: 0.2 }, wql: 0.05 }, { model: "odd" }, "odder"];
  expect(cardScores({ scores })).toEqual([
    { model: "lstm", mae: 0.2, wql: 0.05 },
    { model: "last value", mae: 0.3, wql: null },
  ]);
  expect(cardScores({ scores: { lstm: 1 } })).toEqual([]);
});

it("a card says why its model serves, where it tells", () => {
  expect(cardVerdict({ margin: 0.637, predictable: true })).toBe("Chosen on the validation part, where its loss is 64 % below that of the last value.");
  expect(cardVerdict({ margin: 0.001, predictable: false })).toContain("Not predictable");
  expect(cardVerdict({ margin: null, predictable: true })).toBeNull();
});
