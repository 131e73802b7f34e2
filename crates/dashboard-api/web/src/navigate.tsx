/** Going from view to view without loading the page anew. */

import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";

import { type Route, routeOf } from "./address";

/** What of the address outlives a change of view. */
const CARRIED = ["refresh"];

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

let last: { path: string; route: Route } | null = null;

function current(): Route {
  if (last?.path !== location.pathname) last = { path: location.pathname, route: routeOf(location.pathname) };
  return last.route;
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, current);
}

export function navigate(path: string): void {
  history.pushState(null, "", path + carried(location.search));
  window.scrollTo(0, 0);
  for (const listener of listeners) listener();
}

function carried(search: string): string {
  const from = new URLSearchParams(search);
  const to = new URLSearchParams();
  for (const name of CARRIED) {
    const value = from.get(name);
    if (value !== null) to.set(name, value);
  }
  const text = to.toString();
  return text ? `?${text}` : "";
}

/** A link within the page; with a modifier key it is the browser's own. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const click = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={click} {...rest} />;
}
