/** What Headroom did, and why, the newest first. */

import { useState } from "react";

import type { Decision, Outcome } from "../api";
import { type Zone, nearTime, sentence } from "../format";
import { type LogEntry, folded } from "../log";
import { ACTION_ICON, ACTION_TEXT, OUTCOME_TEXT } from "./actions";
import { Icon } from "./Icon";

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
  const shown = folded(onlyChanges ? changes.slice(0, LISTED_MAX) : decisions);
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
        {shown.map((entry) => (
          <Entry key={entry.decision.at} entry={entry} now={now} zone={zone} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry: { decision, count, since }, now, zone }: { entry: LogEntry; now: string; zone: Zone }) {
  return (
    <li className={`log-entry action-${decision.action}`}>
      <span className="log-icon">
        <Icon name={ACTION_ICON[decision.action]} />
      </span>
      <div>
        <p className="log-top">
          <strong>{ACTION_TEXT[decision.action]}</strong>
          <span className="log-sizes">{sizes(decision)}</span>
          <span className="log-time">
            {count > 1 ? `${count} times since ${nearTime(since, now, zone)}, last ` : ""}
            <time dateTime={decision.at}>{nearTime(decision.at, now, zone)}</time>
          </span>
        </p>
        <p className="log-sentence">{sentence(decision.sentence, zone)}.</p>
        <OutcomeNote outcome={decision.outcome} />
      </div>
    </li>
  );
}

function sizes({ action, before, desired }: Decision): string {
  return action === "hold" ? `at ${desired}` : `${before.desired} → ${desired}`;
}

function OutcomeNote({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === "applied" || outcome.kind === "unchanged") return null;
  const failed = outcome.kind === "failed";
  const text = OUTCOME_TEXT[outcome.kind];
  return <p className={failed ? "log-outcome log-failed" : "log-outcome"}>{failed ? `${text}: ${outcome.error}` : text}</p>;
}
