/** Everything about one group that the page draws, fetched together. */

import {
  type Anomalies,
  type Anomaly,
  type CalendarEvent,
  type Decision,
  type Decisions,
  type Events,
  type Forecast,
  type Group,
  type History,
  type ModelCard,
  type PastForecasts,
  get,
  getIfThere,
  groupPath,
} from "../api";

export interface Detail {
  group: string;
  hours: number;
  now: string;
  history: History;
  forecast: Forecast | null;
  past: PastForecasts;
  decisions: Decision[];
  changes: Decision[];
  /** How many there are, of which `changes` may be fewer. */
  changesTotal: number;
  events: CalendarEvent[];
  anomalies: Anomaly[];
  card: ModelCard | null;
}

/** So many decisions the log shows. */
const LOG_LENGTH = 60;

/** Where there are more changes of capacity than this, marks would hide the lines: the chart then has none. */
export const MARKS_MAX = 100;

/** The calendar is looked ahead so far. */
const AHEAD_HOURS = 72;

export async function fetchDetail({ id, model }: Group, hours: number, now: string, signal: AbortSignal): Promise<Detail> {
  const path = (route: string) => groupPath(id, route);
  // What the summary knows not to be there is not asked for: the browser would log each 404 as an error.
  const hasForecast = model !== null;
  const hasCard = model?.version !== undefined;
  const [history, forecast, past, log, changes, events, anomalies, card] = await Promise.all([
    get<History>(path(`history?hours=${hours}`), signal),
    hasForecast ? getIfThere<Forecast>(path("forecast"), signal) : null,
    get<PastForecasts>(path(`forecasts?hours=${hours}`), signal),
    get<Decisions>(path(`decisions?hours=${hours}&limit=${LOG_LENGTH}`), signal),
    get<Decisions>(path(`decisions?hours=${hours}&changes=true&limit=${MARKS_MAX}`), signal),
    get<Events>(path(`events?hours=${hours}&ahead_hours=${AHEAD_HOURS}`), signal),
    get<Anomalies>(path(`anomalies?hours=${hours}`), signal),
    hasCard ? getIfThere<ModelCard>(path("model"), signal) : null,
  ]);
  return {
    group: id,
    hours,
    now,
    history,
    forecast,
    past,
    decisions: log.decisions,
    changes: changes.decisions,
    changesTotal: changes.total,
    events: events.events,
    anomalies: anomalies.anomalies,
    card,
  };
}

/** Changes where the details of a group have to be fetched again: on a new row, a new decision, or a step later. */
export function detailKey(group: Group, hours: number, now: string): string {
  const step = Math.floor(Date.parse(now) / 1000 / group.step_seconds);
  return [group.id, hours, group.newest_observation, group.decision?.at, group.model?.version, step].join("|");
}
