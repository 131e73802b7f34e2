/** Takes one entry out of the calendar. */

import type { Calendar, CalendarEntry, NewCalendar } from "../api";
import type { Zone } from "../format";
import { ApiError } from "../http";
import { ActionDialog } from "../operate/ActionDialog";
import { putCalendar } from "../operate/calls";
import { when } from "./EntryList";
import { etagOf } from "./etag";

interface Props {
  calendar: Calendar;
  entry: CalendarEntry;
  zone: Zone;
  onSaved: () => void;
}

export function RemoveDialog({ calendar, entry, zone, onSaved }: Props) {
  return (
    <ActionDialog
      title={`Delete “${entry.name}”?`}
      confirm="Delete"
      danger
      act={async () => {
        await putOrExplain({ ...calendar, events: calendar.events.filter((other) => other !== entry) }, etagOf(calendar), onSaved);
        onSaved();
        return `“${entry.name}” is deleted.`;
      }}
    >
      <p>{when(entry, calendar.time_zone, zone)}</p>
      <p className="quiet">Past events are worth keeping: what they did to the load is learned from them.</p>
    </ActionDialog>
  );
}

/** Writes the calendar; where someone changed it meanwhile it is loaded anew, and said so. */
export async function putOrExplain(calendar: NewCalendar, etag: string | null, reload: () => void): Promise<void> {
  try {
    await putCalendar(calendar, etag);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    reload();
    throw new ApiError("someone changed the calendar meanwhile, and nothing was saved", 412, "close this, look at their version, and try again");
  }
}
