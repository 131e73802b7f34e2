/** Asks before something is done, for the reason where one is needed, and says what went wrong where it did. */

import { type FormEvent, type ReactNode, useId, useState } from "react";

import { ApiError } from "../http";
import { Dialog } from "./Dialog";
import { useOperate } from "./Operate";

interface Props {
  title: string;
  /** What will happen, whole: the reader has nothing left to guess. */
  children: ReactNode;
  confirm: string;
  danger?: boolean;
  /** Whether a reason is wanted, which is written down. */
  needsWhy?: boolean;
  /** Does it, and returns what to tell. */
  act: (why: string) => Promise<string>;
}

export function ActionDialog({ title, children, confirm, danger = false, needsWhy = false, act }: Props) {
  const { close, done } = useOperate();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const told = await act(why.trim());
      close();
      done(told);
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError("That did not work: the answer cannot be read.", 0));
      setBusy(false);
    }
  };

  return (
    <Dialog title={title} onClose={close}>
      <form className="dialog-form" onSubmit={(event) => void submit(event)}>
        {children}
        {needsWhy ? (
          <p className="field">
            <label htmlFor={id}>Reason, for the record</label>
            <input id={id} type="text" required maxLength={200} value={why} aria-invalid={error?.field === "why"} onChange={(change) => setWhy(change.target.value)} />
          </p>
        ) : null}
        <Problem error={error} />
        <div className="dialog-buttons">
          <button type="button" className="button" data-first={danger ? "" : undefined} onClick={close}>
            Cancel
          </button>
          <button type="submit" className={danger ? "button button-danger" : "button button-main"} disabled={busy} data-first={danger ? undefined : ""}>
            {busy ? "Working …" : confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** An error of the API with its cure. */
export function Problem({ error }: { error: ApiError | null }) {
  return (
    <div role="alert">
      {error ? (
        <p className="problem">
          <strong>{said(error.message)}</strong>
          {error.cure ? ` ${said(error.cure)}` : ""}
          {error.status === 401 ? " Sign in again in another tab or after closing this." : ""}
        </p>
      ) : null}
    </div>
  );
}

/** A clause of the API as a sentence: it starts small there, has no full stop, and quotes in backticks. */
export function said(clause: string): string {
  const quoted = clause.replace(/`([^`]*)`/g, "“$1”");
  return `${quoted.charAt(0).toUpperCase()}${quoted.slice(1).replace(/\.$/, "")}.`;
}
