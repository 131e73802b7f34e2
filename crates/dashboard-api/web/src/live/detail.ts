/** Everything about one group that the page draws, fetched together. */

import type { Anomalies, CalendarEvent, Decisions, Events, Forecast, Group, History, ModelCard, PastForecasts } from "../api";
import { get, getIfThere, groupPath } from "../http";

export interface Detail {
  group: string;
  hours: number;
  now: string;
  history: History;
  forecast: Forecast | null;
  past: PastForecasts;
  /** The newest page of the log. */
  log: Decisions;
  /** The newest page of what changed capacity. */
  changes: Decisions;
  events: CalendarEvent[];
  anomalies: Anomalies;
  card: ModelCard | null;
}

/** So many decisions a page of the log has. */
export const LOG_LENGTH = 60;

/** Where there are more changes of capacity than this, marks would hide the lines: the chart then has none. */
export const MARKS_MAX = 100;

/** The calendar is looked ahead so far. */
const AHEAD_HOURS = 72;

/** The newest page of the log; without holds where `onlyChanges`. */
export function decisionsPath(group: string, hours: number, onlyChanges: boolean, cursor: string | null = null): string {
  const params = new URLSearchParams({ hours: String(hours), limit: String(onlyChanges ? MARKS_MAX : LOG_LENGTH) });
  if (onlyChanges) params.set("changes", "true");
  if (cursor !== null) params.set("cursor", cursor);
  return groupPath(group, `decisions?${params.toString()}`);
}

export async function fetchDetail({ id, model }: Group, hours: number, now: string, signal: AbortSignal): Promise<Detail> {
  const path = (route: string) => groupPath(id, route);
  // What the summary knows not to be there is not asked for: the browser would log each 404 as an error.
  const hasForecast = model != null;
  const [history, forecast, past, log, changes, events, anomalies, card] = await Promise.all([
    get<History>(path(`history?hours=${hours}`), signal),
    hasForecast ? getIfThere<Forecast>(path("forecast"), signal) : null,
    get<PastForecasts>(path(`forecasts?hours=${hours}`), signal),
    get<Decisions>(decisionsPath(id, hours, false), signal),
    get<Decisions>(decisionsPath(id, hours, true), signal),
    get<Events>(path(`events?hours=${hours}&ahead_hours=${AHEAD_HOURS}`), signal),
    get<Anomalies>(path(`anomalies?hours=${hours}`), signal),
    hasForecast ? getIfThere<ModelCard>(path("model"), signal) : null,
  ]);
  return {
    group: id,
    hours,
    now,
    history,
    forecast,
    past,
    log,
    changes,
    events: events.events,
    anomalies,
    card,
  };
}

/** Changes where the details of a group have to be fetched again: on a new row, a new decision or what came of it, or a step later. */
export function detailKey(group: Group, hours: number, now: string): string {
  const step = Math.floor(Date.parse(now) / 1000 / group.step_seconds);
  return [group.id, hours, group.newest_observation, group.decision?.at, group.decision?.outcome.kind, group.model?.version, step].join("|");
}
