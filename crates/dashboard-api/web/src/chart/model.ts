/** Everything that the chart shows, before it is decided how it looks. */

import type { Anomaly, CalendarEvent, Decision, Group } from "../api";
import { type Detail, MARKS_MAX } from "../live/detail";
import { type Fan, type Point, type Span, atLevel, before, changes, fan, held, line, needed, shortages, valueAt } from "./series";

export interface ChartModel {
  now: number;
  window: Span;
  bucketSeconds: number;
  load: Point[];
  fan: Fan;
  past: { times: number[]; p10: number[]; p50: number[]; p90: number[]; p95: number[] };
  needed: Point[];
  neededAhead: Point[];
  provided: Point[];
  providedAhead: Point[];
  events: { event: CalendarEvent; span: Span }[];
  shortages: Span[];
  changes: Decision[];
  anomalies: { anomaly: Anomaly; at: number; load: number }[];
}

const HOUR = 3_600_000;

export function chartModel(group: Group, detail: Detail): ChartModel {
  const { history, forecast } = detail;
  const now = Date.parse(detail.now);
  const bucket = history.bucket_seconds;
  const load = line(history.rows, bucket, (row) => row.load);
  const opened = fan(forecast, load);
  const past = before(detail.past.rows, forecast);
  const provided = held(line(history.rows, bucket, (row) => row.in_service_instances), bucket);
  const last = provided.at(-1);
  const desired = group.capacity?.desired ?? null;
  const end = Math.max(now + HOUR, opened.times.at(-1) ?? 0);
  const level = group.peak?.level ?? 1;
  const expected = opened.values.map((values) => atLevel(forecast?.levels ?? [], values, level));
  return {
    now,
    window: [now - detail.hours * HOUR, end],
    bucketSeconds: bucket,
    load,
    fan: opened,
    past: {
      times: past.map((row) => Date.parse(row.timestamp)),
      p10: past.map((row) => row.p10),
      p50: past.map((row) => row.p50),
      p90: past.map((row) => row.p90),
      p95: past.map((row) => row.p95),
    },
    needed: held(load.map(([at, value]): Point => [at, needed(value, group.max_utilization)]), bucket),
    neededAhead: opened.times.map((at, i): Point => [at, needed(expected[i], group.max_utilization)]),
    provided,
    providedAhead: last && desired !== null ? [last, [Math.max(now, last[0]), desired], [end, desired]] : [],
    events: detail.events.map((event) => ({ event, span: [Date.parse(event.start), Date.parse(event.end)] })),
    shortages: shortages(history.rows, bucket, group.max_utilization),
    changes: detail.changes.total > MARKS_MAX ? [] : changes(detail.changes.decisions),
    anomalies: detail.anomalies.anomalies.flatMap((anomaly) => {
      const at = Date.parse(anomaly.timestamp);
      const value = valueAt(load, at, bucket * 1000);
      return value === null ? [] : [{ anomaly, at, load: value }];
    }),
  };
}
