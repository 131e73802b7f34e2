/** What the group cost, and what it would have cost otherwise. */

import type { DaySavings, Group } from "../api";
import { money } from "../format";

export function Savings({ group: { savings, price_per_hour } }: { group: Group }) {
  return (
    <section className="panel" aria-labelledby="savings-title">
      <h2 id="savings-title">Savings</h2>
      {savings ? (
        <Table today={savings.today} yesterday={savings.yesterday ?? null} />
      ) : (
        <p className="empty">{price_per_hour == null ? "The group has no price_per_hour in fleet.toml, so nothing can be told in money." : "Nothing has been counted yet."}</p>
      )}
    </section>
  );
}

const ROWS: readonly [string, (day: DaySavings) => number][] = [
  ["Cost", ({ cost }) => cost],
  ["Saved against peak size", ({ against_static_peak }) => against_static_peak],
  ["Saved against target tracking", ({ against_target_tracking }) => against_target_tracking],
];

function Table({ today, yesterday }: { today: DaySavings; yesterday: DaySavings | null }) {
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Savings, today and yesterday">
      <table>
        <thead>
          <tr>
            <th scope="col">In the unit of its price</th>
            <th scope="col">Today so far</th>
            {yesterday ? <th scope="col">Yesterday</th> : null}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{money(value(today))}</td>
              {yesterday ? <td>{money(value(yesterday))}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        {`Today is ${today.day}, by UTC. Below zero Headroom cost more. Peak size: a fixed size for the most ever needed.`}
      </p>
    </div>
  );
}
