import { describe, expect, it } from "vitest";

import type { Group } from "../api";
import { EVERYTHING, type Filter, filterOf, inOrderOf, matches, ordered, searchWith } from "../fleet/order";
import { totals } from "../fleet/totals";
import { HEIGHT, most, path } from "../fleet/trend";
import { GROUP, at } from "./example";

const day = { day: "2026-11-24", cost: 10, against_static_peak: 4, against_target_tracking: 1 };
const proposal = { tick: at(0), until: at(15), action: "scale_in", before: 6, desired: 4 } as const;

const group = (id: string, change: Partial<Group> = {}): Group => ({ ...GROUP, id, ...change });
const health = (level: Group["health"]["level"]) => ({ health: { level, clauses: [] } });

const FLEET = [
  group("web-10"),
  group("web-2", { ...health("watch"), proposal }),
  group("api", { ...health("alarm"), stopped: "group" }),
  group("batch", { ...health("watch"), mode: "observe", measured: null, savings: { today: day } }),
  group("jobs", { ...health("unknown"), capacity: null, peak: null }),
];

const ids = (groups: Group[]) => groups.map(({ id }) => id);
const filter = (change: Partial<Filter>): Filter => ({ ...EVERYTHING, ...change });

describe("order", () => {
  it("puts the gravest first, and of those alike whoever waits for an operator", () => {
    expect(ids(ordered(FLEET, EVERYTHING))).toEqual(["api", "web-2", "batch", "jobs", "web-10"]);
  });

  it("sorts by a figure, what has none last, and names as people count", () => {
    expect(ids(ordered(FLEET, filter({ sort: "utilization" }))).at(-1)).toBe("batch");
    expect(ids(ordered(FLEET, filter({ sort: "savings" })))[0]).toBe("batch");
    expect(ids(ordered(FLEET, filter({ sort: "name" })))).toEqual(["api", "batch", "jobs", "web-2", "web-10"]);
  });

  it("holds still while someone points at it", () => {
    expect(ids(inOrderOf(["web-10", "gone", "api"], ordered(FLEET, EVERYTHING)))).toEqual(["web-10", "api", "web-2", "batch", "jobs"]);
  });
});

describe("filter", () => {
  const shown = (change: Partial<Filter>) => ids(FLEET.filter((one) => matches(one, filter(change))));

  it("finds words in name, mode and model", () => {
    expect(shown({ text: "web" })).toEqual(["web-10", "web-2"]);
    expect(shown({ text: "OBSERVE" })).toEqual(["batch"]);
    expect(shown({ text: "web observe" })).toEqual([]);
  });

  it("shows by health and by what waits", () => {
    expect(shown({ shown: "watch" })).toEqual(["web-2", "batch"]);
    expect(shown({ shown: "stopped" })).toEqual(["api"]);
    expect(shown({ shown: "awaiting" })).toEqual(["web-2"]);
  });

  it("stands in the address, beside what else is there", () => {
    const wanted = filter({ text: "web & co", shown: "alarm", sort: "name" });
    const search = searchWith("?refresh=1", wanted);
    expect(filterOf(search)).toEqual(wanted);
    expect(search).toContain("refresh=1");
    expect(searchWith(search, EVERYTHING)).toBe("?refresh=1");
    expect(filterOf("?show=nonsense&sort=nonsense")).toEqual(EVERYTHING);
  });
});

it("the fleet in figures; what is not known is not counted as nothing", () => {
  expect(totals(FLEET)).toEqual({
    groups: 5,
    alarms: 1,
    watched: 2,
    stopped: 1,
    awaiting: 1,
    inService: 24,
    peakRequired: 24,
    withForecast: 4,
    saved: { staticPeak: 4, targetTracking: 1, cost: 10, groups: 1 },
  });
  expect(totals([group("web")]).saved).toBeNull();
  expect(totals([]).groups).toBe(0);
});

it("the small chart breaks where nothing is known", () => {
  const row = (minutes: number, in_service: number | null) => ({ timestamp: at(minutes), load: 1, required: 2, in_service, groups: 1 });
  const rows = [row(0, 4), row(30, null), row(60, 2)];
  expect(most(rows)).toBe(4);
  expect(path(rows, ({ in_service }) => in_service, Date.parse(at(0)), Date.parse(at(60)), 4)).toBe(`M0.0 2.0M300.0 ${(HEIGHT / 2).toFixed(1)}`);
  expect(path([], () => 1, 0, 0, 0)).toBe("");
});
