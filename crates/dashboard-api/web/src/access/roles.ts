/** What the caller's role allows. */

import type { Role, Session } from "../api";

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

export interface Permission {
  allowed: boolean;
  /** Why not, where it is not. */
  why: string;
}

export function may(session: Session | null, needed: Role): Permission {
  if (session === null) return { allowed: false, why: "It is not known yet who you are." };
  const allowed = RANK[session.role] >= RANK[needed];
  return { allowed, why: allowed ? "" : `This needs the role ${needed}; yours is ${session.role}.` };
}
