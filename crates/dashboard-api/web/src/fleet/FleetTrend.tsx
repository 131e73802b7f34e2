/** A day of the fleet: instances in service, and those that its load took. */

import type { FleetHistory } from "../api";
import { type Zone, instances, number, time } from "../format";
import { useAnswer } from "../live/useAnswer";
import { HEIGHT, WIDTH, most, path } from "./trend";

/** It is fetched again when so much of the fleet's time has passed. */
const STEP_SECONDS = 300;

export function FleetTrend({ now, zone }: { now: string; zone: Zone }) {
  const step = Math.floor(Date.parse(now) / 1000 / STEP_SECONDS);
  const { answer } = useAnswer<FleetHistory>("/api/dashboard/history?hours=24", step);
  const rows = answer?.rows ?? [];
  const largest = most(rows);
  const last = rows.at(-1);
  return (
    <figure className="trend">
      <figcaption>
        <span className="trend-title">The last 24 hours</span>
        <span className="trend-key trend-provided">in service</span>
        <span className="trend-key trend-needed">needed</span>
      </figcaption>
      {answer && last ? (
        <>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Instances of the fleet over the last 24 hours, at most ${number(largest)}; at the end ${instances(last.in_service ?? 0)} in service where ${number(last.required)} were needed.`}>
            <path className="trend-line-provided" d={path(rows, (row) => row.in_service, Date.parse(answer.from), Date.parse(answer.to), largest)} />
            <path className="trend-line-needed" d={path(rows, (row) => row.required, Date.parse(answer.from), Date.parse(answer.to), largest)} />
          </svg>
          <p className="trend-ends quiet">
            <span>{time(answer.from, zone)}</span>
            <span>at most {number(largest)}</span>
            <span>{time(answer.to, zone)}</span>
          </p>
        </>
      ) : (
        <p className="empty trend-empty">{answer ? "Nothing was measured." : " "}</p>
      )}
    </figure>
  );
}
