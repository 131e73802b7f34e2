/** Says that the API is away, and that what is shown is old. */

import { nearTime } from "../format";
import type { Failure } from "../live/useLive";
import { Icon } from "./Icon";

export function Banner({ failure, hasData }: { failure: Failure | null; hasData: boolean }) {
  return (
    <div role="alert">
      {failure ? (
        <p className="banner">
          <Icon name="away" />
          <span>
            <strong>{failure.message}</strong> {failure.cure ? `To cure it: ${failure.cure}. ` : ""}
            {hasData ? `What is shown is what was seen last; trying again since ${nearTime(failure.since, Date.now(), "browser")}.` : "Trying again."}
          </span>
        </p>
      ) : null}
    </div>
  );
}
