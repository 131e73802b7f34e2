/** The fleet in a few figures. */

import type { Group } from "../api";

export interface Totals {
  groups: number;
  alarms: number;
  watched: number;
  stopped: number;
  awaiting: number;
  inService: number;
  /** Instances that the next hour's peaks take, of the groups that have a forecast. */
  peakRequired: number;
  withForecast: number;
  /** Saved today, of the groups that have a price; null where none has. */
  saved: { staticPeak: number; targetTracking: number; cost: number; groups: number } | null;
}

export function totals(groups: Group[]): Totals {
  const sum = (value: (group: Group) => number | null | undefined) => groups.reduce((all, group) => all + (value(group) ?? 0), 0);
  const priced = groups.filter((group) => group.savings != null).length;
  return {
    groups: groups.length,
    alarms: groups.filter((group) => group.health.level === "alarm").length,
    watched: groups.filter((group) => group.health.level === "watch").length,
    stopped: groups.filter((group) => group.stopped != null).length,
    awaiting: groups.filter((group) => group.proposal != null).length,
    inService: sum((group) => group.capacity?.in_service),
    peakRequired: sum((group) => group.peak?.required),
    withForecast: groups.filter((group) => group.peak != null).length,
    saved:
      priced === 0
        ? null
        : {
            staticPeak: sum((group) => group.savings?.today.against_static_peak),
            targetTracking: sum((group) => group.savings?.today.against_target_tracking),
            cost: sum((group) => group.savings?.today.cost),
            groups: priced,
          },
  };
}
