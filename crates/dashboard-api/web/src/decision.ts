/** One decision opened up: its reasons and guards one by one, as they shaped the result. */

import type { Decision, Reason } from "./api";
import { type Zone, dayAndTime, duration, money, number, percent } from "./format";

export interface Row {
  name: string;
  value: string;
}

/** What is said of a reason: whether it asks for capacity, holds the result back, or keeps it from being carried out. */
export type Role = "asks" | "guards" | "stops" | "tells";

const ASKS = new Set(["peak_ahead", "event", "reactive", "tracking", "schedule", "unscheduled", "cpu_above", "cpu_below", "cpu_within", "not_predictable", "allocation", "allocated"]);
const STOPS = new Set(["mode_forbids", "kill_switch", "kill_switch_unreadable", "awaiting_approval", "approval_expired", "rejected", "superseded"]);
const TELLS = new Set(["approved", "history_unreadable"]);

/** A kind that is not known here is a guard: those are what is added over time. */
export function roleOf({ kind }: Reason): Role {
  if (ASKS.has(kind)) return "asks";
  if (STOPS.has(kind)) return "stops";
  return TELLS.has(kind) ? "tells" : "guards";
}

export const ROLE_TEXT: Record<Role, string> = { asks: "asks for capacity", guards: "guard", stops: "keeps it from being carried out", tells: "note" };

/** `reactive_floor` is `Reactive floor`. */
export function nameOf({ kind }: Reason): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a reason holds, in words: `required 6 · within 8 min`. */
export function factsOf(reason: Reason, zone: Zone): string {
  const { kind: _, ...facts } = reason;
  return written(facts, zone).join(" · ");
}

function written(facts: Record<string, unknown>, zone: Zone): string[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    if (typeof value === "object" && !Array.isArray(value)) return [`${words(name)}: ${written(value as Record<string, unknown>, zone).join(", ")}`];
    return [fact(name, value, zone)];
  });
}

const SHARES = new Set(["quantile", "target"]);

/** Ends of names that are units. */
const UNITS: readonly [string, (value: number) => string][] = [
  ["_minutes", (value) => `${number(value)} min`],
  ["_seconds", (value) => duration(value)],
  ["_percent", (value) => `${number(value, 1)} %`],
];

function fact(name: string, value: unknown, zone: Zone): string {
  if (typeof value === "number") {
    if (SHARES.has(name)) return `${words(name)} ${percent(value, 1)}`;
    const unit = UNITS.find(([end]) => name.endsWith(end));
    return unit ? `${words(name.slice(0, -unit[0].length))} ${unit[1](value)}` : `${words(name)} ${number(value, 2)}`;
  }
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value)) return `${words(name)} ${dayAndTime(value, zone)}`;
  return `${words(name)} ${words(String(value))}`;
}

const words = (name: string) => name.replaceAll("_", " ");

const SOURCE_TEXT: Record<string, string> = {
  configured: "as fleet.toml says",
  money: "from the price of an instance and the cost of a violation",
  default: "the default, for nothing else is configured",
};

/** The figures of a decision. */
export function decisionRows(decision: Decision, zone: Zone): Row[] {
  const { before, risk, savings, accuracy } = decision;
  const rows: (Row | null)[] = [
    row("Made", dayAndTime(decision.at, zone)),
    row("Mode", decision.mode),
    row("Policy", decision.policy),
    row("Sets", decision.apply === "floor" ? "the minimum" : "the desired capacity"),
    row("Found", `${number(before.desired)} asked for, ${number(before.in_service)} in service, ${number(before.pending)} starting, limits ${number(before.min)} to ${number(before.max)}`),
    row("The load ahead takes", number(decision.required)),
    row("Asks for", number(decision.desired)),
    decision.load == null ? null : row("Load measured", `${number(decision.load, 2)}${decision.measured_until ? ` until ${dayAndTime(decision.measured_until, zone)}` : ""}`),
    decision.lead_time_seconds == null ? null : row("Lead time", duration(decision.lead_time_seconds)),
    risk ? row("Risk", `${percent(risk.quantile, 1)} sure, ${SOURCE_TEXT[risk.source] ?? risk.source}`) : null,
    accuracy ? row("Forecasts of the last day", accuracyText(accuracy)) : null,
    savings ? row("Cost of the day", `${money(savings.today.cost)}; saved against peak size ${money(savings.today.against_static_peak)}, against target tracking ${money(savings.today.against_target_tracking)}`) : null,
  ];
  return rows.filter((found) => found !== null);
}

function accuracyText({ error_share, skill, coverage_q99 }: NonNullable<Decision["accuracy"]>): string {
  const parts = [
    error_share == null ? null : `error ${percent(error_share, 1)} of the load`,
    skill == null ? null : `skill ${number(skill, 2)} over the last value`,
    `99 % quantile held ${percent(coverage_q99, 1)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

const row = (name: string, value: string): Row => ({ name, value });
