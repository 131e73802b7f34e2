/** Keeps the answers of the API fresh. What was seen last stays where a fetch fails. */

import { useEffect, useState } from "react";

import { ApiError, type Groups, type Health, get } from "../api";
import { type Detail, detailKey, fetchDetail } from "./detail";
import { retrySeconds, selectGroup } from "./schedule";

export interface Failure {
  message: string;
  cure: string | null;
  /** When it began, by the browser's clock. */
  since: number;
}

export interface Live {
  health: Health | null;
  groups: Groups | null;
  detail: Detail | null;
  failure: Failure | null;
}

const NOTHING: Live = { health: null, groups: null, detail: null, failure: null };

/** `wantedGroup` null means the first one; `refreshSeconds` null means what the server says. */
export function useLive(wantedGroup: string | null, hours: number, refreshSeconds: number | null): Live {
  const [live, setLive] = useState<Live>(NOTHING);

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let health: Health | null = null;
    let seen: string | null = null;
    let failures = 0;

    const refresh = async () => {
      health ??= await get<Health>("/api/health", abort.signal);
      const groups = await get<Groups>("/api/groups", abort.signal);
      const group = selectGroup(groups.groups, wantedGroup);
      const key = group ? detailKey(group, hours, groups.now) : null;
      const fresh = group && key !== seen ? await fetchDetail(group, hours, groups.now, abort.signal) : null;
      seen = key;
      const answered = health;
      setLive((before) => ({ health: answered, groups, detail: fresh ?? (group ? before.detail : null), failure: null }));
    };

    const tick = async () => {
      try {
        // A page that nobody sees asks for nothing; it catches up when it is looked at again.
        if (!document.hidden) {
          await refresh();
          failures = 0;
        }
      } catch (error) {
        if (abort.signal.aborted) return;
        failures += 1;
        health = null;
        seen = null;
        setLive((before) => ({ ...before, failure: failureOf(error, before.failure) }));
      }
      const seconds = refreshSeconds ?? health?.refresh_seconds ?? 5;
      timer = window.setTimeout(tick, retrySeconds(seconds, failures) * 1000);
    };

    const look = () => {
      if (document.hidden) return;
      window.clearTimeout(timer);
      void tick();
    };
    document.addEventListener("visibilitychange", look);
    void tick();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [wantedGroup, hours, refreshSeconds]);

  return live;
}

function failureOf(error: unknown, before: Failure | null): Failure {
  const known = error instanceof ApiError ? error : null;
  return {
    message: known?.message ?? "The API answered something that cannot be read.",
    cure: known?.cure ?? null,
    since: before?.since ?? Date.now(),
  };
}
