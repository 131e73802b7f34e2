/** The fleet in figures; those that count groups show them when pressed. */

import type { ReactNode } from "react";

import type { Group } from "../api";
import { instances, money, number, plural } from "../format";
import type { Filter, Shown } from "./order";
import { totals } from "./totals";

interface Props {
  groups: Group[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
  away: boolean;
}

export function FleetFigures({ groups, filter, onFilter, away }: Props) {
  const sum = totals(groups);
  const press = (shown: Shown) => ({ pressed: filter.shown === shown, onPress: () => onFilter({ ...filter, shown: filter.shown === shown ? "all" : shown }) });
  return (
    <section className="figures" aria-label={away ? "Figures seen last" : "Figures"}>
      <Figure title="Groups" value={number(sum.groups)} note={sum.watched === 0 ? "none to watch" : `${sum.watched} to watch`} {...press("watch")} />
      <Figure title="Alarms" value={number(sum.alarms)} note={sum.alarms === 0 ? "nobody has to look" : "someone has to look"} tone={sum.alarms > 0 ? "bad" : undefined} {...press("alarm")} />
      <Figure title="Stopped" value={number(sum.stopped)} note={sum.stopped === 0 ? "no kill switch is thrown" : "nothing is written"} tone={sum.stopped > 0 ? "bad" : undefined} {...press("stopped")} />
      <Figure title="Awaiting approval" value={number(sum.awaiting)} note={sum.awaiting === 0 ? "nothing waits" : "an operator has to answer"} tone={sum.awaiting > 0 ? "warn" : undefined} {...press("awaiting")} />
      <Figure title="In service" value={number(sum.inService)} note={sum.withForecast === 0 ? "there is no forecast" : `next hour’s peaks take ${instances(sum.peakRequired)}`} />
      <Figure title="Saved today" value={sum.saved ? money(sum.saved.staticPeak) : "–"} note={sum.saved ? `against fixed peak size, ${plural(sum.saved.groups, "group", "groups")}` : "no group has a price"} />
    </section>
  );
}

interface FigureProps {
  title: string;
  value: string;
  note: ReactNode;
  tone?: "bad" | "warn" | undefined;
  pressed?: boolean;
  onPress?: () => void;
}

function Figure({ title, value, note, tone, pressed = false, onPress }: FigureProps) {
  const words = (
    <>
      <span className="figure-title">{title}</span>
      <span className="figure-value">{value}</span>
      <span className="figure-note">{note}</span>
    </>
  );
  const classes = tone ? `figure figure-${tone}` : "figure";
  if (!onPress) return <div className={classes}>{words}</div>;
  return (
    <button type="button" className={classes} aria-pressed={pressed} onClick={onPress}>
      {words}
    </button>
  );
}
