/** Asks the API: with the caller's token, and with what is known already, so that the same answer is not sent twice. */

import { token } from "./access/token";

/** A problem document (RFC 9457), or what stands for it where the API did not answer at all. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** Null where nothing answered. */
    readonly status: number | null,
    readonly cure: string | null = null,
    /** What of the request was wrong. */
    readonly field: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

export interface Request {
  method?: "GET" | "PUT" | "POST" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer<T> {
  body: T;
  etag: string | null;
}

const TIMEOUT_MS = 15_000;

/** So many answers are kept to be compared by their tags. */
const KEPT_MAX = 48;

const kept = new Map<string, Answer<unknown>>();

/** Forgets every answer, for the next caller may be someone else. */
export function forgetAnswers(): void {
  kept.clear();
}

/** Fetches one answer. Where nothing has changed it is the very same object as the last time. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask<T>(path, signal ? { signal } : {})).body;
}

/** The same, but null where there is no such thing yet. */
export async function getIfThere<T>(path: string, signal?: AbortSignal): Promise<T | null> {
  try {
    return await get<T>(path, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Fetches or writes; no answer within `TIMEOUT_MS` counts as none. */
export async function ask<T>(path: string, { method = "GET", body, headers = {}, signal }: Request): Promise<Answer<T>> {
  const known = method === "GET" ? kept.get(path) : undefined;
  const bearer = token();
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  const response = await fetch(path, {
    method,
    headers: {
      accept: "application/json",
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(known?.etag ? { "if-none-match": known.etag } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any(limits),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError("The API does not answer.", null);
  });
  if (response.status === 304 && known) return known as Answer<T>;
  if (!response.ok) throw await problem(response);
  const answer: Answer<T> = { body: response.status === 204 ? (null as T) : ((await response.json()) as T), etag: response.headers.get("etag") };
  if (method === "GET") keep(path, answer);
  return answer;
}

function keep(path: string, answer: Answer<unknown>): void {
  kept.delete(path);
  if (answer.etag === null) return;
  kept.set(path, answer);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_MAX && !oldest.done) kept.delete(oldest.value);
}

async function problem(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: string; cure?: string; field?: string };
  const wait = Number(response.headers.get("retry-after"));
  return new ApiError(
    body.detail ?? `The API answered ${response.status}.`,
    response.status,
    body.cure ?? null,
    body.field ?? null,
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** The path of `route` of `group`, for example `groupPath("web", "history?hours=24")`. */
export function groupPath(group: string, route: string): string {
  return `/api/groups/${encodeURIComponent(group)}/${route}`;
}
