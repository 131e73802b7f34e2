/** The time zone of every entry that names none. */

import { useId, useState } from "react";

import type { Calendar } from "../api";
import { ActionDialog } from "../operate/ActionDialog";
import { zones } from "./EntryFields";
import { putOrExplain } from "./RemoveDialog";
import { etagOf } from "./etag";

export function ZoneDialog({ calendar, onSaved }: { calendar: Calendar; onSaved: () => void }) {
  const [zone, setZone] = useState(calendar.time_zone);
  const id = useId();
  return (
    <ActionDialog
      title="Time zone of the calendar"
      confirm="Change it"
      act={async () => {
        await putOrExplain({ ...calendar, time_zone: zone.trim() }, etagOf(calendar), onSaved);
        onSaved();
        return `The calendar’s time zone is ${zone.trim()}.`;
      }}
    >
      <p>Entries that name no time zone and no offset move with it: 09:00 stays 09:00, in the new zone.</p>
      <p className="field">
        <label htmlFor={id}>Time zone</label>
        <input id={id} required list={`${id}-zones`} spellCheck={false} value={zone} onChange={(change) => setZone(change.target.value)} />
      </p>
      <datalist id={`${id}-zones`}>
        {zones().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </ActionDialog>
  );
}
