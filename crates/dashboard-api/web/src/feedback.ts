/** What past forecasts came to, in words and figures. */

import type { Drift, Feedback, FeedbackReport, Group } from "./api";
import { duration, number, percent } from "./format";

export interface Badge {
  text: string;
  /** `alarm` wants someone to act, `warning` someone to look. */
  tone: "good" | "warning" | "alarm";
}

const DRIFT_TEXT: Record<Drift["kind"], string> = {
  error_grew: "Errors grew",
  biased: "Biased",
  undercovers: "Quantiles too low",
};

/** The verdict on the model in a few words, the gravest first; none where nothing has been scored. */
export function badges({ feedback, predictable }: Pick<Group, "feedback" | "predictable">): Badge[] {
  const found: Badge[] = [];
  if (feedback?.demoted) found.push({ text: "Demoted", tone: "alarm" });
  if (feedback?.retraining) found.push({ text: "Retraining asked for", tone: "alarm" });
  if (!predictable) found.push({ text: "Not predictable", tone: "warning" });
  for (const { kind } of feedback?.drifts ?? []) found.push({ text: DRIFT_TEXT[kind], tone: "warning" });
  return found.length === 0 && feedback?.report ? [{ text: "Trusted", tone: "good" }] : found;
}

export const NOT_PREDICTABLE = "Not predictable: nothing beats the last value on this group’s history, so capacity follows that with room for its usual changes";

/** What there is to say beyond the badges, as the API words it: its clauses start small and have no full stop. */
export function remarks({ feedback, predictable }: Pick<Group, "feedback" | "predictable">): string[] {
  // The request names its cause, which need not be said twice.
  const asked = feedback?.retraining?.sentence;
  const drifts = (feedback?.drifts ?? []).map(({ sentence }) => sentence).filter((sentence) => !asked?.includes(sentence));
  return [...(predictable ? [] : [NOT_PREDICTABLE]), ...[asked ?? feedback?.demoted?.sentence ?? [], drifts].flat()];
}

export interface Figure {
  name: string;
  value: string;
  note: string;
}

/** The scores of a report, each with what to compare it with. */
export function figures(report: FeedbackReport): Figure[] {
  const { mae, reactive_mae, skill, wql, bias, mean_load } = report;
  return [
    { name: "Error (MAE)", value: number(mae, 2), note: `of a mean load of ${number(mean_load)}` },
    { name: "Beside the last value", value: beside(skill), note: `whose error is ${number(reactive_mae, 2)}` },
    { name: "Quantile loss (WQL)", value: number(wql, 3), note: "0 is perfect" },
    { name: "Bias", value: number(Math.abs(bias), 2), note: leaning(bias) },
  ];
}

function beside(skill: number | null | undefined): string {
  if (skill == null) return "–";
  const share = percent(Math.abs(skill));
  if (share === "0 %") return "equal";
  return skill > 0 ? `${share} better` : `${share} worse`;
}

function leaning(bias: number): string {
  if (number(Math.abs(bias), 2) === "0") return "even on average";
  return bias > 0 ? "too high on average" : "too low on average";
}

export interface Held {
  level: number;
  share: number;
}

/** How much of the measured load each quantile held. */
export function held({ coverage }: FeedbackReport): Held[] {
  return (["0.9", "0.95", "0.99"] as const).map((level) => ({ level: Number(level), share: coverage[level] }));
}

/** How much was scored: `288 forecasts of 24 h`. */
export function scored({ forecasts, since, until }: FeedbackReport): string {
  const seconds = (Date.parse(until) - Date.parse(since)) / 1000;
  const count = forecasts === 1 ? "1 forecast" : `${number(forecasts)} forecasts`;
  return seconds > 0 ? `${count} of ${duration(seconds)}` : count;
}

/** Whether the model has lost its say. */
export function isDemoted(feedback: Feedback | null | undefined): boolean {
  return feedback?.demoted != null;
}
