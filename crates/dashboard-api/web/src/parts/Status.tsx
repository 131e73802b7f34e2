/** The answer to the first question: is this group safe now? */

import type { Group } from "../api";
import type { Zone } from "../format";
import { assess, whenAway } from "../safety";
import { Icon } from "./Icon";
import { LEVEL_ICON } from "./levels";

export function Status({ group, away, zone }: { group: Group; away: boolean; zone: Zone }) {
  const { level, headline, detail } = away ? whenAway(assess(group, zone)) : assess(group, zone);
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
