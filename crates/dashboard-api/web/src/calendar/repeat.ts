/** How an event repeats: the simple rules as a form has them, every other one as RFC 5545 text, and all that can be in plain words. */

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export const WEEKDAY_TEXT: Record<Weekday, string> = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" };

export const KINDS = ["never", "daily", "weekly", "monthly", "yearly", "rule"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_TEXT: Record<Kind, string> = { never: "Never", daily: "Daily", weekly: "Weekly", monthly: "Monthly", yearly: "Yearly", rule: "By a rule (RFC 5545)" };

/** What the form holds; of its fields only those of its kind count. */
export interface Repeat {
  kind: Kind;
  /** Every so many days, weeks, months or years. */
  every: string;
  /** Of a weekly rule; none means the day of the start. */
  days: Weekday[];
  /** Last day, `2026-12-31`; empty where it goes on. */
  until: string;
  /** The rule itself. */
  rule: string;
}

export const NEVER: Repeat = { kind: "never", every: "1", days: [], until: "", rule: "" };

const FREQUENCY: Record<Exclude<Kind, "never" | "rule">, string> = { daily: "DAILY", weekly: "WEEKLY", monthly: "MONTHLY", yearly: "YEARLY" };

/** The parts of a rule in capitals; null where it is not of the form `NAME=VALUE;…`. */
function partsOf(rule: string): Map<string, string> | null {
  const text = rule.trim().replace(/^RRULE:/i, "").toUpperCase();
  if (text === "") return null;
  const parts = new Map<string, string>();
  for (const part of text.split(";").filter(Boolean)) {
    const [name, value, ...more] = part.split("=");
    if (!name || !value || more.length > 0 || parts.has(name)) return null;
    parts.set(name, value);
  }
  return parts;
}

/** The rule as the form has it. */
export function repeatOf(rule: string | null | undefined): Repeat {
  if (rule == null || rule.trim() === "") return NEVER;
  const asRule: Repeat = { ...NEVER, kind: "rule", rule };
  const parts = partsOf(rule);
  if (!parts) return asRule;
  const kind = (Object.keys(FREQUENCY) as (keyof typeof FREQUENCY)[]).find((known) => FREQUENCY[known] === parts.get("FREQ"));
  const known = ["FREQ", "INTERVAL", "UNTIL", ...(kind === "weekly" ? ["BYDAY"] : [])];
  if (!kind || [...parts.keys()].some((name) => !known.includes(name))) return asRule;
  const days = weekdays(parts.get("BYDAY"));
  const until = parts.has("UNTIL") ? dayOf(parts.get("UNTIL")) : "";
  const every = parts.get("INTERVAL") ?? "1";
  // What the form would write another way stays a rule.
  const found: Repeat = { kind, every, days: days ?? [], until: until ?? "", rule };
  return days === null || until === null || !same(partsOf(ruleOf(found) ?? ""), parts) ? asRule : found;
}

function same(a: Map<string, string> | null, b: Map<string, string>): boolean {
  const usual = (parts: Map<string, string>) => new Map([...parts].filter(([name, value]) => !(name === "INTERVAL" && value === "1")));
  if (a === null) return false;
  const [left, right] = [usual(a), usual(b)];
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value);
}

/** Weekdays in their order; null where one has a number, as in `2TU`. */
function weekdays(text: string | undefined): Weekday[] | null {
  if (text === undefined) return [];
  const found = text.split(",");
  return found.every((day) => (WEEKDAYS as readonly string[]).includes(day)) ? WEEKDAYS.filter((day) => found.includes(day)) : null;
}

/** `20261231T235959Z` is `2026-12-31`; null for any other time of that day. */
function dayOf(until: string | undefined): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})T235959Z$/.exec(until ?? "");
  return match ? `${match[1]}-${match[2]}-${match[3]}` : null;
}

/** The RFC 5545 rule of what the form holds; null where it never repeats. */
export function ruleOf({ kind, every, days, until, rule }: Repeat): string | null {
  if (kind === "never") return null;
  if (kind === "rule") return rule.trim() === "" ? null : rule.trim();
  const parts = [`FREQ=${FREQUENCY[kind]}`];
  if (every.trim() !== "" && every.trim() !== "1") parts.push(`INTERVAL=${every.trim()}`);
  if (kind === "weekly" && days.length > 0) parts.push(`BYDAY=${WEEKDAYS.filter((day) => days.includes(day)).join(",")}`);
  if (until !== "") parts.push(`UNTIL=${until.replaceAll("-", "")}T235959Z`);
  return parts.join(";");
}

const UNIT: Record<string, [string, string]> = { DAILY: ["day", "days"], WEEKLY: ["week", "weeks"], MONTHLY: ["month", "months"], YEARLY: ["year", "years"], HOURLY: ["hour", "hours"] };

const SAID = new Set(["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "UNTIL", "COUNT", "WKST"]);

/** A rule in plain words, as it goes on from `start` (`2026-11-24T09:00`); null where it has more to it than words here. */
export function repeatWords(rule: string | null | undefined, start: string): string | null {
  if (rule == null || rule.trim() === "") return "once";
  const parts = partsOf(rule);
  const unit = UNIT[parts?.get("FREQ") ?? ""];
  if (!parts || !unit || [...parts.keys()].some((name) => !SAID.has(name))) return null;
  const every = Number(parts.get("INTERVAL") ?? "1");
  if (!Number.isInteger(every) || every < 1) return null;
  const on = onWords(parts, start);
  if (on === null) return null;
  const end = endWords(parts);
  if (end === null) return null;
  const weekly = parts.get("FREQ") === "WEEKLY" && every === 1 && on.startsWith("on ");
  const lead = weekly ? `every ${on.slice(3)}` : `${every === 1 ? `every ${unit[0]}` : `every ${every} ${unit[1]}`}${on ? ` ${on}` : ""}`;
  return lead + end;
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

function onWords(parts: Map<string, string>, start: string): string | null {
  const [, month, day] = (/^\d{4}-(\d{2})-(\d{2})/.exec(start) ?? []).map(Number);
  const months = parts.has("BYMONTH") ? listed(parts.get("BYMONTH"), (value) => MONTHS[Number(value) - 1]) : undefined;
  const monthDays = parts.has("BYMONTHDAY") ? listed(parts.get("BYMONTHDAY"), (value) => (value === "-1" ? "the last day" : /^\d{1,2}$/.test(value) ? `day ${value}` : undefined)) : undefined;
  const days = parts.has("BYDAY") ? listed(parts.get("BYDAY"), dayWords) : undefined;
  if (months === null || monthDays === null || days === null) return null;
  const within = months ? ` in ${months}` : "";
  if (days !== undefined && monthDays !== undefined) return null;
  if (days !== undefined) return `on ${days}${within}`;
  if (monthDays !== undefined) return `on ${monthDays}${within}`;
  const weekday = weekdayOf(start);
  switch (parts.get("FREQ")) {
    case "WEEKLY":
      return weekday === null ? "" : `on ${weekday}${within}`;
    case "MONTHLY":
      return day ? `on day ${day}${within}` : within.trim();
    case "YEARLY":
      if (months) return day ? `on day ${day}${within}` : within.trim();
      return month && day ? `on ${day} ${MONTHS[month - 1]}` : "";
    default:
      return within.trim();
  }
}

function weekdayOf(start: string): string | null {
  const day = new Date(`${start.slice(0, 10)}T00:00:00Z`).getUTCDay();
  const name = WEEKDAYS[(day + 6) % 7];
  return Number.isNaN(day) || !name ? null : WEEKDAY_TEXT[name];
}

const PLACES: Record<string, string> = { "1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last", "-2": "second to last" };

function dayWords(text: string): string | undefined {
  const match = /^(-?\d+)?(MO|TU|WE|TH|FR|SA|SU)$/.exec(text);
  if (!match) return undefined;
  const day = WEEKDAY_TEXT[match[2] as Weekday];
  if (match[1] === undefined) return day;
  const place = PLACES[match[1]];
  return place ? `the ${place} ${day}` : undefined;
}

/** `A, B and C`; null where one of them has no words. */
function listed(text: string | undefined, words: (value: string) => string | undefined): string | null {
  const found = (text ?? "").split(",").map(words);
  if (found.some((word) => word === undefined)) return null;
  const last = found.at(-1) ?? "";
  return found.length < 2 ? last : `${found.slice(0, -1).join(", ")} and ${last}`;
}

function endWords(parts: Map<string, string>): string | null {
  const count = parts.get("COUNT");
  const until = parts.get("UNTIL");
  if (count !== undefined) return /^[1-9]\d*$/.test(count) ? `, ${count === "1" ? "once" : `${count} times`}` : null;
  if (until === undefined) return "";
  const match = /^(\d{4})(\d{2})(\d{2})/.exec(until);
  return match ? `, until ${Number(match[3])} ${MONTHS[Number(match[2]) - 1] ?? "?"} ${match[1]}` : null;
}
