/** The answer to the first question: is this group safe now? */

import type { Group } from "../api";
import { assess, whenAway } from "../safety";
import { LEVEL_ICON } from "./GroupSwitch";
import { Icon } from "./Icon";

export function Status({ group, away }: { group: Group; away: boolean }) {
  const { level, headline, detail } = away ? whenAway(assess(group)) : assess(group);
  return (
    <section className={`status level-${level}`} aria-labelledby="group-name">
      <span className="status-icon">
        <Icon name={LEVEL_ICON[level]} />
      </span>
      <div>
        <p className="status-group">
          <span className="unseen">Group </span>
          <span id="group-name">{group.id}</span>
        </p>
        <h1 className="status-headline" aria-live="polite">
          {headline}
        </h1>
      </div>
      <p className="status-detail">{detail}</p>
    </section>
  );
}
