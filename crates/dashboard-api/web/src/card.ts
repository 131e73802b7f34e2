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
const DEPTH_MAX = 3;

export function cardRows(card: ModelCard): Row[] {
  return rows(card, [], 1);
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
  return `${Object.keys(value).length} entries`;
}

function list(values: unknown[]): string {
  const short = values.length <= LIST_MAX && values.every((value) => typeof value === "string" || typeof value === "number");
  return short ? values.map(written).join(", ") : `${values.length} entries`;
}
