/** The fleet at a glance: its figures, and a card a group, the gravest first. */

import { useRef, useState } from "react";

import type { Groups } from "../api";
import type { Zone } from "../format";
import { FleetControls } from "../operate/FleetControls";
import { FleetFigures } from "./FleetFigures";
import { FleetTrend } from "./FleetTrend";
import { FilterBar } from "./FilterBar";
import { GroupCard } from "./GroupCard";
import { type Filter, EVERYTHING, filterOf, inOrderOf, matches, ordered, searchWith } from "./order";

interface Props {
  groups: Groups;
  zone: Zone;
  away: boolean;
}

export function FleetView({ groups: { groups, now, fleet }, zone, away }: Props) {
  const [filter, setFilter] = useState(() => filterOf(location.search));
  const list = useRef<HTMLUListElement>(null);
  const order = useRef<{ filter: Filter; ids: string[] }>({ filter, ids: [] });

  const choose = (chosen: Filter) => {
    setFilter(chosen);
    history.replaceState(history.state, "", location.pathname + searchWith(location.search, chosen));
  };

  let shown = ordered(groups.filter((group) => matches(group, filter)), filter);
  if (order.current.filter === filter && isUsed(list.current)) shown = inOrderOf(order.current.ids, shown);
  order.current = { filter, ids: shown.map(({ id }) => id) };

  return (
    <>
      <h1 className="unseen">Fleet</h1>
      <div className="fleet-top">
        <FleetFigures groups={groups} filter={filter} onFilter={choose} away={away} />
        <FleetTrend now={now} zone={zone} />
      </div>
      {groups.length === 0 ? (
        <section className="panel fleet-empty">
          <h2>The fleet has no groups</h2>
          <p>
            Add one to <code>fleet.toml</code>; <code>headroom doctor</code> says whether it is complete. It appears here after the next refresh.
          </p>
        </section>
      ) : (
        <section aria-labelledby="groups-title">
          <h2 id="groups-title" className="unseen">
            Groups
          </h2>
          <FilterBar filter={filter} onFilter={choose} shown={shown.length} total={groups.length}>
            <FleetControls fleet={fleet} />
          </FilterBar>
          {shown.length === 0 ? (
            <p className="blank">
              No group fits.{" "}
              <button type="button" className="button" onClick={() => choose({ ...EVERYTHING, sort: filter.sort })}>
                Show all {groups.length}
              </button>
            </p>
          ) : null}
          <ul className="fleet-cards" ref={list}>
            {shown.map((group) => (
              <GroupCard key={group.id} group={group} now={now} zone={zone} away={away} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Whether someone points at the list, or has the keyboard in it. */
function isUsed(list: HTMLElement | null): boolean {
  return list !== null && (list.matches(":hover") || list.contains(document.activeElement));
}
