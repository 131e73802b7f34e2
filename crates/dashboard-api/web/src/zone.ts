/** In which time zone times are shown: the browser's, UTC, or the calendar's. */

import type { Calendar } from "./api";
import { type Zone, isZone } from "./format";
import { useAnswer } from "./live/useAnswer";
import { useSetting } from "./settings";

export const ZONE_CHOICES = ["browser", "utc", "calendar"] as const;
export type ZoneChoice = (typeof ZONE_CHOICES)[number];

export interface ZoneState {
  zone: Zone;
  choice: ZoneChoice;
  setChoice: (choice: ZoneChoice) => void;
  /** Null where the calendar has none, or one that this browser does not know. */
  calendarZone: Zone | null;
}

/** `known` says whether the calendar can be asked for. */
export function useZone(known: boolean): ZoneState {
  const [choice, setChoice] = useSetting("zone", ZONE_CHOICES, "browser");
  const { answer } = useAnswer<Calendar>(known ? "/api/calendar" : null);
  const calendarZone = answer && isZone(answer.time_zone) ? answer.time_zone : null;
  const zone = choice === "calendar" ? (calendarZone ?? "browser") : choice;
  return { zone, choice, setChoice, calendarZone };
}
