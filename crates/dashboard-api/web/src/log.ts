/** The log of decisions, with holds that say the same folded into one entry. */

import type { Decision } from "./api";

export interface LogEntry {
  /** The newest of them. */
  decision: Decision;
  /** How many there are. */
  count: number;
  /** When the oldest of them was made. */
  since: string;
}

/** `decisions` are the newest first, and so are the entries. */
export function folded(decisions: Decision[]): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const decision of decisions) {
    const last = entries.at(-1);
    if (last && saysTheSame(last.decision, decision)) {
      last.count += 1;
      last.since = decision.at;
    } else {
      entries.push({ decision, count: 1, since: decision.at });
    }
  }
  return entries;
}

function saysTheSame(newer: Decision, older: Decision): boolean {
  const held = newer.action === "hold" && older.action === "hold";
  return held && newer.desired === older.desired && newer.outcome.kind === older.outcome.kind && newer.outcome.kind !== "failed";
}
