/** One group at a glance. */

import { pathOfGroup } from "../address";
import type { Group } from "../api";
import { type Zone, instances, money, nearTime, number, percent, sentence } from "../format";
import { Link } from "../navigate";
import { Icon } from "../parts/Icon";
import { LEVEL_ICON } from "../parts/levels";
import { LEVEL_TEXT, assess, whenAway } from "../safety";

interface Props {
  group: Group;
  now: string;
  zone: Zone;
  away: boolean;
}

export function GroupCard({ group, now, zone, away }: Props) {
  const verdict = assess(group, zone);
  const { level, headline } = away ? whenAway(verdict) : verdict;
  const { capacity, measured, peak, savings, proposal } = group;
  return (
    <li className={`group-card level-${level}`} data-group={group.id}>
      <div className="group-card-head">
        <Icon name={LEVEL_ICON[level]} />
        <h3>
          <Link href={pathOfGroup(group.id)}>{group.id}</Link>
        </h3>
        <span className="chip">{group.mode}</span>
      </div>
      <p className="group-card-verdict">
        <span className="unseen">{LEVEL_TEXT[level]}: </span>
        {headline}
      </p>
      {group.health.clauses[0] && !group.stopped && !proposal ? <p className="group-card-why">{sentence(group.health.clauses[0], zone)}</p> : null}
      {group.stopped ? <p className="mark mark-bad">{group.stopped === "fleet" ? "Stopped with the fleet" : "Stopped"}</p> : null}
      {proposal ? <p className="mark mark-warn">{`Awaits approval until ${nearTime(proposal.until, now, zone)}: ${proposal.before} → ${proposal.desired}`}</p> : null}
      <dl className="group-card-figures">
        <div>
          <dt>In service</dt>
          <dd>
            {number(capacity?.in_service)}
            {capacity && capacity.desired !== capacity.in_service ? <span className="quiet"> → {number(capacity.desired)}</span> : null}
          </dd>
        </div>
        <div className={isOver(group) ? "over" : undefined}>
          <dt>Utilization</dt>
          <dd>{percent(measured?.utilization)}</dd>
        </div>
        <div className={peak && capacity && peak.required > capacity.max ? "over" : undefined}>
          <dt title="Instances that the next hour’s peak takes">Next hour</dt>
          <dd>{peak ? number(peak.required) : "–"}</dd>
        </div>
        <div>
          <dt>Saved today</dt>
          <dd>{money(savings?.today.against_static_peak)}</dd>
        </div>
      </dl>
      {capacity ? <Room group={group} /> : <p className="quiet group-card-note">No decision has been recorded yet.</p>}
    </li>
  );
}

function isOver({ measured, max_utilization }: Group): boolean {
  return measured?.utilization != null && measured.utilization > max_utilization;
}

/** What is in service of the most that is allowed, with a mark where the next hour's peak will be; the figures say the same. */
function Room({ group: { capacity, peak } }: { group: Group }) {
  if (!capacity) return null;
  const most = Math.max(1, capacity.max, capacity.in_service);
  const share = (count: number) => Math.min(100, (count / most) * 100);
  return (
    <>
      <svg className="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect className="meter-track" width="100" height="6" />
        <rect className="meter-fill" width={share(capacity.in_service)} height="6" />
        {peak ? <rect className="meter-mark" x={Math.min(99, share(peak.required) - 0.5)} width="1" height="6" /> : null}
      </svg>
      <p className="quiet group-card-note">{`limits ${number(capacity.min)} to ${instances(capacity.max)}`}</p>
    </>
  );
}
