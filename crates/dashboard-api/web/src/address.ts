/** The views by their addresses. */

export type Route =
  | { view: "fleet" }
  | { view: "group"; group: string }
  | { view: "backtest"; group: string }
  | { view: "calendar" }
  | { view: "audit" }
  | { view: "unknown" };

export function routeOf(path: string): Route {
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [first, second, third, ...more] = parts;
  if (parts.includes(null) || more.length > 0) return { view: "unknown" };
  if (first === undefined) return { view: "fleet" };
  if (first === "groups" && second === undefined) return { view: "fleet" };
  if (first === "groups" && second && third === undefined) return { view: "group", group: second };
  if (first === "groups" && second && third === "backtest") return { view: "backtest", group: second };
  if (second === undefined && (first === "calendar" || first === "audit")) return { view: first };
  return { view: "unknown" };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The group that a view is about. */
export function groupOf(route: Route): string | null {
  return "group" in route ? route.group : null;
}

export function pathOfGroup(group: string): string {
  return `/groups/${encodeURIComponent(group)}`;
}

export function pathOfBacktest(group: string): string {
  return `${pathOfGroup(group)}/backtest`;
}
