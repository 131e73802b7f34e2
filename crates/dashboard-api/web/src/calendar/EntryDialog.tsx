/** Adds or changes an entry. Where someone else changed the calendar meanwhile, what was typed stays. */

import { type FormEvent, useId, useState } from "react";

import type { Calendar, CalendarEntry } from "../api";
import { ApiError, ask } from "../http";
import { Problem, said } from "../operate/ActionDialog";
import { Dialog } from "../operate/Dialog";
import { useOperate } from "../operate/Operate";
import { putCalendar } from "../operate/calls";
import { EMPTY, type Draft, type Problems, complaintOf, draftOf, entryOf, placeOf, problemsOf } from "./draft";
import { EntryFields } from "./EntryFields";
import { etagOf } from "./etag";

interface Props {
  calendar: Calendar;
  /** Null adds one. */
  original: CalendarEntry | null;
  groups: string[];
  onSaved: () => void;
}

export function EntryDialog({ calendar, original, groups, onSaved }: Props) {
  const { close, done } = useOperate();
  const [draft, setDraft] = useState<Draft>(() => (original ? draftOf(original) : EMPTY));
  const [base, setBase] = useState(calendar);
  const [problems, setProblems] = useState<Problems>({});
  const [error, setError] = useState<ApiError | null>(null);
  const [conflict, setConflict] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const found = problemsOf(draft);
    setProblems(found);
    setError(null);
    const [first] = Object.keys(found);
    if (first) {
      document.getElementById(`${id}-${first}`)?.focus();
      return;
    }
    const entry = entryOf(draft);
    const before = original ? placeOf(original, base.events).index : -1;
    const place = before >= 0 ? before : base.events.length;
    const events = [...base.events.slice(0, place), entry, ...base.events.slice(place + 1)];
    setBusy(true);
    try {
      await putCalendar({ ...base, events }, etagOf(base));
      close();
      onSaved();
      done(original ? `“${entry.name}” is changed.` : `“${entry.name}” is in the calendar.`);
    } catch (cause) {
      fail(cause, place);
      setBusy(false);
    }
  };

  const fail = (cause: unknown, place: number) => {
    const told = cause instanceof ApiError ? cause : new ApiError("That did not work: the answer cannot be read.", 0);
    if (told.status === 412) {
      setConflict(true);
      return;
    }
    const complaint = complaintOf(told.field, told.message, place);
    if (complaint) {
      setProblems({ [complaint.field]: said(complaint.text) });
      document.getElementById(`${id}-${complaint.field}`)?.focus();
    } else setError(told);
  };

  const reload = async () => {
    setBusy(true);
    try {
      const { body } = await ask<Calendar>("/api/calendar", {});
      const place = original ? placeOf(original, body.events) : null;
      setBase(body);
      setConflict(false);
      setNote(reloaded(place));
      onSaved();
    } catch (cause) {
      setConflict(false);
      fail(cause, -1);
    }
    setBusy(false);
  };

  return (
    <Dialog title={original ? `Change “${original.name}”` : "Add an entry"} onClose={close} wide>
      <form className="dialog-form" noValidate onSubmit={(event) => void save(event)}>
        <EntryFields id={id} draft={draft} onDraft={setDraft} problems={problems} groups={groups} timeZone={base.time_zone} />
        <div role="alert">
          {conflict ? (
            <div className="problem">
              <p>
                <strong>Someone changed the calendar meanwhile.</strong> Nothing was saved. Load their version: what you typed here stays, and can be saved then.
              </p>
              <button type="button" className="button" onClick={() => void reload()} disabled={busy}>
                Load their version
              </button>
            </div>
          ) : null}
          {note ? <p className="note">{note}</p> : null}
        </div>
        <Problem error={error} />
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button button-main" disabled={busy || conflict}>
            {busy ? "Working …" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function reloaded(place: { index: number; changed: boolean } | null): string {
  if (place === null) return "Their version is loaded. Save adds your entry to it.";
  if (!place.changed) return "Their version is loaded, and this entry is as it was in it. Save changes it.";
  if (place.index < 0) return "Their version is loaded, and this entry is no longer in it. Save adds it again.";
  return "Their version is loaded, and they changed this entry too. Save replaces theirs.";
}
