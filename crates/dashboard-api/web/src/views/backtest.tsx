/** What a replay of the group's own history came to. */

import type { Backtest, BacktestResult, Group } from "../api";
import { FrontierChart } from "../backtest/FrontierChart";
import { beside, byCost, perDay, verdict } from "../backtest/verdict";
import { type Zone, dayAndTime, money, number, percent } from "../format";
import { groupPath } from "../http";
import { useAnswer } from "../live/useAnswer";
import { Problem } from "../operate/ActionDialog";

interface Props {
  group: Group;
  zone: Zone;
  dark: boolean;
}

export default function BacktestView({ group, zone, dark }: Props) {
  const { answer, error, loading, reload } = useAnswer<Backtest>(groupPath(group.id, "backtest"));
  return (
    <>
      <div className="page-head">
        <h1>Backtest of {group.id}</h1>
      </div>
      {answer === null && error === null && loading ? <p className="blank">Loading …</p> : null}
      {error?.status === 404 ? <None group={group} /> : null}
      {error && error.status !== 404 ? (
        <section className="panel">
          <h2>The backtest cannot be read</h2>
          <Problem error={error} />
          <button type="button" className="button" onClick={reload}>
            Try again
          </button>
        </section>
      ) : null}
      {answer ? <Report backtest={answer} result={answer.result} zone={zone} dark={dark} /> : null}
    </>
  );
}

function None({ group }: { group: Group }) {
  return (
    <section className="panel backtest-none">
      <h2>There is no backtest of this group yet</h2>
      <p>One replays the group’s own history through Headroom and through other policies, in money and in minutes with too few instances. This makes one:</p>
      <pre>
        <code>headroom backtest --store URL --group {group.id}</code>
      </pre>
      <p className="quiet">It reads the stored history and changes nothing. Its result appears here.</p>
    </section>
  );
}

interface ReportProps {
  backtest: Backtest;
  result: BacktestResult;
  zone: Zone;
  dark: boolean;
}

function Report({ backtest, result, zone, dark }: ReportProps) {
  const others = beside(result);
  return (
    <>
      <section className="backtest-verdict" aria-label="Verdict">
        <p className="backtest-sentence">{verdict(result)}</p>
        {others ? <p>{others}</p> : null}
        <p className="quiet">
          {`${number(backtest.days, 1)} days from ${dayAndTime(result.world.from, zone)} to ${dayAndTime(result.world.to, zone)}, at ${money(result.world.price_per_hour)} per instance-hour; made ${dayAndTime(backtest.made_at, zone)} by `}
          <code>{backtest.command}</code>
        </p>
      </section>
      <section className="panel" aria-labelledby="policies-title">
        <h2 id="policies-title">Policies</h2>
        <Policies result={result} />
      </section>
      <section className="panel" aria-labelledby="frontier-title">
        <h2 id="frontier-title">Frontier</h2>
        <FrontierChart result={result} dark={dark} />
      </section>
    </>
  );
}

function Policies({ result }: { result: BacktestResult }) {
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Policies by cost">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Cost a day</th>
            <th scope="col">Instance-hours</th>
            <th scope="col">Too few</th>
            <th scope="col">Minutes</th>
            <th scope="col">Worst day</th>
            <th scope="col">Out / in</th>
          </tr>
        </thead>
        <tbody>
          {byCost(result.policies).map((policy) => (
            <tr key={policy.name} className={policy.name === "headroom" ? "used" : undefined}>
              <th scope="row">
                {policy.name}
                {policy.knob == null ? null : <span className="quiet"> at {number(policy.knob, 3)}</span>}
                {policy.name === "clairvoyant" ? <span className="quiet"> (knows the future)</span> : null}
              </th>
              <td>{money(perDay(result, policy.cost))}</td>
              <td>{number(policy.instance_hours)}</td>
              <td>{percent(policy.violation_share, 2)}</td>
              <td>{number(policy.violation_minutes)}</td>
              <td>
                {number(policy.worst_day_violation_minutes)} min{policy.worst_day ? <span className="quiet"> {policy.worst_day}</span> : null}
              </td>
              <td>
                {number(policy.scale_outs)} / {number(policy.scale_ins)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">Too few: minutes with fewer instances in service than keep every one within {percent(result.world.max_utilization)} of its CPU.</p>
    </div>
  );
}
