/** The figures of a group at a glance. */

import type { ReactNode } from "react";

import type { Decision, Group, Mode } from "../api";
import { type Zone, duration, instances, nearTime, number, percent } from "../format";
import { isDemoted } from "../feedback";
import { HOURS_TEXT, type Hours } from "../hours";
import type { Detail } from "../live/detail";
import { ACTION_ICON, ACTION_TEXT, OUTCOME_TEXT } from "./actions";
import { Icon } from "./Icon";

interface Props {
  group: Group;
  detail: Detail | null;
  hours: Hours;
  zone: Zone;
}

export function Cards({ group, detail, hours, zone }: Props) {
  return (
    <section className="cards" aria-label="Figures">
      <CapacityCard group={group} />
      <UtilizationCard group={group} />
      <PeakCard group={group} />
      <LastChangeCard detail={detail} hours={hours} zone={zone} />
      <ModeCard group={group} />
      <ModelCard group={group} />
      <AgeCard group={group} />
    </section>
  );
}

interface CardProps {
  name: string;
  title: string;
  value: ReactNode;
  unit?: string;
  note: ReactNode;
  alarm?: boolean;
  children?: ReactNode;
}

function Card({ name, title, value, unit, note, alarm = false, children }: CardProps) {
  return (
    <article className={alarm ? "card card-alarm" : "card"} data-card={name}>
      <h2>{title}</h2>
      <p className="card-value">
        {value}
        {unit ? <span className="card-unit"> {unit}</span> : null}
      </p>
      {children}
      <p className="card-note">{note}</p>
    </article>
  );
}

function CapacityCard({ group: { capacity, price_per_hour } }: { group: Group }) {
  if (capacity == null) return <Card name="capacity" title="Capacity" value="–" note="No decision has been recorded yet." />;
  const { in_service, pending, desired, min, max } = capacity;
  const parts = [
    desired === in_service ? null : `${number(desired)} asked for`,
    pending > 0 ? `${number(pending)} starting` : null,
    `limits ${number(min)}–${number(max)}`,
    price_per_hour == null ? null : `price ${number(price_per_hour * in_service, 2)}/h`,
  ];
  return <Card name="capacity" title="Capacity" value={number(in_service)} unit="in service" note={parts.filter(Boolean).join(" · ")} />;
}

function UtilizationCard({ group: { measured, max_utilization, is_stale } }: { group: Group }) {
  const share = measured?.utilization ?? null;
  const over = share !== null && share > max_utilization;
  return (
    <Card name="utilization" title={is_stale ? "Utilization seen last" : "Utilization now"} value={percent(share)} note={over ? `above the objective, ${percent(max_utilization)}` : `objective ${percent(max_utilization)}`} alarm={over}>
      {share === null ? null : <Meter share={share} objective={max_utilization} />}
    </Card>
  );
}

/** A bar with a mark at the objective; the figures beside it say the same. */
function Meter({ share, objective }: { share: number; objective: number }) {
  const filled = Math.min(1, share) * 100;
  return (
    <svg className={share > objective ? "meter meter-over" : "meter"} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className="meter-track" width="100" height="6" />
      <rect className="meter-fill" width={filled} height="6" />
      <rect className="meter-mark" x={objective * 100 - 0.5} width="1" height="6" />
    </svg>
  );
}

function PeakCard({ group: { peak, capacity, feedback } }: { group: Group }) {
  if (peak == null) return <Card name="peak" title="Next hour’s peak" value="–" note="There is no forecast." />;
  const demoted = isDemoted(feedback);
  const note = demoted ? "by a demoted model: not acted on" : `${percent(peak.level)} sure · takes ${instances(peak.required)}`;
  const over = !demoted && capacity != null && peak.required > capacity.max;
  return <Card name="peak" title="Next hour’s peak" value={number(peak.load)} unit="load" note={note} alarm={over} />;
}

function LastChangeCard({ detail, hours, zone }: Omit<Props, "group">) {
  const last: Decision | undefined = detail?.changes.decisions[0];
  if (!detail || !last) return <Card name="change" title="Last change" value="none" note={`in the last ${HOURS_TEXT[hours]}`} />;
  const value = (
    <span className={`change action-${last.action}`}>
      <Icon name={ACTION_ICON[last.action]} />
      <span className="unseen">{ACTION_TEXT[last.action]}</span> {number(last.before.desired)} → {number(last.desired)}
    </span>
  );
  const note = `${nearTime(last.at, detail.now, zone)} · ${OUTCOME_TEXT[last.outcome.kind]}`;
  return <Card name="change" title="Last change" value={value} note={note} alarm={last.outcome.kind === "failed"} />;
}

const MODE_NOTE: Record<Mode, string> = {
  observe: "writes nothing",
  "scale-out-only": "removes nothing",
  active: "writes every change",
  off: "does nothing",
};

function ModeCard({ group: { mode, policy } }: { group: Group }) {
  return <Card name="mode" title="Mode" value={<span className="card-text">{mode}</span>} note={`${MODE_NOTE[mode]} · policy ${policy}`} />;
}

function ModelCard({ group: { model, feedback } }: { group: Group }) {
  if (model == null) return <Card name="model" title="Model" value="none" note="Capacity follows the load measured." />;
  const version = model.version ? `version ${model.version}` : "has no stored weights";
  return <Card name="model" title="Model" value={<span className="card-text">{model.name}</span>} note={isDemoted(feedback) ? `demoted · ${version}` : version} alarm={isDemoted(feedback)} />;
}

function AgeCard({ group: { data_age_seconds, is_stale, stale_after_seconds } }: { group: Group }) {
  if (data_age_seconds == null) return <Card name="age" title="Metrics" value="none" note="Nothing has been collected yet." alarm />;
  const note = is_stale ? `stale: older than ${duration(stale_after_seconds)}` : `fresh: stale after ${duration(stale_after_seconds)}`;
  return <Card name="age" title="Metrics" value={duration(data_age_seconds)} unit="old" note={note} alarm={is_stale} />;
}
