/** Whether a group is safe now, in one word, one headline and one sentence. */

import type { Group } from "./api";
import { isDemoted } from "./feedback";
import { duration, instances, number, percent } from "./format";

/** From worst to best, `unknown` being no verdict. */
export type Level = "short" | "stale" | "tight" | "unknown" | "safe";

export interface Safety {
  level: Level;
  headline: string;
  detail: string;
}

const verdict = (level: Level, headline: string, detail: string): Safety => ({ level, headline, detail });

export function assess(group: Group): Safety {
  return withoutSight(group) ?? shortNow(group) ?? shortSoon(group) ?? safe(group);
}

function withoutSight(group: Group): Safety | null {
  if (group.newest_observation === null || group.data_age_seconds === null) {
    return verdict("unknown", "No metrics yet", "Nothing has been collected for this group so far.");
  }
  if (group.is_stale) {
    const age = duration(group.data_age_seconds);
    const limit = duration(group.stale_after_seconds);
    return verdict("stale", "Metrics are stale", `The newest are ${age} old (limit ${limit}): what follows may have changed since, and capacity is held.`);
  }
  if (group.measured === null) {
    return verdict("unknown", "Load unknown", "Metrics arrive, but none from which the load can be told.");
  }
  return null;
}

function shortNow(group: Group): Safety | null {
  const { measured, max_utilization } = group;
  const utilization = measured?.utilization ?? null;
  if (measured === null || utilization === null || utilization <= max_utilization) return null;
  return verdict(
    "short",
    "Too few instances now",
    `Instances are at ${percent(utilization)}, above the objective of ${percent(max_utilization)}: the load measured last takes ${instances(measured.required)}.`,
  );
}

function shortSoon(group: Group): Safety | null {
  const { capacity, decision, peak, mode, feedback } = group;
  if (decision?.outcome.kind === "failed") {
    return verdict("tight", "The last change failed", `The cloud said: ${decision.outcome.error}. It is tried again at the next tick.`);
  }
  // What a demoted model expects is no ground for a verdict.
  if (peak === null || capacity === null || isDemoted(feedback) || peak.required <= capacity.desired) return null;
  if (peak.required > capacity.max) {
    return verdict(
      "tight",
      "The maximum is too low",
      `The coming hour may take ${instances(peak.required)}, and the group allows ${number(capacity.max)}.`,
    );
  }
  if (mode === "observe" || mode === "off") {
    return verdict(
      "tight",
      "More is needed soon",
      `The coming hour may take ${instances(peak.required)}, ${number(capacity.desired)} are asked for, and in mode ${mode} Headroom adds none.`,
    );
  }
  return null;
}

function safe(group: Group): Safety {
  const { capacity, measured, peak, max_utilization } = group;
  const now = `Instances are at ${percent(measured?.utilization)} of their CPU, the objective is ${percent(max_utilization)}.`;
  return verdict("safe", "Safe now", `${now} ${aheadOf(group, capacity?.desired, peak?.required)}`);
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

/** What is left of a verdict while the API is away: nobody knows whether it still holds. */
export function whenAway({ headline, detail }: Safety): Safety {
  return verdict("unknown", "Not known now", `When last seen: ${headline.toLowerCase()}. ${detail}`);
}
