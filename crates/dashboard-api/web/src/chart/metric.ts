/** The measured metrics that a further chart can show. */

import type { HistoryRow } from "../api";
import { number, percent } from "../format";

export const METRICS = ["utilization", "cpu", "requests", "network"] as const;
export type Metric = (typeof METRICS)[number];

export const METRIC_TEXT: Record<Metric, string> = { utilization: "Utilization", cpu: "CPU", requests: "Requests", network: "Network" };

export const METRIC_VALUE: Record<Metric, (row: HistoryRow) => number | null | undefined> = {
  utilization: (row) => row.utilization,
  cpu: (row) => row.cpu_utilization,
  requests: (row) => row.request_count,
  network: (row) => row.network_in,
};

/** What the values are, for the axis. */
export const METRIC_UNIT: Record<Metric, string> = {
  utilization: "Load over instances in service",
  cpu: "CPU, mean of the instances",
  requests: "Requests per step",
  network: "Bytes received per step",
};

/** A value as it is read. */
export function metricText(metric: Metric, value: number | null | undefined): string {
  if (metric === "utilization") return percent(value);
  if (metric === "cpu") return value == null ? "–" : `${number(value)} %`;
  return short(value);
}

const SIZES: readonly [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** `12.3 M` */
export function short(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return "–";
  const size = SIZES.find(([least]) => Math.abs(value) >= least);
  return size ? `${number(value / size[0])} ${size[1]}` : number(value);
}

/** The metrics that were measured at all. */
export function measuredMetrics(rows: HistoryRow[]): Metric[] {
  return METRICS.filter((metric) => rows.some((row) => METRIC_VALUE[metric](row) != null));
}
