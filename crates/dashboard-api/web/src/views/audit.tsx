/** Who did what, for admins. */

import { useState } from "react";

import { may } from "../access/roles";
import type { Audit, OrderRecord } from "../api";
import { type Zone, dayAndTime, plural } from "../format";
import { HOURS, HOURS_TEXT, type Hours } from "../hours";
import { useAnswer } from "../live/useAnswer";
import { pageOf, useMore } from "../live/useMore";
import { Problem } from "../operate/ActionDialog";
import { useOperate } from "../operate/Operate";
import { Choice } from "../parts/Choice";
import { MoreButton } from "../parts/MoreButton";

const LIMIT = 100;

export default function AuditView({ zone }: { zone: Zone }) {
  const { session } = useOperate();
  const { allowed, why } = may(session, "admin");
  const [hours, setHours] = useState<Hours>("168");
  const path = `/api/audit?hours=${hours}&limit=${LIMIT}`;
  const { answer, error, loading, reload } = useAnswer<Audit>(allowed ? path : null);
  return (
    <>
      <div className="page-head">
        <h1>Audit</h1>
        {allowed ? (
          <div className="page-tools">
            <Choice label="Span of time" options={HOURS.map((value) => ({ value, text: HOURS_TEXT[value] }))} value={hours} onChange={setHours} />
            <button type="button" className="button" onClick={reload} disabled={loading}>
              Look again
            </button>
          </div>
        ) : null}
      </div>
      {allowed ? null : <p className="blank">{why}</p>}
      <Problem error={error} />
      {allowed && answer === null && loading ? <p className="blank">Loading …</p> : null}
      {answer ? <Records key={path} path={path} newest={answer} zone={zone} /> : null}
    </>
  );
}

const page = ({ records, next }: Audit) => ({ items: records, next: next ?? null });

function Records({ path, newest, zone }: { path: string; newest: Audit; zone: Zone }) {
  const list = useMore(
    page(newest),
    (cursor) => pageOf<Audit, OrderRecord>(`${path}&cursor=${encodeURIComponent(cursor)}`, page),
    ({ id }) => id,
  );
  if (list.items.length === 0) return <p className="blank">Nobody changed anything in this span of time.</p>;
  return (
    <section className="panel" aria-label="Records">
      <p className="quiet">{plural(newest.total, "record", "records")}, the newest first.</p>
      <div className="table" tabIndex={0} role="group" aria-label="Audit records, the newest first">
        <table className="table-left">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Action</th>
              <th scope="col">Group</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {list.items.map((record) => (
              <tr key={record.id}>
                <th scope="row">{dayAndTime(record.at, zone)}</th>
                <td>
                  {record.by} <span className="quiet">{record.role ?? "command line"}</span>
                </td>
                <td>{record.action}</td>
                <td>{record.group ?? "the fleet"}</td>
                <td className="wrap">{whatText(record.what)}</td>
                <td className="wrap">{outcomeText(record.outcome)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MoreButton list={list} text="Older records" />
    </section>
  );
}

function whatText(what: unknown): string {
  if (what === null || what === undefined) return "";
  if (typeof what !== "object") return String(what);
  return Object.entries(what)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

function outcomeText(outcome: OrderRecord["outcome"]): string {
  switch (outcome.kind) {
    case "done":
      return "done";
    case "asked":
      return "begun; whether it was carried out is not known";
    case "failed":
      return `failed: ${outcome.error}`;
  }
}
