/** Which groups are shown, and in which order. */

import type { Group } from "../api";
import { LEVELS } from "../safety";

export const SHOWN = ["all", "alarm", "watch", "unknown", "ok", "stopped", "awaiting"] as const;
export type Shown = (typeof SHOWN)[number];

export const SHOWN_TEXT: Record<Shown, string> = {
  all: "All",
  alarm: "With an alarm",
  watch: "To watch",
  unknown: "Not known",
  ok: "Safe",
  stopped: "Stopped",
  awaiting: "Awaiting approval",
};

export const SORTS = ["gravest", "name", "utilization", "peak", "size", "savings"] as const;
export type Sort = (typeof SORTS)[number];

export const SORT_TEXT: Record<Sort, string> = {
  gravest: "Gravest first",
  name: "Name",
  utilization: "Utilization",
  peak: "Next hour’s peak",
  size: "Instances",
  savings: "Saved today",
};

export interface Filter {
  text: string;
  shown: Shown;
  sort: Sort;
}

export const EVERYTHING: Filter = { text: "", shown: "all", sort: "gravest" };

/** The filter that the page's address holds. */
export function filterOf(search: string): Filter {
  const params = new URLSearchParams(search);
  return {
    text: params.get("q") ?? "",
    shown: SHOWN.find((known) => known === params.get("show")) ?? EVERYTHING.shown,
    sort: SORTS.find((known) => known === params.get("sort")) ?? EVERYTHING.sort,
  };
}

/** `search` with `filter` in place of the one it held. */
export function searchWith(search: string, { text, shown, sort }: Filter): string {
  const params = new URLSearchParams(search);
  const put = (name: string, value: string, usual: string) => (value === usual ? params.delete(name) : params.set(name, value));
  put("q", text, EVERYTHING.text);
  put("show", shown, EVERYTHING.shown);
  put("sort", sort, EVERYTHING.sort);
  const written = params.toString();
  return written ? `?${written}` : "";
}

export function matches(group: Group, { text, shown }: Filter): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const about = [group.id, group.provider, group.mode, group.policy, group.model?.name ?? ""].join(" ").toLowerCase();
  return words.every((word) => about.includes(word)) && isShown(group, shown);
}

function isShown(group: Group, shown: Shown): boolean {
  if (shown === "all") return true;
  if (shown === "stopped") return group.stopped != null;
  if (shown === "awaiting") return group.proposal != null;
  return group.health.level === shown;
}

/** Smaller is graver: first the level, within it whoever waits for an operator or is stopped. */
function gravity(group: Group): number {
  const calls = group.proposal != null || group.stopped != null;
  return LEVELS.indexOf(group.health.level) * 2 + (calls ? 0 : 1);
}

/** How large each value sorts; what has none comes last. */
const MEASURE: Record<Exclude<Sort, "name">, (group: Group) => number | null | undefined> = {
  gravest: (group) => -gravity(group),
  utilization: (group) => group.measured?.utilization,
  peak: (group) => group.peak?.required,
  size: (group) => group.capacity?.in_service,
  savings: (group) => group.savings?.today.against_static_peak,
};

export function ordered(groups: Group[], { sort }: Filter): Group[] {
  const byName = (a: Group, b: Group) => a.id.localeCompare(b.id, "en", { numeric: true });
  if (sort === "name") return [...groups].sort(byName);
  const measure = MEASURE[sort];
  const measured = groups.map((group) => ({ group, value: measure(group) ?? -Infinity }));
  return measured.sort((a, b) => (a.value === b.value ? byName(a.group, b.group) : b.value > a.value ? 1 : -1)).map(({ group }) => group);
}

/** `fresh` in the order of `shown` as far as that goes: while someone points at a card it must not move away. */
export function inOrderOf(shown: string[], fresh: Group[]): Group[] {
  const place = new Map(shown.map((id, index) => [id, index]));
  const last = shown.length;
  return fresh
    .map((group, index) => ({ group, index: place.get(group.id) ?? last + index }))
    .sort((a, b) => a.index - b.index)
    .map(({ group }) => group);
}
