/** The types of the API's answers, and how they are fetched. Times are RFC 3339, loads instance-equivalents. */

export type Mode = "observe" | "scale-out-only" | "active" | "off";
export type Action = "scale_out" | "scale_in" | "hold";

export interface Health {
  status: "ok";
  version: string;
  now: string;
  refresh_seconds: number;
  groups: number;
}

export interface Capacity {
  in_service: number;
  pending: number;
  desired: number;
  min: number;
  max: number;
}

export interface Measured {
  timestamp: string;
  load: number;
  utilization: number | null;
  required: number;
}

export interface Peak {
  load: number;
  level: number;
  required: number;
  until: string;
}

export interface ModelName {
  name: string;
  version?: string;
}

export type Outcome =
  | { kind: "pending" | "unchanged" | "applied" | "not_allowed" | "rejected" | "expired" | "superseded" | "stopped" }
  | { kind: "awaiting_approval"; until: string }
  | { kind: "failed" | "insufficient_capacity"; error: string };

export interface LastDecision {
  tick: string;
  at: string;
  action: Action;
  before: number;
  desired: number;
  sentence: string;
  outcome: Outcome;
}

/** The scores of past forecasts over a day, in instance-equivalents. */
export interface FeedbackReport {
  model: ModelName;
  /** Origins of the first and the last forecast that were scored. */
  since: string;
  until: string;
  forecasts: number;
  mae: number;
  wql: number | null;
  /** Mean of forecast - load. */
  bias: number;
  /** Share of loads at or below each quantile. */
  coverage: { "0.9": number; "0.95": number; "0.99": number };
  reactive_mae: number;
  /** 1 - mae / reactive_mae. */
  skill: number | null;
  mean_load: number;
}

/** What was concluded, and when. */
export interface Told {
  since: string;
  sentence: string;
}

export interface Drift extends Told {
  kind: "error_grew" | "biased" | "undercovers";
}

export interface Feedback {
  report: FeedbackReport | null;
  drifts: Drift[];
  demoted: Told | null;
  retraining: Told | null;
}

export interface Group {
  id: string;
  provider: string;
  mode: Mode;
  policy: string;
  step_seconds: number;
  max_utilization: number;
  stale_after_seconds: number;
  price_per_hour: number | null;
  capacity: Capacity | null;
  measured: Measured | null;
  peak: Peak | null;
  model: ModelName | null;
  /** False where nothing beats the last value on the group's history. */
  predictable: boolean;
  feedback: Feedback | null;
  decision: LastDecision | null;
  newest_observation: string | null;
  data_age_seconds: number | null;
  is_stale: boolean;
}

export interface Groups {
  now: string;
  groups: Group[];
}

export interface HistoryRow {
  timestamp: string;
  load?: number;
  utilization?: number;
  cpu_utilization?: number;
  network_in?: number;
  request_count?: number;
  in_service_instances?: number;
  is_sale_active?: number;
}

export interface History {
  group: string;
  from: string;
  to: string;
  step_seconds: number;
  bucket_seconds: number;
  over_objective_seconds: number;
  rows: HistoryRow[];
}

/** Values at the levels 0.1, 0.5, 0.9, 0.95 and 0.99. */
export type Quantiles = [number, number, number, number, number];

export interface Forecast {
  group: string;
  origin: string;
  step_seconds: number;
  model: ModelName;
  levels: number[];
  steps: Quantiles[];
  peaks: Quantiles[];
}

export interface PastForecastRow {
  timestamp: string;
  p10: number;
  p50: number;
  p90: number;
  p95: number;
}

export interface PastForecasts {
  group: string;
  bucket_seconds: number;
  rows: PastForecastRow[];
}

export interface Decision {
  tick: string;
  at: string;
  mode: Mode;
  before: { desired: number; min: number; max: number; in_service: number; pending: number };
  required: number;
  desired: number;
  action: Action;
  load: number | null;
  sentence: string;
  outcome: Outcome;
}

export interface Decisions {
  group: string;
  total: number;
  decisions: Decision[];
}

export interface CalendarEvent {
  name: string;
  kind: string;
  start: string;
  end: string;
  intensity: number;
  ramp_minutes: number;
  priority: number;
}

export interface Events {
  group: string;
  from: string;
  to: string;
  time_zone: string;
  events: CalendarEvent[];
}

export interface Anomaly {
  timestamp: string;
  [field: string]: unknown;
}

export interface Anomalies {
  group: string;
  anomalies: Anomaly[];
}

export type ModelCard = Record<string, unknown>;

/** A problem document (RFC 9457), or what stands for it where the API did not answer at all. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number | null,
    readonly cure: string | null,
  ) {
    super(message);
  }
}

/** Fetches one answer; no answer within `TIMEOUT_MS` counts as none. */
export async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, {
    headers: { accept: "application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new ApiError("The API does not answer.", null, null);
  });
  if (!response.ok) throw await problem(response);
  return (await response.json()) as T;
}

const TIMEOUT_MS = 15_000;

/** The same, but null where there is no such thing yet. */
export async function getIfThere<T>(path: string, signal: AbortSignal): Promise<T | null> {
  try {
    return await get<T>(path, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function problem(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: string; cure?: string };
  return new ApiError(body.detail ?? `The API answered ${response.status}.`, response.status, body.cure ?? null);
}

/** The path of `route` of `group`, for example `groupPath("web", "history?hours=24")`. */
export function groupPath(group: string, route: string): string {
  return `/api/groups/${encodeURIComponent(group)}/${route}`;
}
