/** The group that the page's address names: `/groups/web`. */

export function groupFromPath(path: string): string | null {
  const match = /^\/groups\/([^/]+)\/?$/.exec(path);
  try {
    return match?.[1] ? decodeURIComponent(match[1]) : null;
  } catch {
    return null;
  }
}

export function pathOfGroup(group: string): string {
  return `/groups/${encodeURIComponent(group)}`;
}
