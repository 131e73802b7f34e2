/** The fields of an entry, each with what is wrong with it beside it. */

import { type ReactNode, useState } from "react";

import type { Draft, Field, Problems } from "./draft";
import { isLocal } from "./draft";
import { RepeatFields } from "./RepeatFields";

interface Props {
  /** Fields are `id-name`. */
  id: string;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  problems: Problems;
  groups: string[];
  timeZone: string;
}

/** Kinds that are common; any other can be typed. */
const KINDS = ["sale", "launch", "mail", "holiday", "event"];

export function EntryFields({ id, draft, onDraft, problems, groups, timeZone }: Props) {
  const set = (change: Partial<Draft>) => onDraft({ ...draft, ...change });
  const input = (field: Field, value: string, change: (text: string) => Partial<Draft>, more: object = {}) => (
    <input id={`${id}-${field}`} value={value} aria-invalid={problems[field] !== undefined} aria-describedby={`${id}-${field}-problem`} onChange={(event) => set(change(event.target.value))} {...more} />
  );
  // Times with an offset of their own are beyond the browser's field for times.
  const [local] = useState({ start: draft.start === "" || isLocal(draft.start), end: draft.end === "" || isLocal(draft.end) });
  const moment = (isOfField: boolean) => (isOfField ? { type: "datetime-local" } : { type: "text", spellCheck: false });
  const row = (field: Field, label: string, body: ReactNode, hint?: string) => (
    <Row id={id} field={field} label={label} problem={problems[field]} hint={hint}>
      {body}
    </Row>
  );
  return (
    <>
      <div className="fields">
        {row("name", "Name", input("name", draft.name, (name) => ({ name }), { maxLength: 120 }))}
        {row(
          "kind",
          "Kind",
          <>
            {input("kind", draft.kind, (kind) => ({ kind }), { list: `${id}-kinds` })}
            <datalist id={`${id}-kinds`}>
              {KINDS.map((kind) => (
                <option key={kind} value={kind} />
              ))}
            </datalist>
          </>,
          "events of one kind have like effects",
        )}
        {row("start", "Start", input("start", draft.start, (start) => ({ start }), moment(local.start)))}
        <fieldset className="field field-length">
          <legend>It lasts</legend>
          <label>
            <input type="radio" name={`${id}-length`} checked={draft.length === "end"} onChange={() => set({ length: "end" })} /> until a time
          </label>
          <label>
            <input type="radio" name={`${id}-length`} checked={draft.length === "duration"} onChange={() => set({ length: "duration" })} /> for some minutes
          </label>
        </fieldset>
        {draft.length === "end"
          ? row("end", "End", input("end", draft.end, (end) => ({ end }), moment(local.end)))
          : row("duration_minutes", "Minutes", input("duration_minutes", draft.duration, (duration) => ({ duration }), { type: "number", min: 1, step: 1 }))}
        {row(
          "time_zone",
          "Time zone",
          <>
            {input("time_zone", draft.timeZone, (text) => ({ timeZone: text }), { list: `${id}-zones`, placeholder: timeZone, spellCheck: false })}
            <datalist id={`${id}-zones`}>
              {zones().map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>,
          `left empty: ${timeZone}, the calendar’s`,
        )}
        {row("intensity", "Intensity", input("intensity", draft.intensity, (intensity) => ({ intensity }), { type: "number", min: 0, step: "any" }), load(draft.intensity))}
        {row("ramp_minutes", "Ramp, minutes", input("ramp_minutes", draft.ramp, (ramp) => ({ ramp }), { type: "number", min: 0, step: 1 }), "over which it climbs before and falls after")}
        {row("priority", "Priority", input("priority", draft.priority, (priority) => ({ priority }), { type: "number", step: 1 }), "of two at the same time the higher counts")}
      </div>
      <RepeatFields id={id} repeat={draft.repeat} start={draft.start} problem={problems.repeat} onRepeat={(repeat) => set({ repeat })} />
      <GroupFields id={id} chosen={draft.groups} groups={groups} problem={problems.groups} onChosen={(chosen) => set({ groups: chosen })} />
    </>
  );
}

interface RowProps {
  id: string;
  field: Field;
  label: string;
  problem: string | undefined;
  hint?: string | undefined;
  children: ReactNode;
}

function Row({ id, field, label, problem, hint, children }: RowProps) {
  return (
    <div className="field">
      <label htmlFor={`${id}-${field}`}>{label}</label>
      {children}
      <p id={`${id}-${field}-problem`} className={problem ? "field-problem" : "field-hint"}>
        {problem ?? hint}
      </p>
    </div>
  );
}

interface GroupFieldsProps {
  id: string;
  chosen: string[] | null;
  groups: string[];
  problem: string | undefined;
  onChosen: (chosen: string[] | null) => void;
}

function GroupFields({ id, chosen, groups, problem, onChosen }: GroupFieldsProps) {
  // A group that has left the fleet stays chosen until someone takes it out.
  const offered = [...new Set([...groups, ...(chosen ?? [])])];
  const flip = (group: string, on: boolean) => onChosen(on ? [...(chosen ?? []), group] : (chosen ?? []).filter((other) => other !== group));
  return (
    <fieldset className="field field-groups">
      <legend>Groups</legend>
      <label>
        <input id={`${id}-groups`} type="radio" name={`${id}-groups`} checked={chosen === null} onChange={() => onChosen(null)} /> all
      </label>
      <label>
        <input type="radio" name={`${id}-groups`} checked={chosen !== null} onChange={() => onChosen([])} /> only some
      </label>
      {chosen === null ? null : (
        <ul className="field-checks" tabIndex={0} aria-label="Groups that it concerns">
          {offered.map((group) => (
            <li key={group}>
              <label>
                <input type="checkbox" checked={chosen.includes(group)} onChange={(event) => flip(group, event.target.checked)} /> {group}
              </label>
            </li>
          ))}
        </ul>
      )}
      {problem ? <p className="field-problem">{problem}</p> : null}
    </fieldset>
  );
}

function load(intensity: string): string {
  const value = Number(intensity);
  return intensity.trim() !== "" && value >= 0 ? `${Math.round((1 + value) * 100) / 100} times the ordinary load` : "1 means twice the ordinary load";
}

export function zones(): string[] {
  return typeof Intl.supportedValuesOf === "function" ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC"];
}
