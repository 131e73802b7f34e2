/** The frontier: what each policy costs at each of its settings, and how often it is short then. */

import type { BacktestResult, FrontierPoint } from "../api";
import { perDay } from "./verdict";

/** Settings with more violations than this are of no use to anybody, and would flatten the rest. */
export const SHARE_MAX = 0.05;

/** So many times what the cheapest one shown costs is not shown either. */
export const COST_MAX = 2.5;

export interface Place {
  cost: number;
  share: number;
  knob: number | null;
}

export interface Family {
  name: string;
  /** In order of cost; none of them beats another one in both. */
  places: Place[];
}

const familyOf = ({ name, variant }: FrontierPoint) => (variant ? `${name}, ${variant}` : name);

const ours = ({ name }: Family) => (name === "headroom" ? 0 : name.startsWith("headroom") ? 1 : 2);

/** The families that have a setting within `SHARE_MAX` and `COST_MAX`, those settings alone; Headroom first. */
export function families(result: BacktestResult): Family[] {
  const found = new Map<string, Place[]>();
  for (const point of within(result)) {
    const places = found.get(familyOf(point)) ?? [];
    places.push({ cost: perDay(result, point.cost), share: point.violation_share, knob: point.knob });
    found.set(familyOf(point), places);
  }
  return [...found].map(([name, places]) => ({ name, places: efficient(places) })).sort((a, b) => ours(a) - ours(b));
}

/** Only the settings that no other one beats in cost and safety. */
function efficient(places: Place[]): Place[] {
  const sorted = [...places].sort((a, b) => a.cost - b.cost || a.share - b.share);
  let safest = Infinity;
  return sorted.filter(({ share }) => {
    const better = share < safest;
    safest = Math.min(safest, share);
    return better;
  });
}

function within({ frontier }: BacktestResult): FrontierPoint[] {
  const useful = frontier.filter(({ violation_share }) => violation_share <= SHARE_MAX);
  const cheapest = Math.min(...useful.map(({ cost }) => cost));
  return useful.filter(({ cost }) => cost <= cheapest * COST_MAX);
}

/** The setting of `family` that costs least with violations in at most `share` of the minutes. */
export function cheapestWithin({ places }: Family, share: number): Place | null {
  return places.find((place) => place.share <= share) ?? null;
}
