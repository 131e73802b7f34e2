/** Keeps the answers of the API fresh. What was seen last stays where a fetch fails. */

import { useCallback, useEffect, useRef, useState } from "react";

import { enter } from "../access/enter";
import { token } from "../access/token";
import { type Trouble, trouble, wantsSignIn, withoutToken } from "../access/trouble";
import type { Auth, Groups, Session } from "../api";
import { ApiError, forgetAnswers, get } from "../http";
import { type Detail, detailKey, fetchDetail } from "./detail";
import { retrySeconds, selectGroup } from "./schedule";

export interface LiveTrouble extends Trouble {
  /** When it began, by the browser's clock. */
  since: number;
}

export interface Seen {
  auth: Auth | null;
  session: Session | null;
  groups: Groups | null;
  detail: Detail | null;
  trouble: LiveTrouble | null;
}

export interface Live extends Seen {
  /** Asks again at once: after something was done, or someone signed in. */
  refresh: () => void;
}

interface Who {
  auth: Auth | null;
  session: Session | null;
  /** The token that the session is of. */
  token: string | null;
}

const NOTHING: Seen = { auth: null, session: null, groups: null, detail: null, trouble: null };

/** Before the server has said how often. */
const REFRESH_SECONDS_FIRST = 5;

/** `wantedGroup` null means details of none; `refreshSeconds` null means what the server says. */
export function useLive(wantedGroup: string | null, hours: number, refreshSeconds: number | null): Live {
  const [seen, setSeen] = useState<Seen>(NOTHING);
  const again = useRef<() => void>(() => {});
  const who = useRef<Who>({ auth: null, session: null, token: null });

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let key: string | null = null;
    let failures = 0;
    let seconds = refreshSeconds ?? REFRESH_SECONDS_FIRST;
    /** Of two that run at the same time only the later one counts. */
    let newest = 0;

    const fetchAll = async () => {
      newest += 1;
      const own = newest;
      const known = who.current;
      known.auth ??= await get<Auth>("/api/auth", abort.signal);
      if (!(await enter(known.auth))) throw withoutToken(known.auth);
      // With another token the page may be someone else's.
      if (known.token !== token()) {
        known.token = token();
        known.session = null;
        forgetAnswers();
      }
      known.session ??= await get<Session>("/api/session", abort.signal);
      const groups = await get<Groups>("/api/groups", abort.signal);
      seconds = refreshSeconds ?? groups.refresh_seconds;
      const group = selectGroup(groups.groups, wantedGroup);
      const wantedKey = group ? detailKey(group, hours, groups.now) : null;
      const fresh = group && wantedKey !== key ? await fetchDetail(group, hours, groups.now, abort.signal) : null;
      if (own !== newest) return;
      key = wantedKey;
      const { auth, session } = known;
      setSeen((before) => ({ auth, session, groups, detail: fresh ?? (group ? before.detail : null), trouble: null }));
    };

    const tick = async () => {
      window.clearTimeout(timer);
      let wait: number | null = null;
      try {
        // A page that nobody sees asks for nothing; it catches up when it is looked at again.
        if (document.hidden) return;
        await fetchAll();
        failures = 0;
      } catch (error) {
        if (abort.signal.aborted) return;
        failures += 1;
        key = null;
        who.current.session = null;
        const { auth } = who.current;
        const found = isTrouble(error) ? error : trouble(error, auth);
        setSeen((before) => ({ ...before, auth, trouble: { ...found, since: before.trouble?.since ?? Date.now() } }));
        // Nothing changes until someone signs in, which asks again.
        if (wantsSignIn(found)) return;
        wait = found.retryAfterSeconds;
      }
      window.clearTimeout(timer);
      if (!abort.signal.aborted) timer = window.setTimeout(tick, retrySeconds(seconds, failures, wait) * 1000);
    };

    const look = () => {
      if (!document.hidden) void tick();
      else window.clearTimeout(timer);
    };
    again.current = () => void tick();
    document.addEventListener("visibilitychange", look);
    void tick();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [wantedGroup, hours, refreshSeconds]);

  const refresh = useCallback(() => again.current(), []);
  return { ...seen, refresh };
}

function isTrouble(error: unknown): error is Trouble {
  return typeof error === "object" && error !== null && !(error instanceof ApiError) && "kind" in error && "cure" in error;
}
