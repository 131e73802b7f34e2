/** Whether a group is safe now, in one level, one headline and one sentence. The level is the server's; the words say what of. */

import type { Group, HealthLevel } from "./api";
import { isDemoted } from "./feedback";
import { duration, instances, number, percent, sentence, type Zone } from "./format";

export type Level = HealthLevel;

export interface Safety {
  level: Level;
  headline: string;
  detail: string;
}

/** From worst to best. */
export const LEVELS: readonly Level[] = ["alarm", "watch", "unknown", "ok"];

export const LEVEL_TEXT: Record<Level, string> = { alarm: "Alarm", watch: "Watch", unknown: "Unknown", ok: "Safe" };

const HEADLINE: Record<Level, string> = {
  alarm: "Someone has to look",
  watch: "Worth a look",
  unknown: "Not known",
  ok: "Safe now",
};

const verdict = (level: Level, headline: string, detail: string): Safety => ({ level, headline, detail });

/** The server's verdict, with a headline of the figures where they say the same. */
export function assess(group: Group, zone: Zone): Safety {
  const { level, clauses } = group.health;
  const seen = look(group);
  const headline = group.stopped ? "Stopped: nothing is written" : seen.level === level ? seen.headline : HEADLINE[level];
  const told = clauses.map((clause) => `${sentence(clause, zone)}.`).join(" ");
  return verdict(level, headline, told || seen.detail);
}

/** What the figures alone say. */
export function look(group: Group): Safety {
  return withoutSight(group) ?? shortNow(group) ?? shortSoon(group) ?? safe(group);
}

function withoutSight(group: Group): Safety | null {
  if (group.newest_observation == null || group.data_age_seconds == null) {
    return verdict("unknown", "No metrics yet", "Nothing has been collected for this group so far.");
  }
  if (group.is_stale) {
    const age = duration(group.data_age_seconds);
    const limit = duration(group.stale_after_seconds);
    return verdict("alarm", "Metrics are stale", `The newest are ${age} old (limit ${limit}): what follows may have changed since, and capacity is held.`);
  }
  if (group.measured == null) {
    return verdict("unknown", "Load unknown", "Metrics arrive, but none from which the load can be told.");
  }
  return null;
}

function shortNow(group: Group): Safety | null {
  const { measured, max_utilization } = group;
  const utilization = measured?.utilization;
  if (measured == null || utilization == null || utilization <= max_utilization) return null;
  return verdict(
    "alarm",
    "Too few instances now",
    `Instances are at ${percent(utilization)}, above the objective of ${percent(max_utilization)}: the load measured last takes ${instances(measured.required)}.`,
  );
}

function shortSoon(group: Group): Safety | null {
  const { capacity, decision, peak, mode, feedback } = group;
  if (decision?.outcome.kind === "failed") {
    return verdict("alarm", "The last change failed", `The cloud said: ${decision.outcome.error}. It is tried again at the next tick.`);
  }
  // What a demoted model expects is no ground for a verdict.
  if (peak == null || capacity == null || isDemoted(feedback) || peak.required <= capacity.desired) return null;
  if (peak.required > capacity.max) {
    return verdict("watch", "The maximum is too low", `The coming hour may take ${instances(peak.required)}, and the group allows ${number(capacity.max)}.`);
  }
  if (mode === "observe" || mode === "off") {
    return verdict(
      "watch",
      "More is needed soon",
      `The coming hour may take ${instances(peak.required)}, ${number(capacity.desired)} are asked for, and in mode ${mode} Headroom adds none.`,
    );
  }
  return null;
}

function safe(group: Group): Safety {
  const { capacity, measured, peak, max_utilization } = group;
  const now = `Instances are at ${percent(measured?.utilization)} of their CPU, the objective is ${percent(max_utilization)}.`;
  return verdict("ok", "Safe now", `${now} ${aheadOf(group, capacity?.desired, peak?.required)}`);
}

function aheadOf({ feedback }: Group, desired: number | undefined, required: number | undefined): string {
  if (isDemoted(feedback)) return "The model is demoted, so capacity follows the load measured.";
  return ahead(desired, required);
}

function ahead(desired: number | undefined, required: number | undefined): string {
  if (required === undefined) return "There is no forecast, so capacity follows the load measured.";
  if (desired === undefined || required <= desired) return "What is asked for carries the coming hour.";
  return `The coming hour may take ${instances(required)}: Headroom adds them in time to boot.`;
}

/** What is left of a verdict while no fresh answers come: nobody knows whether it still holds. */
export function whenAway({ headline, detail }: Safety): Safety {
  return verdict("unknown", "Not known now", `When last seen: ${headline.charAt(0).toLowerCase()}${headline.slice(1)}. ${detail}`);
}
