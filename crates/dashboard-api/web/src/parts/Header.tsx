/** The head of the page: name, freshness, time zone, theme. */

import type { Theme } from "../theme";
import { type Zone, dayAndTime, zoneName } from "../format";
import type { Live } from "../live/useLive";
import { Choice } from "./Choice";
import { Icon } from "./Icon";

interface Props {
  live: Live;
  zone: Zone;
  onZone: (zone: Zone) => void;
  theme: Theme;
  onTheme: (theme: Theme) => void;
}

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const THEME_ICON = { auto: "auto", light: "sun", dark: "moon" } as const;
const THEME_TEXT: Record<Theme, string> = { auto: "as the system", light: "light", dark: "dark" };

export function Header({ live, zone, onZone, theme, onTheme }: Props) {
  const browserZone = zoneName("browser");
  return (
    <header className="head">
      <a className="brand" href="/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>Headroom</span>
      </a>
      <Freshness live={live} zone={zone} />
      <div className="head-tools">
        <Choice
          label="Time zone"
          options={[
            { value: "browser", text: browserZone === "UTC" ? "Local" : shortName(browserZone) },
            { value: "utc", text: "UTC" },
          ]}
          value={zone}
          onChange={onZone}
        />
        <button type="button" className="tool" onClick={() => onTheme(NEXT[theme])} aria-label={`Colours: ${THEME_TEXT[theme]}. Change to ${THEME_TEXT[NEXT[theme]]}.`} title={`Colours: ${THEME_TEXT[theme]}`}>
          <Icon name={THEME_ICON[theme]} />
        </button>
      </div>
    </header>
  );
}

function shortName(zone: string): string {
  return zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
}

function Freshness({ live, zone }: { live: Live; zone: Zone }) {
  if (live.groups === null) return <p className="freshness">{live.failure ? "Not connected" : "Connecting …"}</p>;
  return (
    <p className={live.failure ? "freshness freshness-away" : "freshness"}>
      <span className="dot" aria-hidden="true" />
      {live.failure ? "Last seen " : "Live "}
      <time className="tick" dateTime={live.groups.now}>
        {dayAndTime(live.groups.now, zone)}
      </time>
    </p>
  );
}
