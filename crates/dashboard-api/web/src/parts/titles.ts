/** What each view is called in the browser's tab. */

import type { Route } from "../address";

export function titleOf(route: Route): string {
  return `${nameOf(route)}Headroom`;
}

function nameOf(route: Route): string {
  switch (route.view) {
    case "group":
      return `${route.group} · `;
    case "backtest":
      return `Backtest of ${route.group} · `;
    case "calendar":
      return "Calendar · ";
    case "audit":
      return "Audit · ";
    case "fleet":
    case "unknown":
      return "";
  }
}
