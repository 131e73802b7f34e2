/** The entries of the calendar as written, in order of their starts. */

import type { Calendar, CalendarEntry } from "../api";
import { type Zone, duration, fullTime, number, plural, zoneName } from "../format";
import { isLocal } from "./draft";
import { repeatWords } from "./repeat";

interface Props {
  calendar: Calendar;
  zone: Zone;
  /** Null where the caller may only read. */
  onEdit: ((entry: CalendarEntry) => void) | null;
  onRemove: ((entry: CalendarEntry) => void) | null;
}

export function EntryList({ calendar: { events, time_zone }, zone, onEdit, onRemove }: Props) {
  if (events.length === 0) {
    return <p className="blank">Nothing is announced. {onEdit ? "Add what is known beforehand: it is what helps most beyond the next half hour." : ""}</p>;
  }
  const shown = events.map((entry, index) => ({ entry, index })).sort((a, b) => (a.entry.start < b.entry.start ? -1 : a.entry.start > b.entry.start ? 1 : a.index - b.index));
  return (
    <ul className="entries" aria-label={plural(events.length, "entry", "entries")}>
      {shown.map(({ entry, index }) => (
        <li key={index} className="entry">
          <div className="entry-body">
            <p className="entry-name">
              <strong>{entry.name}</strong> <span className="tag">{entry.kind ?? "event"}</span>
            </p>
            <p>{when(entry, time_zone, zone)}</p>
            <p className="quiet">{details(entry).join(" · ")}</p>
          </div>
          {onEdit && onRemove ? (
            <div className="entry-buttons">
              <button type="button" className="button" onClick={() => onEdit(entry)}>
                Change …<span className="unseen"> {entry.name}</span>
              </button>
              <button type="button" className="button" onClick={() => onRemove(entry)}>
                Delete …<span className="unseen"> {entry.name}</span>
              </button>
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** As written, in its own time zone: `Fri 27 Nov 2026, 00:00 for 1 h, every Tuesday (Europe/Berlin)`. Times with an offset are told in `zone`. */
export function when(entry: CalendarEntry, calendarZone: string, zone: Zone): string {
  const length = entry.duration_minutes == null ? (entry.end ? ` to ${written(entry.end, zone)}` : "") : ` for ${duration(entry.duration_minutes * 60)}`;
  const words = repeatWords(entry.repeat, entry.start);
  const repeats = words === "once" ? "" : `, ${words ?? `by the rule ${entry.repeat ?? ""}`}`;
  const own = isLocal(entry.start) ? (entry.time_zone ?? calendarZone) : zoneName(zone);
  return `${written(entry.start, zone)}${length}${repeats} (${own})`;
}

/** A local time needs no zone to be read; what is no time is shown as it is. */
function written(moment: string, zone: Zone): string {
  if (isLocal(moment)) return fullTime(`${moment.slice(0, 16)}:00Z`, "utc");
  return Number.isNaN(Date.parse(moment)) ? moment : fullTime(moment, zone);
}

function details({ intensity, ramp_minutes, priority, groups }: CalendarEntry): string[] {
  return [
    `${number(1 + (intensity ?? 1), 2)} times the ordinary load`,
    ...(ramp_minutes ? [`ramp ${duration(ramp_minutes * 60)}`] : []),
    ...(priority ? [`priority ${priority}`] : []),
    groups ? `only ${groups.join(", ")}` : "all groups",
  ];
}
