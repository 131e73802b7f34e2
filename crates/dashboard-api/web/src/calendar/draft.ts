/** An entry of the calendar as a form holds it: text, as it was typed. */

import type { CalendarEntry } from "../api";
import { type Repeat, NEVER, repeatOf, ruleOf } from "./repeat";

export interface Draft {
  name: string;
  kind: string;
  start: string;
  /** Which of the two says how long it lasts. */
  length: "end" | "duration";
  end: string;
  duration: string;
  timeZone: string;
  intensity: string;
  ramp: string;
  priority: string;
  /** Null means all groups. */
  groups: string[] | null;
  repeat: Repeat;
}

export const FIELDS = ["name", "kind", "start", "end", "duration_minutes", "time_zone", "intensity", "ramp_minutes", "priority", "groups", "repeat"] as const;
export type Field = (typeof FIELDS)[number];

export const EMPTY: Draft = { name: "", kind: "sale", start: "", length: "end", end: "", duration: "60", timeZone: "", intensity: "1", ramp: "0", priority: "0", groups: null, repeat: NEVER };

export function draftOf(entry: CalendarEntry): Draft {
  return {
    name: entry.name,
    kind: entry.kind ?? "event",
    start: entry.start,
    length: entry.duration_minutes == null ? "end" : "duration",
    end: entry.end ?? "",
    duration: String(entry.duration_minutes ?? 60),
    timeZone: entry.time_zone ?? "",
    intensity: String(entry.intensity ?? 1),
    ramp: String(entry.ramp_minutes ?? 0),
    priority: String(entry.priority ?? 0),
    groups: entry.groups ?? null,
    repeat: repeatOf(entry.repeat),
  };
}

/** What is written. What is left out takes the calendar's defaults. */
export function entryOf(draft: Draft): CalendarEntry {
  const rule = ruleOf(draft.repeat);
  return {
    name: draft.name.trim(),
    kind: draft.kind.trim(),
    start: draft.start.trim(),
    ...(draft.length === "end" ? { end: draft.end.trim() } : { duration_minutes: Number(draft.duration) }),
    ...(draft.timeZone.trim() ? { time_zone: draft.timeZone.trim() } : {}),
    intensity: Number(draft.intensity),
    ramp_minutes: Number(draft.ramp),
    priority: Number(draft.priority),
    ...(draft.groups ? { groups: draft.groups } : {}),
    ...(rule ? { repeat: rule } : {}),
  };
}

export type Problems = Partial<Record<Field, string>>;

/** What can be told to be wrong before the API is asked, which checks all of it. */
export function problemsOf(draft: Draft): Problems {
  const problems: Problems = {};
  if (draft.name.trim() === "") problems.name = "Give it a name.";
  if (draft.kind.trim() === "") problems.kind = "Give it a kind: events of one kind have like effects.";
  if (draft.start.trim() === "") problems.start = "Say when it starts.";
  if (draft.length === "end" && draft.end.trim() === "") problems.end = "Say when it ends, or how long it lasts.";
  if (draft.length === "end" && isLocal(draft.start) && isLocal(draft.end) && draft.end <= draft.start) problems.end = "The end is not after the start.";
  if (draft.length === "duration" && !isWhole(draft.duration, 1)) problems.duration_minutes = "A whole number of minutes, at least 1.";
  if (!(Number(draft.intensity) >= 0) || draft.intensity.trim() === "") problems.intensity = "A number, at least 0.";
  if (!isWhole(draft.ramp, 0)) problems.ramp_minutes = "A whole number of minutes, at least 0.";
  if (!/^-?\d+$/.test(draft.priority.trim())) problems.priority = "A whole number.";
  if (draft.groups?.length === 0) problems.groups = "Choose at least one group, or all.";
  if (draft.repeat.kind === "rule" && draft.repeat.rule.trim() === "") problems.repeat = "Write the rule, for example FREQ=WEEKLY;BYDAY=TU.";
  if (!["never", "rule"].includes(draft.repeat.kind) && !isWhole(draft.repeat.every, 1)) problems.repeat = "Every how many? A whole number, at least 1.";
  return problems;
}

function isWhole(text: string, least: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= least;
}

/** Whether it is a local time, as the browser's own field for times has it. */
export function isLocal(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text);
}

/** What the API finds wrong with one entry: the field, and what about it. */
export interface Complaint {
  field: Field;
  text: string;
}

/** A problem of the API as one of the form's entry, which is number `index` of those sent; null where it is about something else. */
export function complaintOf(field: string | null, detail: string, index: number): Complaint | null {
  const [events, place, name] = (field ?? "").split(/[.[\]]+/).filter(Boolean);
  if (events !== "events" || place !== String(index)) return null;
  const text = detail.replace(/^event `.*?`: /, "");
  // Where the field is not named apart, the sentence names it first.
  const named = name ?? [...text.matchAll(/`(\w+)`/g)].map(([, word]) => word).find((word) => FIELDS.some((known) => known === word));
  const found = FIELDS.find((known) => known === named);
  return found ? { field: found, text } : null;
}

/** Where `original` stands in another version of the calendar: as it was, or at least an entry of its name and start; -1 where it is gone. */
export function placeOf(original: CalendarEntry, events: CalendarEntry[]): { index: number; changed: boolean } {
  const text = JSON.stringify(original);
  const same = events.findIndex((event) => JSON.stringify(event) === text);
  if (same >= 0) return { index: same, changed: false };
  const named = events.findIndex((event) => event.name === original.name && event.start === original.start);
  return { index: named >= 0 ? named : events.findIndex((event) => event.name === original.name), changed: true };
}
