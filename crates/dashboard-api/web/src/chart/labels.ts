/** Which events get their name written, and where, so that no name is cut off or written over another. */

import type { CalendarEvent } from "../api";
import type { Span } from "./series";

export interface Label {
  show: boolean;
  position: "insideTopLeft" | "insideTop" | "insideTopRight";
}

/** Width of a letter in the chart's small bold type, in pixels. */
const LETTER = 6.6;

const GAP = 8;

/** `seen` is the span on show and `width` its width in pixels. Earlier events go first, as `events` has them. */
export function labels(events: { event: CalendarEvent; span: Span }[], seen: Span, width: number): Label[] {
  const pixel = (moment: number) => ((Math.min(Math.max(moment, seen[0]), seen[1]) - seen[0]) / (seen[1] - seen[0])) * width;
  let free = 0;
  return events.map(({ event, span }) => {
    const [left, right] = [pixel(span[0]), pixel(span[1])];
    const half = (event.name.length * LETTER) / 2;
    const middle = (left + right) / 2;
    const position = middle - half < 0 ? "insideTopLeft" : middle + half > width ? "insideTopRight" : "insideTop";
    const start = { insideTopLeft: left, insideTop: middle - half, insideTopRight: right - 2 * half }[position];
    const visible = span[1] > seen[0] && span[0] < seen[1];
    const show = visible && start >= free;
    if (show) free = start + 2 * half + GAP;
    return { show, position };
  });
}
