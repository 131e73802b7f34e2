/** That the fleet or the group is stopped: impossible to overlook, on every view. */

import { may } from "../access/roles";
import type { FleetControl, Group } from "../api";
import { type Zone, dayAndTime } from "../format";
import { Icon } from "../parts/Icon";
import { useOperate } from "./Operate";
import { ResumeDialog } from "./dialogs";

interface Props {
  fleet: FleetControl;
  /** The group that is looked at. */
  group: Group | null;
  zone: Zone;
}

export function StopBanner({ fleet, group, zone }: Props) {
  const { session, open } = useOperate();
  const { allowed, why } = may(session, "operator");
  const found = stopOf(fleet, group);
  return (
    <div role="alert">
      {found ? (
        <section className="stopped" aria-label="Kill switch">
          <Icon name="bad" />
          <div className="stopped-body">
            <p className="stopped-title">{found.title}</p>
            <p>
              {found.stop
                ? `By ${found.stop.by} on ${dayAndTime(found.stop.at, zone)}: “${found.stop.why}”. Nothing is written; everything is still measured, forecast and recorded.`
                : "Whether its kill switch was thrown cannot be read, which counts as thrown: nothing is written. Throwing it anew replaces what cannot be read."}
            </p>
          </div>
          {found.stop && allowed ? (
            <button type="button" className="button" onClick={() => open(<ResumeDialog group={found.group} stopped={found.stop} zone={zone} />)}>
              Resume …
            </button>
          ) : null}
          {found.stop && !allowed ? (
            <p className="quiet" title={why}>
              An operator can resume it.
            </p>
          ) : null}
        </section>
      ) : null}
    </div>
  );
}

function stopOf(fleet: FleetControl, group: Group | null) {
  if (fleet.stop != null) return { title: "The whole fleet is stopped", stop: fleet.stop, group: null };
  if (fleet.unreadable) return { title: "The whole fleet counts as stopped", stop: null, group: null };
  if (group?.control.stop != null) return { title: `Group ${group.id} is stopped`, stop: group.control.stop, group: group.id };
  if (group?.control.unreadable) return { title: `Group ${group.id} counts as stopped`, stop: null, group: group.id };
  return null;
}
