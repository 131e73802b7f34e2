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
  awaiting_approval: "waits for approval",
  rejected: "not carried out: an operator refused it",
  expired: "not carried out: no operator approved it in time",
  superseded: "not carried out: a later decision took its place",
  stopped: "not carried out: the kill switch is thrown",
  insufficient_capacity: "not carried out: the cloud has no more instances",
  failed: "failed",
};
