/** At least so many instances for a while, whatever is forecast. */

import { useId, useState } from "react";

import type { Group } from "../api";
import { instances, number } from "../format";
import { ActionDialog } from "./ActionDialog";
import { allocate } from "./calls";

const MINUTES_FIRST = "60";

export function AllocateDialog({ group }: { group: Group }) {
  const { capacity } = group;
  const [count, setCount] = useState(String(group.control.allocation?.instances ?? capacity?.desired ?? 1));
  const [minutes, setMinutes] = useState(MINUTES_FIRST);
  const id = useId();
  return (
    <ActionDialog
      title={`Hold instances for group ${group.id}`}
      confirm="Hold them"
      needsWhy
      act={async (why) => {
        await allocate(group.id, Number(count), Number(minutes), why);
        return `Group ${group.id} keeps at least ${instances(Number(count))} for ${minutes} minutes.`;
      }}
    >
      <p>
        {`The group keeps at least so many, whatever is forecast, from the next tick on${capacity ? `, within its limits of ${number(capacity.min)} to ${number(capacity.max)}` : ""}. It has ${number(capacity?.in_service)} in service now.`}
      </p>
      <div className="fields">
        <p className="field">
          <label htmlFor={`${id}-count`}>At least so many instances</label>
          <input id={`${id}-count`} type="number" required step={1} min={capacity?.min ?? 0} max={capacity?.max} value={count} onChange={(change) => setCount(change.target.value)} />
        </p>
        <p className="field">
          <label htmlFor={`${id}-minutes`}>For so many minutes</label>
          <input id={`${id}-minutes`} type="number" required step={1} min={1} max={10080} value={minutes} onChange={(change) => setMinutes(change.target.value)} />
        </p>
      </div>
    </ActionDialog>
  );
}
