/** What operators do, as requests. Each leaves a record in the audit. */

import type { Calendar, Mode, NewCalendar, Proposal } from "../api";
import { type Answer, ask, groupPath } from "../http";

const switchPath = (group: string | null) => (group === null ? "/api/stop" : groupPath(group, "stop"));

/** Throws the kill switch of `group`, or of the fleet. */
export function stop(group: string | null, why: string) {
  return ask<unknown>(switchPath(group), { method: "PUT", body: { why } });
}

export function resume(group: string | null) {
  return ask<unknown>(switchPath(group), { method: "DELETE" });
}

export function setMode(group: string, mode: Mode, why: string) {
  return ask<unknown>(groupPath(group, "mode"), { method: "PUT", body: { mode, why } });
}

/** Back to the mode of fleet.toml. */
export function unsetMode(group: string) {
  return ask<unknown>(groupPath(group, "mode"), { method: "DELETE" });
}

/** Answers one proposal, named whole, so that the answer never counts for another one. */
export function answer(group: string, { tick, action, desired }: Proposal, verdict: "approved" | "rejected") {
  return ask<unknown>(groupPath(group, "approval"), { method: "POST", body: { tick, action, desired, verdict } });
}

/** At least so many instances for so many minutes. */
export function allocate(group: string, instances: number, minutes: number, why: string) {
  return ask<unknown>("/api/resources/allocate", { method: "POST", body: { group, instances, minutes, why } });
}

export function release(group: string) {
  return ask<unknown>(`/api/resources/allocate?group=${encodeURIComponent(group)}`, { method: "DELETE" });
}

export function train(group: string) {
  return ask<unknown>("/api/predictions/train", { method: "POST", body: { group } });
}

/** Replaces the calendar that carries `etag`; null where there is none yet. */
export function putCalendar({ time_zone, events, is_sale_active }: NewCalendar, etag: string | null): Promise<Answer<Calendar>> {
  const condition: Record<string, string> = etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  return ask<Calendar>("/api/calendar", { method: "PUT", body: { time_zone, events, ...(is_sale_active == null ? {} : { is_sale_active }) }, headers: condition });
}
