/** What was done last, seen and read aloud. */

import { useEffect, useRef } from "react";

import { Icon } from "../parts/Icon";

const SHOWN_MS = 12_000;

interface Props {
  said: string;
  /** Changes with each thing said, even if it is the same again. */
  count: number;
  onForget: () => void;
}

export function Said({ said, count, onForget }: Props) {
  const forget = useRef(onForget);
  forget.current = onForget;
  useEffect(() => {
    if (said === "") return;
    const timer = window.setTimeout(() => forget.current(), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [said, count]);
  return (
    <div className="said" role="status" aria-live="polite">
      {said === "" ? null : (
        <p className="said-words">
          <Icon name="ok" />
          <span>{said}</span>
          <button type="button" className="button-plain" onClick={onForget} aria-label="Close this message">
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
