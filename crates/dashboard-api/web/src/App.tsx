/** The page: which view, how far back, in which zone and colours; everything else is in its parts. */

import { Suspense, lazy, useEffect, useRef } from "react";

import { SignIn } from "./access/SignIn";
import { keepToken, takeToken } from "./access/token";
import { wantsSignIn } from "./access/trouble";
import { groupOf } from "./address";
import { FleetView } from "./fleet/FleetView";
import { HOURS } from "./hours";
import { forgetAnswers } from "./http";
import { refreshFromAddress, selectGroup } from "./live/schedule";
import { useLive } from "./live/useLive";
import { Link, useRoute } from "./navigate";
import { Operating } from "./operate/Operate";
import { StopBanner } from "./operate/StopBanner";
import { Banner } from "./parts/Banner";
import { GroupSwitch } from "./parts/GroupSwitch";
import { Header } from "./parts/Header";
import { Unbroken } from "./parts/Unbroken";
import { titleOf } from "./parts/titles";
import { useSetting } from "./settings";
import { useTheme } from "./theme";
import { useZone } from "./zone";

// Each in its own file: whoever looks at the fleet alone does not load the charts.
const GroupView = lazy(() => import("./views/group"));
const CalendarView = lazy(() => import("./views/calendar"));
const BacktestView = lazy(() => import("./views/backtest"));
const AuditView = lazy(() => import("./views/audit"));

export function App() {
  const route = useRoute();
  const wanted = groupOf(route);
  const [hours, setHours] = useSetting("hours", HOURS, "24");
  const { theme, setTheme, dark } = useTheme();
  const live = useLive(route.view === "group" ? wanted : null, Number(hours), refreshFromAddress(location.search));
  const { auth, session, groups, detail, trouble, refresh } = live;
  const { zone, choice: zoneChoice, setChoice: setZoneChoice, calendarZone } = useZone(session !== null);
  const main = useRef<HTMLElement>(null);

  // A link with a new token, opened in the tab that shows the page, changes the fragment alone.
  useEffect(() => {
    const changed = () => {
      if (takeToken()) refresh();
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, [refresh]);

  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);

  // Who uses a keyboard or a screen reader goes on where the new view starts; not so when the page has just been opened.
  const opened = useRef(route);
  useEffect(() => {
    if (opened.current !== route) main.current?.focus({ preventScroll: true });
    opened.current = route;
  }, [route]);

  const signOut = () => {
    keepToken(null);
    forgetAnswers();
    location.assign("/");
  };

  const group = selectGroup(groups?.groups ?? [], wanted);
  const away = trouble !== null;
  const view = () => {
    if (groups === null) return <p className="blank">{trouble ? "" : "Loading …"}</p>;
    if (route.view === "fleet") return <FleetView groups={groups} zone={zone} away={away} />;
    if (route.view === "calendar") return <CalendarView zone={zone} groups={groups.groups} />;
    if (route.view === "audit") return <AuditView zone={zone} />;
    if (route.view === "unknown") return <Missing text="There is no such page." />;
    if (!group) return <Missing text={`The fleet has no group ${wanted}.`} />;
    if (route.view === "backtest") return <BacktestView group={group} zone={zone} dark={dark} />;
    return <GroupView group={group} detail={detail} hours={hours} onHours={setHours} zone={zone} dark={dark} away={away} now={groups.now} />;
  };

  return (
    <Operating session={session} onDone={refresh}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header live={live} route={route} zone={zone} zoneChoice={zoneChoice} onZoneChoice={setZoneChoice} calendarZone={calendarZone} theme={theme} onTheme={setTheme} onSignOut={signOut} />
      {trouble && wantsSignIn(trouble) ? <SignIn auth={auth} trouble={trouble} hasData={groups !== null} onSignedIn={refresh} /> : <Banner trouble={trouble} hasData={groups !== null} />}
      {groups ? <StopBanner fleet={groups.fleet} group={group} zone={zone} /> : null}
      {group && groups ? <GroupSwitch groups={groups.groups} shown={group} view={route.view} away={away} zone={zone} /> : null}
      <main id="main" ref={main} tabIndex={-1}>
        <Unbroken key={location.pathname}>
          <Suspense fallback={<p className="blank">Loading …</p>}>{view()}</Suspense>
        </Unbroken>
      </main>
    </Operating>
  );
}

function Missing({ text }: { text: string }) {
  return (
    <div className="blank">
      <h1 className="blank-title">{text}</h1>
      <p>
        <Link href="/">To the fleet</Link>
      </p>
    </div>
  );
}
