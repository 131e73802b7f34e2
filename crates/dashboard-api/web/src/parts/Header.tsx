/** The head of the page: name, views, freshness, time zone, theme, who is asking. */

import type { Route } from "../address";
import { type Zone, dayAndTime, duration, zoneName } from "../format";
import type { Live } from "../live/useLive";
import { Link } from "../navigate";
import type { Theme } from "../theme";
import { ZONE_CHOICES, type ZoneChoice } from "../zone";
import { Icon } from "./Icon";

interface Props {
  live: Live;
  route: Route;
  zone: Zone;
  zoneChoice: ZoneChoice;
  onZoneChoice: (choice: ZoneChoice) => void;
  calendarZone: Zone | null;
  theme: Theme;
  onTheme: (theme: Theme) => void;
  onSignOut: () => void;
}

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const THEME_ICON = { auto: "auto", light: "sun", dark: "moon" } as const;
const THEME_TEXT: Record<Theme, string> = { auto: "as the system", light: "light", dark: "dark" };

export function Header({ live, route, zone, zoneChoice, onZoneChoice, calendarZone, theme, onTheme, onSignOut }: Props) {
  return (
    <header className="head">
      <Link className="brand" href="/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>Headroom</span>
      </Link>
      <nav className="views" aria-label="Views">
        <Link href="/" aria-current={route.view === "fleet" ? "page" : undefined}>
          Fleet
        </Link>
        <Link href="/calendar" aria-current={route.view === "calendar" ? "page" : undefined}>
          Calendar
        </Link>
        {live.session?.role === "admin" ? (
          <Link href="/audit" aria-current={route.view === "audit" ? "page" : undefined}>
            Audit
          </Link>
        ) : null}
        <a href="/api/docs">API</a>
      </nav>
      <Freshness live={live} zone={zone} />
      <div className="head-tools">
        <select className="tool-select" aria-label="Time zone" value={zoneChoice === "calendar" && calendarZone === null ? "browser" : zoneChoice} onChange={(change) => onZoneChoice(change.target.value as ZoneChoice)}>
          {ZONE_CHOICES.filter((choice) => choice !== "calendar" || calendarZone !== null).map((choice) => (
            <option key={choice} value={choice}>
              {zoneText(choice, calendarZone)}
            </option>
          ))}
        </select>
        <button type="button" className="tool" onClick={() => onTheme(NEXT[theme])} aria-label={`Colours: ${THEME_TEXT[theme]}. Change to ${THEME_TEXT[NEXT[theme]]}.`} title={`Colours: ${THEME_TEXT[theme]}`}>
          <Icon name={THEME_ICON[theme]} />
        </button>
        <Who live={live} onSignOut={onSignOut} />
      </div>
    </header>
  );
}

function zoneText(choice: ZoneChoice, calendarZone: Zone | null): string {
  if (choice === "utc") return "UTC";
  if (choice === "calendar") return `Calendar: ${shortName(calendarZone ?? "")}`;
  const browserZone = zoneName("browser");
  return browserZone === "UTC" ? "Local" : `Local: ${shortName(browserZone)}`;
}

function shortName(zone: string): string {
  return zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
}

/** Access that ends in less than this is told of beforehand. */
const ENDS_SOON_SECONDS = 600;

function Who({ live: { auth, session }, onSignOut }: { live: Live; onSignOut: () => void }) {
  if (session === null) return null;
  const left = session.expires_at ? (Date.parse(session.expires_at) - Date.now()) / 1000 : null;
  return (
    <div className="who">
      <p title={`${session.subject}, role ${session.role}`}>
        <span className="who-name">{session.subject}</span>
        <span className="quiet who-role">
          {session.role}
          {left !== null && left > 0 && left < ENDS_SOON_SECONDS ? `, access ends in ${duration(left)}` : ""}
        </span>
      </p>
      {auth?.kind === "gateway" ? null : (
        <button type="button" className="button-plain" onClick={onSignOut} aria-label="Sign out" title="Sign out: forgets the token of this tab">
          <Icon name="out" />
        </button>
      )}
    </div>
  );
}

function Freshness({ live, zone }: { live: Live; zone: Zone }) {
  if (live.groups === null) return <p className="freshness">{live.trouble ? "Not connected" : "Connecting …"}</p>;
  return (
    <p className={live.trouble ? "freshness freshness-away" : "freshness"}>
      <span className="dot" aria-hidden="true" />
      {live.trouble ? "Last seen " : "Live "}
      <time className="tick" dateTime={live.groups.now}>
        {dayAndTime(live.groups.now, zone)}
      </time>
    </p>
  );
}
