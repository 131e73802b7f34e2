/** Measurements far from their forecast, the newest first. */

import type { Anomalies as Page, Anomaly } from "../api";
import { type Zone, nearTime, number } from "../format";
import { groupPath } from "../http";
import type { Detail } from "../live/detail";
import { pageOf, useMore } from "../live/useMore";
import { MoreButton } from "./MoreButton";

interface Props {
  group: string;
  detail: Detail | null;
  now: string;
  zone: Zone;
  onOpen: (anomaly: Anomaly) => void;
}

export function Anomalies({ detail, ...rest }: Props) {
  return (
    <section className="panel" aria-labelledby="anomalies-title">
      <h2 id="anomalies-title">Anomalies</h2>
      {detail ? <List detail={detail} {...rest} /> : <p className="empty">Loading …</p>}
    </section>
  );
}

const page = ({ anomalies, next }: Page) => ({ items: anomalies, next: next ?? null });

function List({ group, detail, now, zone, onOpen }: Props & { detail: Detail }) {
  const list = useMore(
    page(detail.anomalies),
    (cursor) => pageOf<Page, Anomaly>(groupPath(group, `anomalies?hours=${detail.hours}&cursor=${encodeURIComponent(cursor)}`), page),
    (anomaly) => anomaly.timestamp,
  );
  if (list.items.length === 0) return <p className="empty">Every measurement was about as forecast.</p>;
  return (
    <div className="table facts" tabIndex={0} role="group" aria-label="Anomalies, the newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Measured</th>
            <th scope="col">Forecast</th>
            <th scope="col">
              <span className="unseen">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.items.map((anomaly) => (
            <tr key={anomaly.timestamp}>
              <th scope="row">{nearTime(anomaly.timestamp, now, zone)}</th>
              <td>{number(anomaly.load, 2)}</td>
              <td>{number(anomaly.expected, 2)}</td>
              <td>
                <button type="button" className="button-link" onClick={() => onOpen(anomaly)}>
                  Details<span className="unseen"> of {nearTime(anomaly.timestamp, now, zone)}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreButton list={list} text="Older anomalies" />
    </div>
  );
}
