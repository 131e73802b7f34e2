/** Actions and outcomes in words and drawings, the same everywhere. */

import type { Action, Outcome } from "../api";
import type { IconName } from "./Icon";

export const ACTION_ICON: Record<Action, IconName> = { scale_out: "up", scale_in: "down", hold: "hold" };

export const ACTION_TEXT: Record<Action, string> = { scale_out: "Scale out", scale_in: "Scale in", hold: "Hold" };

export const OUTCOME_TEXT: Record<Outcome["kind"], string> = {
  pending: "not carried out yet",
  unchanged: "nothing to change",
  applied: "carried out",
  not_allowed: "not carried out: the mode forbids it",
  failed: "failed",
};
