/** The types of the API's answers by name, made from its own description. Times are RFC 3339, loads instance-equivalents. */

import type { components } from "./generated/api";

type Schemas = components["schemas"];

export type Accuracy = Schemas["Accuracy"];
export type Action = Schemas["Action"];
export type Anomalies = Schemas["Anomalies"];
export type Anomaly = Schemas["Anomaly"];
export type Audit = Schemas["Audit"];
export type Auth = Schemas["How"];
export type Calendar = Schemas["WholeCalendar"];
/** An entry of the business calendar, as written. */
export type CalendarEntry = Schemas["CalendarEntry"];
/** One happening of an entry. */
export type CalendarEvent = Schemas["Occurrence"];
export type DaySavings = Schemas["DaySavings"];
export type Decision = Schemas["Decision"];
export type Decisions = Schemas["Decisions"];
export type Drift = Schemas["Drift"];
export type Events = Schemas["Events"];
export type Feedback = Schemas["Feedback"];
export type FeedbackReport = Schemas["FeedbackReport"];
export type FleetControl = Schemas["FleetControl"];
export type FleetHistory = Schemas["FleetHistory"];
export type FleetRow = Schemas["FleetRow"];
export type Forecast = Schemas["Forecast"];
export type Group = Schemas["Group"];
export type Groups = Schemas["Groups"];
export type HealthLevel = Schemas["Level"];
export type History = Schemas["History"];
export type HistoryRow = Schemas["HistoryRow"];
export type Mode = Schemas["Mode"];
export type ModelName = Schemas["ModelName"];
export type NewCalendar = Schemas["NewCalendar"];
export type OrderRecord = Schemas["OrderRecord"];
export type Outcome = Schemas["Outcome"];
export type PastForecastRow = Schemas["NextStep"];
export type PastForecasts = Schemas["PastForecasts"];
export type Proposal = Schemas["Proposal"];
export type Reason = Schemas["Reason"];
export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type Stop = Schemas["Stop"];

/** The card is what the trainer wrote down, whatever that is. */
export type ModelCard = Record<string, unknown>;

/** What `headroom backtest --json` writes of a trace; the API passes it on as it is. */
export interface BacktestResult {
  trace: string;
  world: { from: string; to: string; minutes: number; price_per_hour: number; max_utilization: number };
  policies: BacktestPolicy[];
  frontier: FrontierPoint[];
}

export interface BacktestPolicy {
  name: string;
  knob: number | null;
  instance_hours: number;
  cost: number;
  violation_share: number;
  violation_minutes: number;
  scale_outs: number;
  scale_ins: number;
  worst_day_violation_minutes: number;
  worst_day: string | null;
  saved_per_day_against_static_peak: number;
  saved_per_day_against_target_tracking: number;
}

export interface FrontierPoint {
  name: string;
  variant?: string;
  knob: number | null;
  instance_hours: number;
  cost: number;
  violation_share: number;
  violation_minutes: number;
}

export type Backtest = Omit<Schemas["GroupBacktest"], "result"> & { result: BacktestResult };
