/** What Headroom did, and why, the newest first. */

import { useState } from "react";

import type { Action, Decision, Outcome } from "../api";
import { type Zone, nearTime, sentence } from "../format";
import { Icon, type IconName } from "./Icon";

const ACTION_ICON: Record<Action, IconName> = { scale_out: "up", scale_in: "down", hold: "hold" };
const ACTION_TEXT: Record<Action, string> = { scale_out: "Scale out", scale_in: "Scale in", hold: "Hold" };

interface Props {
  decisions: Decision[];
  changes: Decision[];
  now: string;
  zone: Zone;
}

/** So many of the changes are listed; the chart marks them all. */
const LISTED_MAX = 60;

export function Decisions({ decisions, changes, now, zone }: Props) {
  const [onlyChanges, setOnlyChanges] = useState(false);
  const shown = onlyChanges ? changes.slice(0, LISTED_MAX) : decisions;
  return (
    <section className="panel log" aria-labelledby="log-title">
      <div className="panel-head">
        <h2 id="log-title">Decisions</h2>
        <label className="check">
          <input type="checkbox" checked={onlyChanges} onChange={(change) => setOnlyChanges(change.target.checked)} />
          <span>Only changes</span>
        </label>
      </div>
      {shown.length === 0 ? <p className="empty">{onlyChanges ? "Capacity was not changed in this span of time." : "None in this span of time."}</p> : null}
      {/* Focusable, because it scrolls: the arrow keys must reach it. */}
      <ol className="log-list" tabIndex={0} aria-label="Decisions, the newest first">
        {shown.map((decision) => (
          <li key={decision.at} className={`log-entry action-${decision.action}`}>
            <span className="log-icon">
              <Icon name={ACTION_ICON[decision.action]} />
            </span>
            <div>
              <p className="log-top">
                <strong>{ACTION_TEXT[decision.action]}</strong>
                <span className="log-sizes">{sizes(decision)}</span>
                <time dateTime={decision.at}>{nearTime(decision.at, now, zone)}</time>
              </p>
              <p className="log-sentence">{sentence(decision.sentence, zone)}.</p>
              <OutcomeNote outcome={decision.outcome} />
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function sizes({ action, before, desired }: Decision): string {
  return action === "hold" ? `at ${desired}` : `${before.desired} → ${desired}`;
}

function OutcomeNote({ outcome }: { outcome: Outcome }) {
  switch (outcome.kind) {
    case "failed":
      return <p className="log-outcome log-failed">Failed: {outcome.error}</p>;
    case "not_allowed":
      return <p className="log-outcome">Not carried out: the mode does not allow it.</p>;
    case "pending":
      return <p className="log-outcome">Not carried out yet.</p>;
    case "applied":
    case "unchanged":
      return null;
  }
}
