/** One answer of the API, fetched when it is first needed, and again when its key changes or someone asks. */

import { useCallback, useEffect, useState } from "react";

import { ApiError, get } from "../http";

export interface Fetched<T> {
  /** Of this path, or null. */
  answer: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

/** `path` null asks for nothing. What was there stays while it is fetched again. */
export function useAnswer<T>(path: string | null, key: string | number = 0): Fetched<T> {
  const [state, setState] = useState<{ path: string | null; answer: T | null; error: ApiError | null; loading: boolean }>({ path: null, answer: null, error: null, loading: true });
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    setState((before) => ({ path, answer: before.path === path ? before.answer : null, error: before.path === path ? before.error : null, loading: true }));
    get<T>(path, abort.signal).then(
      (answer) => {
        if (!abort.signal.aborted) setState({ path, answer, error: null, loading: false });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const told = error instanceof ApiError ? error : new ApiError("The API answered something that cannot be read.", 0);
        setState((before) => ({ ...before, error: told, loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, key, asked]);

  const reload = useCallback(() => setAsked((count) => count + 1), []);
  const own = state.path === path;
  return { answer: own ? state.answer : null, error: own ? state.error : null, loading: !own || state.loading, reload };
}
