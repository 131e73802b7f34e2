/** From group to group, and between a group's views. */

import { pathOfBacktest, pathOfGroup, type Route } from "../address";
import type { Group } from "../api";
import type { Zone } from "../format";
import { Link, navigate } from "../navigate";
import { assess, whenAway } from "../safety";
import { Icon } from "./Icon";
import { LEVEL_ICON } from "./levels";

interface Props {
  groups: Group[];
  shown: Group;
  view: Route["view"];
  away: boolean;
  zone: Zone;
}

/** More groups than this are chosen from a list. */
const BUTTONS_MAX = 6;

export function GroupSwitch({ groups, shown, view, away, zone }: Props) {
  const pathOf = view === "backtest" ? pathOfBacktest : pathOfGroup;
  return (
    <nav className="switch" aria-label="Group">
      <Link href="/" className="switch-back">
        ‹ Fleet
      </Link>
      {groups.length > BUTTONS_MAX ? (
        <select className="tool-select" aria-label="Group" value={shown.id} onChange={(change) => navigate(pathOf(change.target.value))}>
          {[...groups]
            .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }))
            .map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
        </select>
      ) : (
        <ul className="switch-groups">
          {groups.map((group) => {
            const { level, headline } = away ? whenAway(assess(group, zone)) : assess(group, zone);
            return (
              <li key={group.id}>
                <Link href={pathOf(group.id)} aria-current={group.id === shown.id ? "true" : undefined} className={`switch-group level-${level}`} title={headline}>
                  <Icon name={LEVEL_ICON[level]} />
                  <span>{group.id}</span>
                  <span className="unseen">: {headline}</span>
                </Link>
              </li>
            );
          })}
        </ul>
      )}
      <ul className="switch-views">
        <li>
          <Link href={pathOfGroup(shown.id)} aria-current={view === "group" ? "page" : undefined}>
            Live
          </Link>
        </li>
        <li>
          <Link href={pathOfBacktest(shown.id)} aria-current={view === "backtest" ? "page" : undefined}>
            Backtest
          </Link>
        </li>
      </ul>
    </nav>
  );
}
