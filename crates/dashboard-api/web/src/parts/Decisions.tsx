/** What Headroom did, and why, the newest first; each opens up whole. */

import { useState } from "react";

import type { Decision, Decisions as Page, Outcome } from "../api";
import { type Zone, nearTime, sentence } from "../format";
import { type Detail, decisionsPath } from "../live/detail";
import { pageOf, useMore } from "../live/useMore";
import { type LogEntry, folded } from "../log";
import { ACTION_ICON, ACTION_TEXT, OUTCOME_TEXT } from "./actions";
import { Icon } from "./Icon";
import { MoreButton } from "./MoreButton";

interface Props {
  group: string;
  detail: Detail | null;
  now: string;
  zone: Zone;
  onOpen: (decision: Decision) => void;
}

export function Decisions({ detail, ...rest }: Props) {
  const [onlyChanges, setOnlyChanges] = useState(false);
  return (
    <section className="panel log" aria-labelledby="log-title">
      <div className="panel-head">
        <h2 id="log-title">Decisions</h2>
        <label className="check">
          <input type="checkbox" checked={onlyChanges} onChange={(change) => setOnlyChanges(change.target.checked)} />
          <span>Only changes</span>
        </label>
      </div>
      {detail ? <Log key={String(onlyChanges)} newest={onlyChanges ? detail.changes : detail.log} hours={detail.hours} onlyChanges={onlyChanges} {...rest} /> : <p className="empty">Loading …</p>}
    </section>
  );
}

const page = ({ decisions, next }: Page) => ({ items: decisions, next: next ?? null });

interface LogProps extends Omit<Props, "detail"> {
  newest: Page;
  hours: number;
  onlyChanges: boolean;
}

function Log({ group, newest, hours, onlyChanges, now, zone, onOpen }: LogProps) {
  const list = useMore(
    page(newest),
    (cursor) => pageOf<Page, Decision>(decisionsPath(group, hours, onlyChanges, cursor), page),
    (decision) => decision.tick,
  );
  const shown = folded(list.items);
  if (shown.length === 0) return <p className="empty">{onlyChanges ? "Capacity was not changed in this span of time." : "None in this span of time."}</p>;
  return (
    // Focusable, because it scrolls: the arrow keys must reach it.
    <div className="log-list" tabIndex={0} role="region" aria-label="Decisions, the newest first">
      <ol>
        {shown.map((entry) => (
          <Entry key={entry.decision.at} entry={entry} now={now} zone={zone} onOpen={onOpen} />
        ))}
      </ol>
      <MoreButton list={list} text="Older decisions" />
    </div>
  );
}

interface EntryProps {
  entry: LogEntry;
  now: string;
  zone: Zone;
  onOpen: (decision: Decision) => void;
}

function Entry({ entry: { decision, count, since }, now, zone, onOpen }: EntryProps) {
  return (
    <li className={`log-entry action-${decision.action}`}>
      <span className="log-icon">
        <Icon name={ACTION_ICON[decision.action]} />
      </span>
      <div>
        <p className="log-top">
          <strong>{ACTION_TEXT[decision.action]}</strong>
          <span className="log-sizes">{sizes(decision)}</span>
          {decision.alarm ? <span className="log-alarm">alarm</span> : null}
          <span className="log-time">
            {count > 1 ? `${count} times since ${nearTime(since, now, zone)}, last ` : ""}
            <time dateTime={decision.at}>{nearTime(decision.at, now, zone)}</time>
          </span>
        </p>
        <p className="log-sentence">{sentence(decision.sentence, zone)}.</p>
        <p className="log-foot">
          <OutcomeNote outcome={decision.outcome} />
          <button type="button" className="button-link" onClick={() => onOpen(decision)}>
            Details<span className="unseen"> of the decision of {nearTime(decision.at, now, zone)}</span>
          </button>
        </p>
      </div>
    </li>
  );
}

function sizes({ action, before, desired }: Decision): string {
  return action === "hold" ? `at ${desired}` : `${before.desired} → ${desired}`;
}

function OutcomeNote({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === "applied" || outcome.kind === "unchanged") return null;
  const failed = "error" in outcome;
  const text = OUTCOME_TEXT[outcome.kind];
  return <span className={failed ? "log-outcome log-failed" : "log-outcome"}>{failed ? `${text}: ${outcome.error}` : text}</span>;
}
