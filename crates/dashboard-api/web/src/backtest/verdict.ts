/** What came of a backtest in plain words. */

import type { BacktestPolicy, BacktestResult } from "../api";
import { money, number, percent, plural } from "../format";

const HEADROOM = "headroom";
const STATIC_PEAK = "static-peak";
const TARGET_TRACKING = "target-tracking";

/** Costs that differ by less than this share of the larger one count as equal. */
const SAME = 0.0005;

const MINUTES_PER_DAY = 1440;

/** What a cost comes to in 24 hours. */
export function perDay(result: BacktestResult, cost: number): number {
  return result.world.minutes === 0 ? NaN : (cost * MINUTES_PER_DAY) / result.world.minutes;
}

/** The sentence that stands for everything: what Headroom would have saved, and how often it would have been short. */
export function verdict(result: BacktestResult): string {
  const headroom = result.policies.find(({ name }) => name === HEADROOM);
  if (!headroom) return "Headroom was not among the policies that were replayed.";
  const minutes = number(result.world.minutes);
  const short = headroom.violation_minutes === 0 ? `no minute of ${minutes} with too few instances` : `too few instances in ${number(headroom.violation_minutes)} of ${minutes} minutes (${percent(headroom.violation_share, 2)})`;
  return `Headroom would have ${compared(result, headroom)}, with ${short}.`;
}

function compared(result: BacktestResult, headroom: BacktestPolicy): string {
  const cost = perDay(result, headroom.cost);
  const [saved, same, more]: [string[], string[], string[]] = [[], [], []];
  for (const [name, difference] of [
    ["a fixed peak size", headroom.saved_per_day_against_static_peak],
    ["target tracking", headroom.saved_per_day_against_target_tracking],
  ] as const) {
    const reference = cost + difference;
    const share = reference > 0 ? percent(Math.abs(difference) / reference) : "–";
    if (Math.abs(difference) <= SAME * Math.max(reference, cost)) same.push(name);
    else if (difference > 0) saved.push(`${money(difference)} a day against ${name} (${share})`);
    else more.push(`${money(-difference)} a day more than ${name} (${share})`);
  }
  const gains = [verb("saved", saved), verb("cost as much as", same)].filter(Boolean).join(" and ");
  const losses = verb("cost", more);
  if (!losses) return gains;
  return gains ? `${gains}, but ${losses}` : losses;
}

function verb(verb: string, objects: string[]): string {
  return objects.length === 0 ? "" : `${verb} ${objects.join(" and ")}`;
}

/** What the others would have had, beside it. */
export function beside(result: BacktestResult): string | null {
  const told = (
    [
      [STATIC_PEAK, "a fixed peak size"],
      [TARGET_TRACKING, "target tracking"],
    ] as const
  ).flatMap(([name, words]) => {
    const policy = result.policies.find((known) => known.name === name);
    return policy ? [`${words} had ${policy.violation_minutes === 0 ? "none" : plural(policy.violation_minutes, "such minute", "such minutes")}`] : [];
  });
  return told.length === 0 ? null : `Beside it, ${told.join(" and ")}.`;
}

/** The cheapest first; the clairvoyant, which no policy can be, last. */
export function byCost(policies: BacktestPolicy[]): BacktestPolicy[] {
  const limit = (policy: BacktestPolicy) => (policy.name === "clairvoyant" ? 1 : 0);
  return [...policies].sort((a, b) => limit(a) - limit(b) || a.cost - b.cost);
}
