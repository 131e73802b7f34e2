/** Above the chart: how far back, what the lines mean, and what went wrong in words. */

import { duration, plural } from "../format";
import { HOURS, HOURS_TEXT, type Hours } from "../hours";
import { type Detail, MARKS_MAX } from "../live/detail";
import { Choice } from "./Choice";

interface Props {
  detail: Detail | null;
  hours: Hours;
  onHours: (hours: Hours) => void;
}

export function ChartHead({ detail, hours, onHours }: Props) {
  return (
    <>
      <div className="panel-head">
        <h2 id="chart-title">Load and capacity</h2>
        <Choice label="Span of time" options={HOURS.map((value) => ({ value, text: HOURS_TEXT[value] }))} value={hours} onChange={onHours} />
      </div>
      <p className="chart-words">{detail ? words(detail) : "Loading …"}</p>
    </>
  );
}

/** The chart in words: shortages and anomalies must not hang on colour, or on sight. */
export function words({ history, anomalies, changes }: Pick<Detail, "history" | "anomalies" | "changes">): string {
  if (history.rows.length === 0) return "Nothing was measured in this span of time.";
  const over = history.over_objective_seconds;
  const parts = [
    over === 0 ? "Never above the objective" : `Above the objective for ${duration(over)}`,
    anomalies.total === 0 ? "no anomaly" : plural(anomalies.total, "anomaly", "anomalies"),
    `${changes.total === 0 ? "no decision" : plural(changes.total, "decision", "decisions")} to scale${changes.total > MARKS_MAX ? ", too many to mark" : ""}`,
  ];
  const thinned = history.bucket_seconds > history.step_seconds ? ` Each point is the worst of ${duration(history.bucket_seconds)}.` : "";
  return `${parts.join("; ")}.${thinned}`;
}
