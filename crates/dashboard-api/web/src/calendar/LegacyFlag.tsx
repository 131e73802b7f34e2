/** That the calendar still carries the flag of its old form, which means a sale at all times. */

import type { Calendar } from "../api";
import { number } from "../format";
import { ActionDialog } from "../operate/ActionDialog";
import { useOperate } from "../operate/Operate";
import { Icon } from "../parts/Icon";
import { putOrExplain } from "./RemoveDialog";
import { etagOf } from "./etag";

interface Props {
  calendar: Calendar;
  /** Null where the caller may only read. */
  onSaved: (() => void) | null;
}

export function LegacyFlag({ calendar, onSaved }: Props) {
  const { open } = useOperate();
  return (
    <section className="proposal" aria-label="Legacy flag">
      <Icon name="warning" />
      <div className="proposal-body">
        <p>
          <strong>The calendar has the old flag is_sale_active.</strong> For as long as it stands, a sale of intensity {number(calendar.is_sale_active, 2)} is announced at all times, for every
          group. Announce sales as entries in its place.
        </p>
      </div>
      {onSaved ? (
        <button type="button" className="button" onClick={() => open(<TakeOut calendar={calendar} onSaved={onSaved} />)}>
          Take it out …
        </button>
      ) : null}
    </section>
  );
}

function TakeOut({ calendar, onSaved }: { calendar: Calendar; onSaved: () => void }) {
  return (
    <ActionDialog
      title="Take the old flag out of the calendar?"
      confirm="Take it out"
      act={async () => {
        await putOrExplain({ ...calendar, is_sale_active: null }, etagOf(calendar), onSaved);
        onSaved();
        return "The old flag is taken out: the entries alone say what is announced.";
      }}
    >
      <p>From the next tick on only the entries count.</p>
    </ActionDialog>
  );
}
