/** How the event repeats, with what that means in plain words. */

import { KINDS, KIND_TEXT, type Repeat, WEEKDAYS, WEEKDAY_TEXT, repeatWords, ruleOf } from "./repeat";

interface Props {
  id: string;
  repeat: Repeat;
  start: string;
  problem: string | undefined;
  onRepeat: (repeat: Repeat) => void;
}

const UNIT = { daily: "days", weekly: "weeks", monthly: "months", yearly: "years" } as const;

export function RepeatFields({ id, repeat, start, problem, onRepeat }: Props) {
  const set = (change: Partial<Repeat>) => onRepeat({ ...repeat, ...change });
  const { kind } = repeat;
  const rule = ruleOf(repeat);
  // Going over to a rule starts from what was chosen so far.
  const choose = (chosen: Repeat["kind"]) => set({ kind: chosen, rule: chosen === "rule" && rule !== null ? rule : repeat.rule });
  const plain = kind === "never" || kind === "rule" ? null : UNIT[kind];
  return (
    <fieldset className="field field-repeat">
      <legend>Repeats</legend>
      <div className="fields">
        <div className="field">
          <label htmlFor={`${id}-repeat`}>How</label>
          <select id={`${id}-repeat`} value={kind} aria-describedby={`${id}-repeat-words`} onChange={(change) => choose(change.target.value as Repeat["kind"])}>
            {KINDS.map((value) => (
              <option key={value} value={value}>
                {KIND_TEXT[value]}
              </option>
            ))}
          </select>
        </div>
        {plain ? (
          <>
            <div className="field">
              <label htmlFor={`${id}-every`}>Every so many {plain}</label>
              <input id={`${id}-every`} type="number" min={1} step={1} value={repeat.every} onChange={(change) => set({ every: change.target.value })} />
            </div>
            <div className="field">
              <label htmlFor={`${id}-until`}>Last day (left empty: no end)</label>
              <input id={`${id}-until`} type="date" value={repeat.until} onChange={(change) => set({ until: change.target.value })} />
            </div>
          </>
        ) : null}
        {kind === "rule" ? (
          <div className="field field-wide">
            <label htmlFor={`${id}-rule`}>Rule</label>
            <input id={`${id}-rule`} type="text" spellCheck={false} placeholder="FREQ=MONTHLY;BYDAY=-1FR" value={repeat.rule} aria-invalid={problem !== undefined} onChange={(change) => set({ rule: change.target.value })} />
          </div>
        ) : null}
      </div>
      {kind === "weekly" ? (
        <div className="weekdays" role="group" aria-label="On these days">
          {WEEKDAYS.map((day) => (
            <label key={day}>
              <input type="checkbox" checked={repeat.days.includes(day)} onChange={(change) => set({ days: change.target.checked ? [...repeat.days, day] : repeat.days.filter((other) => other !== day) })} />
              <span>{WEEKDAY_TEXT[day].slice(0, 3)}</span>
            </label>
          ))}
        </div>
      ) : null}
      <p id={`${id}-repeat-words`} className={problem ? "field-problem" : "field-hint"} aria-live="polite">
        {problem ?? preview(rule, start)}
      </p>
    </fieldset>
  );
}

function preview(rule: string | null, start: string): string {
  const words = repeatWords(rule, start);
  if (words === null) return "There are no plain words for this rule; the API checks it when it is saved.";
  return words === "once" ? "It happens once." : `It happens ${words}.`;
}
