/** A list of which the newest page comes with every refresh, and older pages when someone asks for them. */

import { useEffect, useState } from "react";

import { ApiError, get } from "../http";

interface Page<T> {
  items: T[];
  next: string | null;
}

export interface More<T> {
  items: T[];
  /** Null where there are no older ones. */
  more: (() => void) | null;
  loading: boolean;
  error: ApiError | null;
}

/** `older` fetches the page after a cursor; `keyOf` tells items apart. */
export function useMore<T>(newest: Page<T>, older: (cursor: string) => Promise<Page<T>>, keyOf: (item: T) => string): More<T> {
  const [loaded, setLoaded] = useState<Page<T> | null>(null);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const next = loaded ? loaded.next : newest.next;

  // What falls off the newest page later is kept, so that no hole opens above the older ones.
  useEffect(() => {
    setLoaded((before) => (before ? { ...before, items: joined(newest.items, before.items, keyOf) } : null));
  }, [newest.items]);

  const more = () => {
    if (next === null || loading) return;
    setLoading(true);
    setError(null);
    older(next).then(
      (page) => {
        setLoaded((before) => ({ items: joined(before?.items ?? newest.items, page.items, keyOf), next: page.next }));
        setLoading(false);
      },
      (cause: unknown) => {
        setError(cause instanceof ApiError ? cause : new ApiError("The API answered something that cannot be read.", 0));
        setLoading(false);
      },
    );
  };
  return { items: loaded ? joined(newest.items, loaded.items, keyOf) : newest.items, more: next === null ? null : more, loading, error };
}

/** `first`, then what of `then` is not among it. */
export function joined<T>(first: T[], then: T[], keyOf: (item: T) => string): T[] {
  const known = new Set(first.map(keyOf));
  return [...first, ...then.filter((item) => !known.has(keyOf(item)))];
}

/** Fetches `path` and takes a page out of the answer. */
export async function pageOf<A, T>(path: string, take: (answer: A) => Page<T>): Promise<Page<T>> {
  return take(await get<A>(path));
}
