/** What the business calendar announces. */

import type { CalendarEvent } from "../api";
import { type Zone, duration, number, span } from "../format";

interface Props {
  events: CalendarEvent[];
  now: string;
  zone: Zone;
}

const LISTED_MAX = 8;

export function Events({ events, now, zone }: Props) {
  const coming = events.filter((event) => Date.parse(event.end) > Date.parse(now)).slice(0, LISTED_MAX);
  return (
    <section className="panel" aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      {coming.length === 0 ? <p className="empty">Nothing is announced for the next three days.</p> : null}
      <ul className="events">
        {coming.map((event) => (
          <li key={`${event.name} ${event.start}`}>
            <p>
              <strong>{event.name}</strong> <span className="tag">{event.kind}</span>
            </p>
            <p className="quiet">
              {span(event.start, event.end, zone)} · {when(event, now)} · intensity {number(event.intensity)}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function when(event: CalendarEvent, now: string): string {
  const seconds = (Date.parse(event.start) - Date.parse(now)) / 1000;
  return seconds > 0 ? `in ${duration(seconds)}` : "going on";
}
