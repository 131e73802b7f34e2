/** From answers of the API to the points that the chart draws. Times become milliseconds. */

import type { Decision, Forecast, HistoryRow, PastForecastRow } from "../api";

/** Moment and value; a null breaks the line. */
export type Point = [number, number | null];

/** A span of time, in milliseconds. */
export type Span = [number, number];

const ms = (moment: string): number => Date.parse(moment);

/** One value of each row; where rows are missing the line breaks instead of bridging what nobody measured. */
export function line(rows: HistoryRow[], bucketSeconds: number, value: (row: HistoryRow) => number | null | undefined): Point[] {
  const points: Point[] = [];
  const bucket = bucketSeconds * 1000;
  for (const row of rows) {
    const at = ms(row.timestamp);
    const previous = points.at(-1);
    if (previous && at - previous[0] > bucket * 1.5) points.push([previous[0] + bucket, null]);
    points.push([at, value(row) ?? null]);
  }
  return points;
}

/** The last point held until the end of its step, for lines drawn in steps. */
export function held(points: Point[], bucketSeconds: number): Point[] {
  const last = points.at(-1);
  return last ? [...points, [last[0] + bucketSeconds * 1000, last[1]]] : points;
}

/** The quantiles at each moment from the last measured point on, so that the fan opens where the measuring ends. */
export interface Fan {
  times: number[];
  /** p10, p50, p90, p95, p99 */
  values: number[][];
}

export function fan(forecast: Forecast | null, measured: Point[]): Fan {
  if (forecast === null) return { times: [], values: [] };
  const origin = ms(forecast.origin);
  const step = forecast.step_seconds * 1000;
  const times = forecast.steps.map((_, index) => origin + index * step);
  const values: number[][] = forecast.steps.map((step) => [...step]);
  const last = measured.at(-1);
  if (last && last[1] !== null && last[0] === origin - step) {
    times.unshift(last[0]);
    values.unshift(new Array<number>(5).fill(last[1]));
  }
  return { times, values };
}

/** The value at `level`, linear between the levels of a forecast, as the scaler reads it. */
export function atLevel(levels: readonly number[], values: readonly number[], level: number): number | undefined {
  const above = levels.findIndex((known) => known >= level);
  if (above === -1) return values.at(-1);
  const [low, high, from, to] = [levels[above - 1], levels[above], values[above - 1], values[above]];
  if (low === undefined || high === undefined || from === undefined || to === undefined) return values[above];
  return from + ((level - low) / (high - low)) * (to - from);
}

/** A band as two lines to stack: the lower edge, and the height above it. */
export function band(times: number[], lower: number[], upper: number[]): { base: Point[]; height: Point[] } {
  const base = times.map((at, i): Point => [at, lower[i] ?? null]);
  const height = times.map((at, i): Point => [at, difference(upper[i], lower[i])]);
  return { base, height };
}

function difference(upper: number | undefined, lower: number | undefined): number | null {
  return upper === undefined || lower === undefined ? null : Math.max(0, upper - lower);
}

/** Past forecasts as they end where the newest one begins. */
export function before(rows: PastForecastRow[], forecast: Forecast | null): PastForecastRow[] {
  const end = forecast ? ms(forecast.origin) : Infinity;
  return rows.filter((row) => ms(row.timestamp) <= end);
}

/** Instances that carry `load` within the objective; not rounded, so that the distance to what is there shows. */
export function needed(load: number | null | undefined, maxUtilization: number): number | null {
  return load === null || load === undefined ? null : load / maxUtilization;
}

/** Spans in which instances were above the objective; rows next to each other make one span. */
export function shortages(rows: HistoryRow[], bucketSeconds: number, maxUtilization: number): Span[] {
  const spans: Span[] = [];
  for (const row of rows) {
    if (row.utilization == null || row.utilization <= maxUtilization) continue;
    const start = ms(row.timestamp);
    const end = start + bucketSeconds * 1000;
    const last = spans.at(-1);
    if (last && last[1] >= start) last[1] = end;
    else spans.push([start, end]);
  }
  return spans;
}

/** Decisions that changed the capacity asked for, in order of time. */
export function changes(decisions: Decision[]): Decision[] {
  return decisions.filter((decision) => decision.action !== "hold").sort((a, b) => ms(a.at) - ms(b.at));
}

/** The value of `points` in force at `moment`: of the last point at or before it, if it is no older than `reach`. */
export function valueAt(points: Point[], moment: number, reach: number): number | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as Point)[0] <= moment) low = middle + 1;
    else high = middle;
  }
  const point = points[low - 1];
  return point && moment - point[0] <= reach ? point[1] : null;
}
