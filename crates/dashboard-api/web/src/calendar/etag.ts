/** What says which version of the calendar is meant. */

import type { Calendar } from "../api";

export function etagOf(calendar: Calendar): string | null {
  return calendar.etag ?? null;
}
