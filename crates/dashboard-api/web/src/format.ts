/** Numbers, times and spans of time as people read them. */

/** `browser`, `utc`, or the IANA name of a time zone. */
export type Zone = string;

const LOCALE = "en-GB";

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Making a format takes far longer than using it, and a large fleet has hundreds of figures. */
function numberFormat(least: number, most: number): Intl.NumberFormat {
  const key = `${least} ${most}`;
  const format = numberFormats.get(key) ?? new Intl.NumberFormat(LOCALE, { minimumFractionDigits: least, maximumFractionDigits: most });
  numberFormats.set(key, format);
  return format;
}

/** At most `digits` digits after the point; a dash where there is no value. */
export function number(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return numberFormat(0, digits).format(value);
}

/** Exactly `digits` digits after the point, for columns of figures. */
export function fixed(value: number | null | undefined, digits = 1): string {
  if (value == null || !Number.isFinite(value)) return "–";
  return numberFormat(digits, digits).format(value);
}

/** A share of one as percent. */
export function percent(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return `${number(share * 100, digits)} %`;
}

export function instances(count: number): string {
  return count === 1 ? "1 instance" : `${number(count, 1)} instances`;
}

/** A span of time in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "h", minutes % 60, "min");
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE, { ...options, ...(zone === "browser" ? {} : { timeZone: zoneName(zone) }) });
    formats.set(key, format);
  }
  return format;
}

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };

/** `14:05` */
export function time(moment: string | number, zone: Zone): string {
  return dateFormat(zone, TIME).format(new Date(moment));
}

/** `Tue 24 Nov` */
export function day(moment: string | number, zone: Zone): string {
  return dateFormat(zone, DAY).format(new Date(moment)).replace(",", "");
}

/** `Tue 24 Nov, 14:05` */
export function dayAndTime(moment: string | number, zone: Zone): string {
  return `${day(moment, zone)}, ${time(moment, zone)}`;
}

/** `Tue 24 Nov 2026, 14:05` */
export function fullTime(moment: string | number, zone: Zone): string {
  return `${dateFormat(zone, { ...DAY, year: "numeric" }).format(new Date(moment)).replace(",", "")}, ${time(moment, zone)}`;
}

/** The time alone on the day of `now`, else with the day. */
export function nearTime(moment: string | number, now: string | number, zone: Zone): string {
  return day(moment, zone) === day(now, zone) ? time(moment, zone) : dayAndTime(moment, zone);
}

/** `from` to `to`, naming each day once. */
export function span(from: string, to: string, zone: Zone): string {
  const end = day(from, zone) === day(to, zone) ? time(to, zone) : dayAndTime(to, zone);
  return `${dayAndTime(from, zone)} – ${end}`;
}

const RFC_3339 = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z/g;

const QUOTED = /`([^`]*)`/g;

/** A sentence of the API for reading: its times are RFC 3339 UTC, and what it quotes stands in backticks. */
export function sentence(text: string, zone: Zone): string {
  const local = text.replace(RFC_3339, (moment) => dayAndTime(moment, zone)).replace(QUOTED, "“$1”");
  return local.charAt(0).toUpperCase() + local.slice(1);
}

/** What a reader calls the zone: `UTC`, or its IANA name, for example `Europe/Berlin`. */
export function zoneName(zone: Zone): string {
  if (zone === "utc") return "UTC";
  return zone === "browser" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

/** Whether this browser can tell the time of `zone`. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat(LOCALE, { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** An amount of money, in whatever unit prices are given in. */
export function money(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 1000 ? 0 : 2;
  // What rounds to nothing is nothing, not a negative nothing.
  const text = fixed(value, digits);
  return /^-0(\.0+)?$/.test(text) ? text.slice(1) : text;
}

/** `one` of one, else `many`: `plural(2, "group", "groups")` is `2 groups`. */
export function plural(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
