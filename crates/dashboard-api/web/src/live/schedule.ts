/** When to ask again, and what about. */

import type { Group } from "../api";

/** Between two tries while the API is away there are at most so many seconds. */
const RETRY_SECONDS_MAX = 30;

/** Twice as long after each failure in a row, but never much longer than a reader would wait, and never less than the API asks for. */
export function retrySeconds(refreshSeconds: number, failures: number, askedSeconds: number | null = null): number {
  if (failures === 0) return refreshSeconds;
  return Math.max(refreshSeconds, askedSeconds ?? 0, Math.min(RETRY_SECONDS_MAX, 2 ** Math.min(failures, 10)));
}

/** The wanted group; null where none is wanted or it is gone. */
export function selectGroup(groups: Group[], wanted: string | null): Group | null {
  return groups.find((group) => group.id === wanted) ?? null;
}

/** `?refresh=` of the page's address: seconds, at least a quarter; null where it is absent or no number. */
export function refreshFromAddress(search: string): number | null {
  const text = new URLSearchParams(search).get("refresh");
  const seconds = Number(text);
  return text !== null && text !== "" && Number.isFinite(seconds) && seconds > 0 ? Math.max(0.25, seconds) : null;
}
