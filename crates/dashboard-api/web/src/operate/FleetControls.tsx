/** The kill switch of the whole fleet, for those who may throw it. */

import { may } from "../access/roles";
import type { FleetControl } from "../api";
import { useOperate } from "./Operate";
import { StopDialog } from "./dialogs";

export function FleetControls({ fleet }: { fleet: FleetControl }) {
  const { session, open } = useOperate();
  const { allowed, why } = may(session, "operator");
  // While it is stopped the banner at the top has the way back.
  if (fleet.stop != null) return null;
  if (!allowed) {
    return (
      <p className="only-looking quiet" title={why}>
        {session ? "You may look, and change nothing." : why}
      </p>
    );
  }
  return (
    <button type="button" className="button button-stop" onClick={() => open(<StopDialog group={null} />)}>
      Stop the whole fleet …
    </button>
  );
}
