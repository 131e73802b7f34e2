/** One group: safe or not, its figures, the chart, the log, what is announced, what can be done. */

import { useState } from "react";

import type { Anomaly, Decision, Group } from "../api";
import { LoadChart } from "../chart/LoadChart";
import { MetricChart } from "../chart/MetricChart";
import { WHOLE, type Zoom } from "../chart/zoom";
import type { Zone } from "../format";
import type { Hours } from "../hours";
import type { Detail } from "../live/detail";
import { GroupControls } from "../operate/GroupControls";
import { useOperate } from "../operate/Operate";
import { ProposalPanel } from "../operate/Proposal";
import { Anomalies } from "../parts/Anomalies";
import { AnomalyDialog } from "../parts/AnomalyDialog";
import { Cards } from "../parts/Cards";
import { ChartHead } from "../parts/ChartHead";
import { DecisionDialog } from "../parts/DecisionDialog";
import { Decisions } from "../parts/Decisions";
import { Events } from "../parts/Events";
import { Feedback } from "../parts/Feedback";
import { ModelPanel } from "../parts/ModelPanel";
import { NextHour } from "../parts/NextHour";
import { Savings } from "../parts/Savings";
import { Status } from "../parts/Status";

interface Props {
  group: Group;
  detail: Detail | null;
  hours: Hours;
  onHours: (hours: Hours) => void;
  zone: Zone;
  dark: boolean;
  /** Whether no fresh answers come, so that all this is what was seen last. */
  away: boolean;
  now: string;
}

export default function GroupView({ group, detail, hours, onHours, zone, dark, away, now }: Props) {
  const { open } = useOperate();
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  // While another group is being fetched the last one's details must not stand under its name.
  const own = detail?.group === group.id ? detail : null;
  const openDecision = (decision: Decision) => open(<DecisionDialog decision={decision} zone={zone} />);
  const openAnomaly = (anomaly: Anomaly) => open(<AnomalyDialog anomaly={anomaly} zone={zone} />);
  return (
    <>
      <Status group={group} away={away} zone={zone} />
      <ProposalPanel group={group} now={now} zone={zone} />
      <Cards group={group} detail={own} hours={hours} zone={zone} />
      <div className="columns">
        <section className="panel chart-panel" aria-labelledby="chart-title">
          <ChartHead detail={own} hours={hours} onHours={onHours} />
          {own ? (
            <>
              <LoadChart key={group.id} group={group} detail={own} zone={zone} dark={dark} onZoom={setZoom} onDecision={openDecision} onAnomaly={openAnomaly} />
              <MetricChart key={`metric ${group.id}`} group={group} detail={own} zone={zone} dark={dark} zoom={zoom} />
            </>
          ) : (
            <div className="chart-space" />
          )}
        </section>
        <Decisions key={`log ${group.id} ${hours}`} group={group.id} detail={own} now={now} zone={zone} onOpen={openDecision} />
      </div>
      <Feedback group={group} zone={zone} />
      <div className="columns-three">
        <div className="stack">
          <GroupControls group={group} zone={zone} />
          <Savings group={group} />
        </div>
        <div className="stack">
          <NextHour forecast={own?.forecast ?? null} group={group} zone={zone} />
          <Anomalies key={`anomalies ${group.id} ${hours}`} group={group.id} detail={own} now={now} zone={zone} onOpen={openAnomaly} />
        </div>
        <div className="stack">
          <Events events={own?.events ?? []} now={own?.now ?? ""} zone={zone} />
          <ModelPanel card={own?.card ?? null} model={group.model} />
        </div>
      </div>
    </>
  );
}
