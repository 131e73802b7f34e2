/** What can be done with a group: mode, kill switch, instances held, training. What the caller may not do is not offered. */

import type { ReactNode } from "react";

import { may } from "../access/roles";
import type { Group, Role } from "../api";
import { type Zone, dayAndTime, instances } from "../format";
import { AllocateDialog } from "./AllocateDialog";
import { ModeDialog } from "./ModeDialog";
import { useOperate } from "./Operate";
import { ReleaseDialog, StopDialog, TrainDialog, UnsetModeDialog } from "./dialogs";

export function GroupControls({ group, zone }: { group: Group; zone: Zone }) {
  const { open } = useOperate();
  const { control, training } = group;
  const allocation = control.allocation;
  return (
    <section className="panel" aria-labelledby="controls-title">
      <h2 id="controls-title">Controls</h2>
      <ul className="controls">
        <Control
          title={`Mode: ${group.mode}`}
          note={control.mode ? `set by ${control.mode.by} on ${dayAndTime(control.mode.at, zone)}: ${control.mode.why}; fleet.toml says ${group.configured_mode}` : "as fleet.toml says"}
          needs="operator"
        >
          <button type="button" className="button" onClick={() => open(<ModeDialog group={group} />)}>
            Change …
          </button>
          {control.mode ? (
            <button type="button" className="button" onClick={() => open(<UnsetModeDialog group={group} />)}>
              Back to {group.configured_mode} …
            </button>
          ) : null}
        </Control>
        <Control
          title={allocation ? `Held: at least ${instances(allocation.instances)}` : "No instances held"}
          note={allocation ? `until ${dayAndTime(allocation.until, zone)} by ${allocation.by}: ${allocation.why}` : "size follows the forecast"}
          needs="operator"
        >
          <button type="button" className="button" onClick={() => open(<AllocateDialog group={group} />)}>
            Hold instances …
          </button>
          {allocation ? (
            <button type="button" className="button" onClick={() => open(<ReleaseDialog group={group} />)}>
              Take back …
            </button>
          ) : null}
        </Control>
        <Control
          title={training && !training.done ? "Training asked for" : "Training"}
          note={training ? `${training.done ? "last asked for" : "asked for"} by ${training.by} on ${dayAndTime(training.asked_at, zone)}${training.sentence ? `: ${training.sentence}` : ""}` : "nobody has asked for one"}
          needs="admin"
        >
          <button type="button" className="button" onClick={() => open(<TrainDialog group={group} />)}>
            Ask for training …
          </button>
        </Control>
        <Control title={control.stop ? "Kill switch: thrown" : "Kill switch: not thrown"} note={control.stop ? `by ${control.stop.by}: ${control.stop.why}` : "Headroom writes as the mode allows"} needs="operator">
          {control.stop ? null : (
            <button type="button" className="button button-stop" onClick={() => open(<StopDialog group={group.id} />)}>
              Stop this group …
            </button>
          )}
        </Control>
      </ul>
      {group.refused.length > 0 ? (
        <p className="quiet controls-refused">{`Refused for now: ${group.refused.map(({ desired, until, by }) => `${instances(desired)} (by ${by}, until ${dayAndTime(until, zone)})`).join("; ")}.`}</p>
      ) : null}
    </section>
  );
}

interface ControlProps {
  title: string;
  note: string;
  needs: Role;
  children: ReactNode;
}

function Control({ title, note, needs, children }: ControlProps) {
  const { session } = useOperate();
  const { allowed, why } = may(session, needs);
  return (
    <li className="control">
      <div>
        <p className="control-title">{title}</p>
        <p className="quiet control-note">{note}</p>
      </div>
      {allowed ? (
        <div className="control-buttons">{children}</div>
      ) : (
        <p className="quiet control-note" title={why}>
          needs the role {needs}
        </p>
      )}
    </li>
  );
}
