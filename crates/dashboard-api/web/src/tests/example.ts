/** A group as the API tells of it when all is well; tests change what they are about. */

import type { Anomaly, CalendarEntry, Decision, Forecast, Group, HistoryRow } from "../api";

export const NOW = "2026-11-24T12:06:00Z";

export const GROUP: Group = {
  id: "web",
  provider: "aws",
  mode: "active",
  configured_mode: "active",
  apply: "desired",
  approval: "none",
  policy: "headroom",
  step_seconds: 300,
  max_utilization: 0.85,
  stale_after_seconds: 900,
  price_per_hour: 0.1,
  capacity: { in_service: 6, pending: 0, desired: 6, min: 2, max: 10 },
  measured: { timestamp: "2026-11-24T12:00:00Z", load: 4.2, utilization: 0.7, required: 5 },
  peak: { load: 5, level: 0.95, required: 6, until: "2026-11-24T13:05:00Z" },
  model: { name: "lstm", version: "v1" },
  predictable: true,
  feedback: null,
  decision: null,
  newest_observation: "2026-11-24T12:00:00Z",
  data_age_seconds: 60,
  is_stale: false,
  decision_age_seconds: 60,
  alarm: false,
  accuracy: null,
  savings: null,
  control: { mode: null, stop: null, allocation: null, unreadable: false },
  stopped: null,
  proposal: null,
  refused: [],
  training: null,
  health: { level: "ok", clauses: [] },
};

export function row(minutes: number, load: number, instances: number): HistoryRow {
  return { timestamp: at(minutes), load, in_service_instances: instances, utilization: load / instances };
}

/** The moment so many minutes after noon. */
export function at(minutes: number): string {
  return new Date(Date.parse("2026-11-24T12:00:00Z") + minutes * 60_000).toISOString().replace(".000Z", "Z");
}

export function forecast(origin: string): Forecast {
  const step = (i: number): [number, number, number, number, number] => [1 + i, 2 + i, 3 + i, 4 + i, 5 + i];
  const steps = Array.from({ length: 12 }, (_, i) => step(i));
  return { format: 1, group: "web", origin, step_seconds: 300, model: { name: "lstm" }, levels: [0.1, 0.5, 0.9, 0.95, 0.99], steps, peaks: steps };
}

export function decision(minutes: number, action: Decision["action"], desired: number): Decision {
  return {
    format: 1,
    group: "web",
    tick: at(minutes),
    at: at(minutes),
    mode: "active",
    policy: "headroom",
    reasons: [],
    before: { desired: 6, min: 2, max: 10, in_service: 6, pending: 0 },
    required: desired,
    desired,
    action,
    load: 4,
    sentence: "stay at 6",
    outcome: { kind: action === "hold" ? "unchanged" : "applied" },
  };
}

export function anomaly(minutes: number): Anomaly {
  return { format: 1, group: "web", timestamp: at(minutes), load: 9, expected: 4, score: 8 };
}

export function entry(change: Partial<CalendarEntry> = {}): CalendarEntry {
  return { name: "newsletter", kind: "mail", start: "2026-11-24T09:00", duration_minutes: 90, intensity: 0.5, ramp_minutes: 0, priority: 0, ...change };
}
