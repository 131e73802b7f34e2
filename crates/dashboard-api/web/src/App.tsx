/** The page: which group, how far back, in which zone and colours; everything else is in its parts. */

import { useEffect, useState } from "react";

import { groupFromPath, pathOfGroup } from "./address";
import type { Zone } from "./format";
import { HOURS } from "./hours";
import { refreshFromAddress, selectGroup } from "./live/schedule";
import { useLive } from "./live/useLive";
import { Banner } from "./parts/Banner";
import { GroupSwitch } from "./parts/GroupSwitch";
import { GroupView } from "./parts/GroupView";
import { Header } from "./parts/Header";
import { useSetting } from "./settings";
import { useTheme } from "./theme";

const ZONES: readonly Zone[] = ["browser", "utc"];

export function App() {
  const [wanted, setWanted] = useState(() => groupFromPath(location.pathname));
  const [hours, setHours] = useSetting("hours", HOURS, "24");
  const [zone, setZone] = useSetting("zone", ZONES, "browser");
  const { theme, setTheme, dark } = useTheme();
  const live = useLive(wanted, Number(hours), refreshFromAddress(location.search));

  useEffect(() => {
    const back = () => setWanted(groupFromPath(location.pathname));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);

  const show = (id: string) => {
    history.pushState(null, "", pathOfGroup(id) + location.search);
    setWanted(id);
  };

  const groups = live.groups?.groups ?? [];
  const group = selectGroup(groups, wanted);
  const away = live.failure !== null;
  useEffect(() => {
    document.title = group ? `${group.id} · Headroom` : "Headroom";
  }, [group?.id]);

  return (
    <>
      <a className="skip" href="#main">
        Skip to the group
      </a>
      <Header live={live} zone={zone} onZone={setZone} theme={theme} onTheme={setTheme} />
      <Banner failure={live.failure} hasData={live.groups !== null} />
      {group ? <GroupSwitch groups={groups} shown={group.id} away={away} onShow={show} /> : null}
      <main id="main">
        {group ? (
          <GroupView group={group} detail={live.detail} hours={hours} onHours={setHours} zone={zone} dark={dark} away={away} />
        ) : (
          <p className="blank">{live.groups ? "The fleet has no groups: add one to fleet.toml." : live.failure ? "" : "Loading …"}</p>
        )}
      </main>
    </>
  );
}
