/** Says that no fresh answers come, and that what is shown is old. */

import { nearTime } from "../format";
import type { LiveTrouble } from "../live/useLive";
import { said } from "../operate/ActionDialog";
import { Icon } from "./Icon";

export function Banner({ trouble, hasData }: { trouble: LiveTrouble | null; hasData: boolean }) {
  return (
    <div role="alert">
      {trouble ? (
        <p className="banner">
          <Icon name="away" />
          <span>
            <strong>{said(trouble.message)}</strong> {trouble.cure ? `${said(trouble.cure)} ` : ""}
            {hasData ? `What is shown is what was seen last; trying again since ${nearTime(trouble.since, Date.now(), "browser")}.` : "Trying again."}
          </span>
        </p>
      ) : null}
    </div>
  );
}
