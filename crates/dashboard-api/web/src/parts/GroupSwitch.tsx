/** Which group is shown; each says with an icon and a word whether it is safe. */

import type { Group } from "../api";
import { pathOfGroup } from "../address";
import { type Level, assess, whenAway } from "../safety";
import { Icon, type IconName } from "./Icon";

export const LEVEL_ICON: Record<Level, IconName> = { short: "bad", stale: "stale", tight: "warning", unknown: "unknown", safe: "ok" };

interface Props {
  groups: Group[];
  shown: string;
  away: boolean;
  onShow: (group: string) => void;
}

export function GroupSwitch({ groups, shown, away, onShow }: Props) {
  if (groups.length < 2) return null;
  return (
    <nav className="switch" aria-label="Groups">
      <ul>
        {groups.map((group) => {
          const { level, headline } = away ? whenAway(assess(group)) : assess(group);
          return (
            <li key={group.id}>
              <a
                href={pathOfGroup(group.id)}
                aria-current={group.id === shown ? "page" : undefined}
                className={`switch-group level-${level}`}
                title={headline}
                onClick={(click) => {
                  if (click.metaKey || click.ctrlKey || click.shiftKey) return;
                  click.preventDefault();
                  onShow(group.id);
                }}
              >
                <Icon name={LEVEL_ICON[level]} />
                <span>{group.id}</span>
                <span className="unseen">: {headline}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
