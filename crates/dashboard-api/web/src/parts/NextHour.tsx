/** The forecast as a table: the same as in the chart, for whoever wants figures or cannot see it. */

import type { Forecast, Group } from "../api";
import { atLevel, needed } from "../chart/series";
import { type Zone, fixed, number, percent, time } from "../format";

interface Props {
  forecast: Forecast | null;
  group: Group;
  zone: Zone;
}

export function NextHour({ forecast, group, zone }: Props) {
  return (
    <section className="panel" aria-labelledby="hour-title">
      <h2 id="hour-title">The next hour</h2>
      {forecast === null ? <p className="empty">There is no forecast yet.</p> : <Steps forecast={forecast} group={group} zone={zone} />}
    </section>
  );
}

function Steps({ forecast, group, zone }: { forecast: Forecast; group: Group; zone: Zone }) {
  const origin = Date.parse(forecast.origin);
  const level = group.peak?.level ?? 1;
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Forecast of the next hour, step by step">
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Median</th>
            <th scope="col">90 %</th>
            <th scope="col">95 %</th>
            <th scope="col">99 %</th>
            <th scope="col">Needed</th>
          </tr>
        </thead>
        <tbody>
          {forecast.steps.map((step, index) => {
            const [, median, p90, p95, p99] = step;
            const at = origin + index * forecast.step_seconds * 1000;
            return (
              <tr key={at}>
                <th scope="row">{time(at, zone)}</th>
                <td>{fixed(median)}</td>
                <td>{fixed(p90)}</td>
                <td>{fixed(p95)}</td>
                <td>{fixed(p99)}</td>
                <td>{number(Math.ceil(needed(atLevel(forecast.levels, step, level), group.max_utilization) ?? NaN))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="quiet">Load in instances’ worth. Needed: instances that carry the {percent(level)} at {percent(group.max_utilization)} of their CPU.</p>
    </div>
  );
}
