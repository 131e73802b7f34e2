/** Small drawings. They decorate: the words beside them say the same. */

export type IconName = "ok" | "warning" | "bad" | "stale" | "unknown" | "up" | "down" | "hold" | "sun" | "moon" | "auto" | "event" | "away" | "key" | "close" | "plus" | "out";

const PATHS: Record<IconName, string> = {
  ok: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM7.8 12.3l2.9 2.9 5.6-6",
  warning: "M12 3.6 2.6 20h18.8L12 3.6ZM12 10v4.6M12 17.2v.2",
  bad: "M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2L8.2 3ZM12 7.5v5.6M12 16.2v.2",
  stale: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5.2l3.4 2.2",
  unknown: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9.4 9.6a2.7 2.7 0 1 1 3.9 2.4c-.9.5-1.3 1-1.3 2M12 16.8v.2",
  up: "M12 19V6M6 11.5 12 5.5l6 6",
  down: "M12 5v13M6 12.5l6 6 6-6",
  hold: "M5 12h14",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.2A8.5 8.5 0 0 1 9.8 4 8.5 8.5 0 1 0 20 14.2Z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 3v18M12 7h6.5M12 11h8.8M12 15h8.2",
  event: "M4 6.5h16V20H4V6.5ZM4 10.5h16M8 4v4M16 4v4",
  key: "M8 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 12h9M17 12v4M20.5 12v3",
  close: "M6 6l12 12M18 6 6 18",
  out: "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
  plus: "M12 5v14M5 12h14",
  away: "M3 3l18 18M8.6 15.6a5 5 0 0 1 6.8 0M5.2 12.2a9.6 9.6 0 0 1 4-2.3M14.6 9.9a9.6 9.6 0 0 1 4.2 2.3M12 19v.2",
};

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
