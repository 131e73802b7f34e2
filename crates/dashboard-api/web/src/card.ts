/** A model card as rows to read. */

import type { ModelCard } from "./api";
import { number } from "./format";

export interface Row {
  name: string;
  value: string;
}

/** A list longer than this is told by its length: the numbers of a scaler say nothing to a reader. */
const LIST_MAX = 6;

/** How deep a card is opened up; what lies deeper is counted. */
const DEPTH_MAX = 2;

export function cardRows(card: ModelCard): Row[] {
  const { scores: _, candidates: __, members: ___, online: ____, ...facts } = card;
  return rows(facts, [], 1);
}

/** Why this model serves, in one sentence; null where the card does not tell. */
export function cardVerdict(card: ModelCard): string | null {
  const { margin, predictable } = card;
  if (predictable === false) return "Not predictable: on the validation part nothing beat the last value.";
  if (typeof margin !== "number") return null;
  return `Chosen on the validation part, where its loss is ${Math.round(margin * 100)} % below that of the last value.`;
}

/** How well a model did on rows that it was not trained on; in the unit of what it forecasts. */
export interface CardScore {
  model: string;
  /** Mean absolute error of the median. */
  mae: number;
  /** Weighted quantile loss; null where it cannot be told. */
  wql: number | null;
}

/** The scores of a card, the best first; none where the card has them in no form known here. */
export function cardScores(card: ModelCard): CardScore[] {
  const { scores } = card;
  if (!Array.isArray(scores)) return [];
  return scores.flatMap((score) => cardScore(score) ?? []).sort((a, b) => a.mae - b.mae);
}

function cardScore(score: unknown): CardScore | null {
  if (!isRecord(score) || typeof score["model"] !== "string") return null;
  const { model, mae, wql } = score;
  const mean = isRecord(mae) ? mae["mean"] : mae;
  return typeof mean === "number" ? { model, mae: mean, wql: typeof wql === "number" ? wql : null } : null;
}

function rows(part: Record<string, unknown>, path: string[], depth: number): Row[] {
  return Object.entries(part).flatMap(([key, value]): Row[] => {
    const name = [...path, key.replaceAll("_", " ")];
    if (isRecord(value) && depth < DEPTH_MAX) return rows(value, name, depth + 1);
    const text = written(value);
    return text === null ? [] : [{ name: name.join(" · "), value: text }];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function written(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : number(value, 4);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return list(value);
  return counted(Object.keys(value).length);
}

function list(values: unknown[]): string {
  const short = values.length <= LIST_MAX && values.every((value) => typeof value === "string" || typeof value === "number");
  return short ? values.map(written).join(", ") : counted(values.length);
}

function counted(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
