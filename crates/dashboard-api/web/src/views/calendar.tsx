/** The business calendar: what is announced, and an editor for those who may change it. */

import { useMemo } from "react";

import { may } from "../access/roles";
import type { Calendar, CalendarEntry, Group } from "../api";
import { EntryDialog } from "../calendar/EntryDialog";
import { EntryList } from "../calendar/EntryList";
import { LegacyFlag } from "../calendar/LegacyFlag";
import { ZoneDialog } from "../calendar/ZoneDialog";
import type { Zone } from "../format";
import { useAnswer } from "../live/useAnswer";
import { Problem } from "../operate/ActionDialog";
import { RemoveDialog } from "../calendar/RemoveDialog";
import { useOperate } from "../operate/Operate";
import { Icon } from "../parts/Icon";

interface Props {
  zone: Zone;
  groups: Group[];
}

export default function CalendarView({ zone, groups }: Props) {
  const { session, open } = useOperate();
  const { allowed, why } = may(session, "operator");
  const { answer, error, loading, reload } = useAnswer<Calendar>("/api/calendar");
  const ids = useMemo(() => groups.map(({ id }) => id), [groups]);
  const edit = (calendar: Calendar, original: CalendarEntry | null) => open(<EntryDialog calendar={calendar} original={original} groups={ids} onSaved={reload} />);
  return (
    <>
      <div className="page-head">
        <h1>Business calendar</h1>
        {answer && allowed ? (
          <div className="page-tools">
            <button type="button" className="button" onClick={() => open(<ZoneDialog calendar={answer} onSaved={reload} />)}>
              Time zone …
            </button>
            <button type="button" className="button button-main" onClick={() => edit(answer, null)}>
              <Icon name="plus" /> Add an entry …
            </button>
          </div>
        ) : null}
      </div>
      {answer ? (
        <p className="quiet page-words">
          {`What is known beforehand: sales, launches, holidays. Times without an offset are in ${answer.time_zone}. `}
          {allowed ? "A change counts from the next tick on." : <span title={why}>Changing it needs the role operator.</span>}
        </p>
      ) : null}
      {error ? (
        <section className="panel">
          <h2>{answer ? "The calendar could not be read anew" : "The calendar cannot be read"}</h2>
          <Problem error={error} />
          <button type="button" className="button" onClick={reload}>
            Try again
          </button>
        </section>
      ) : null}
      {answer === null && loading ? <p className="blank">Loading …</p> : null}
      {answer && answer.is_sale_active != null ? <LegacyFlag calendar={answer} onSaved={allowed ? reload : null} /> : null}
      {answer ? (
        <EntryList
          calendar={answer}
          zone={zone}
          onEdit={allowed ? (entry) => edit(answer, entry) : null}
          onRemove={allowed ? (entry) => open(<RemoveDialog calendar={answer} entry={entry} zone={zone} onSaved={reload} />) : null}
        />
      ) : null}
    </>
  );
}
