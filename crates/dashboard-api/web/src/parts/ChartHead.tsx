/** Above the chart: how far back, what the lines mean, and what went wrong in words. */

import type { Group } from "../api";
import { shortages } from "../chart/series";
import { duration } from "../format";
import { HOURS, HOURS_TEXT, type Hours } from "../hours";
import type { Detail } from "../live/detail";
import { Choice } from "./Choice";

interface Props {
  group: Group;
  detail: Detail | null;
  hours: Hours;
  onHours: (hours: Hours) => void;
}

export function ChartHead({ group, detail, hours, onHours }: Props) {
  return (
    <>
      <div className="panel-head">
        <h2 id="chart-title">Load and capacity</h2>
        <Choice label="Span of time" options={HOURS.map((value) => ({ value, text: HOURS_TEXT[value] }))} value={hours} onChange={onHours} />
      </div>
      <p className="chart-words">{detail ? words(group, detail) : "Loading …"}</p>
    </>
  );
}

/** The chart in one line: shortages and anomalies must not hang on colour, or on sight. */
export function words(group: Group, detail: Detail): string {
  if (detail.history.rows.length === 0) return "Nothing was measured in this span of time.";
  const spans = shortages(detail.history.rows, detail.history.bucket_seconds, group.max_utilization);
  const seconds = spans.reduce((sum, [start, end]) => sum + (end - start) / 1000, 0);
  const short = spans.length === 0 ? "Never above the objective" : `Above the objective ${times(spans.length)}, ${duration(seconds)} in all`;
  const odd = detail.anomalies.length;
  const bucket = detail.history.bucket_seconds;
  const thinned = bucket > detail.history.step_seconds ? ` Each point is the worst of ${duration(bucket)}.` : "";
  return `${short}; ${odd === 0 ? "no anomaly" : odd === 1 ? "1 anomaly" : `${odd} anomalies`}; capacity changed ${times(detail.changes.length)}.${thinned}`;
}

function times(count: number): string {
  return count === 0 ? "not once" : count === 1 ? "once" : `${count} times`;
}
