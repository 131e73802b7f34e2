/** Asks for older entries of a list. */

import type { More } from "../live/useMore";
import { Problem } from "../operate/ActionDialog";

export function MoreButton<T>({ list: { more, loading, error }, text }: { list: More<T>; text: string }) {
  if (more === null && error === null) return null;
  return (
    <div className="more">
      <Problem error={error} />
      {more ? (
        <button type="button" className="button" onClick={more} disabled={loading}>
          {loading ? "Loading …" : text}
        </button>
      ) : null}
    </div>
  );
}
