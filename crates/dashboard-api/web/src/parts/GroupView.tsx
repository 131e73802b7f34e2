/** One group: safe or not, its figures, the chart, the log, what is announced. */

import type { Group } from "../api";
import { LoadChart } from "../chart/LoadChart";
import type { Zone } from "../format";
import type { Hours } from "../hours";
import type { Detail } from "../live/detail";
import { Cards } from "./Cards";
import { ChartHead } from "./ChartHead";
import { Decisions } from "./Decisions";
import { Events } from "./Events";
import { Feedback } from "./Feedback";
import { ModelPanel } from "./ModelPanel";
import { NextHour } from "./NextHour";
import { Status } from "./Status";

interface Props {
  group: Group;
  detail: Detail | null;
  hours: Hours;
  onHours: (hours: Hours) => void;
  zone: Zone;
  dark: boolean;
  /** Whether the API is away, so that all this is what was seen last. */
  away: boolean;
}

export function GroupView({ group, detail, hours, onHours, zone, dark, away }: Props) {
  // While another group is being fetched the last one's details must not stand under its name.
  const own = detail?.group === group.id ? detail : null;
  return (
    <>
      <Status group={group} away={away} />
      <Cards group={group} detail={own} hours={hours} zone={zone} />
      <div className="columns">
        <section className="panel chart-panel" aria-labelledby="chart-title">
          <ChartHead detail={own} hours={hours} onHours={onHours} />
          {own ? <LoadChart key={group.id} group={group} detail={own} zone={zone} dark={dark} /> : <div className="chart-space" />}
        </section>
        <Decisions decisions={own?.decisions ?? []} changes={own?.changes ?? []} now={own?.now ?? group.decision?.at ?? ""} zone={zone} />
      </div>
      <Feedback group={group} zone={zone} />
      <div className="columns-three">
        <NextHour forecast={own?.forecast ?? null} group={group} zone={zone} />
        <Events events={own?.events ?? []} now={own?.now ?? ""} zone={zone} />
        <ModelPanel card={own?.card ?? null} model={group.model} />
      </div>
    </>
  );
}
