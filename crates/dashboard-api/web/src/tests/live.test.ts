import { expect, it } from "vitest";

import { groupOf, pathOfBacktest, pathOfGroup, routeOf } from "../address";
import { detailKey } from "../live/detail";
import { refreshFromAddress, retrySeconds, selectGroup } from "../live/schedule";
import { joined } from "../live/useMore";
import { GROUP, NOW, at } from "./example";

it("details are fetched again when there is something new, and not otherwise", () => {
  const key = detailKey(GROUP, 24, NOW);
  expect(detailKey({ ...GROUP }, 24, "2026-11-24T12:06:30Z")).toBe(key);
  expect(detailKey({ ...GROUP, newest_observation: at(5) }, 24, NOW)).not.toBe(key);
  expect(detailKey(GROUP, 168, NOW)).not.toBe(key);
  expect(detailKey({ ...GROUP, id: "api" }, 24, NOW)).not.toBe(key);
  expect(detailKey(GROUP, 24, "2026-11-24T12:10:00Z")).not.toBe(key);
  const decided = { tick: NOW, at: NOW, action: "hold", before: 6, required: 6, desired: 6, sentence: "", outcome: { kind: "unchanged" } } as const;
  expect(detailKey({ ...GROUP, decision: decided }, 24, NOW)).not.toBe(key);
});

it("failures in a row wait longer, within bounds, and never less than asked for", () => {
  expect([0, 1, 2, 3, 50].map((failures) => retrySeconds(1, failures))).toEqual([1, 2, 4, 8, 30]);
  expect(retrySeconds(60, 3)).toBe(60);
  expect(retrySeconds(1, 1, 45)).toBe(45);
});

it("the wanted group, or none", () => {
  const groups = [GROUP, { ...GROUP, id: "api" }];
  expect(selectGroup(groups, "api")?.id).toBe("api");
  expect(selectGroup(groups, "gone")).toBeNull();
  expect(selectGroup(groups, null)).toBeNull();
  expect(selectGroup([], "web")).toBeNull();
});

it("the address may set the refresh", () => {
  expect(refreshFromAddress("?refresh=5")).toBe(5);
  expect(refreshFromAddress("?refresh=0.01")).toBe(0.25);
  for (const bad of ["", "?refresh=", "?refresh=fast", "?refresh=-1", "?refresh=0", "?refresh=Infinity"]) expect(refreshFromAddress(bad)).toBeNull();
});

it("each view has its address, whatever the letters of a group", () => {
  for (const id of ["web_1", "a/b", "ä ö", "100%"]) {
    expect(routeOf(pathOfGroup(id))).toEqual({ view: "group", group: id });
    expect(routeOf(pathOfBacktest(id))).toEqual({ view: "backtest", group: id });
  }
  const views = { "/": "fleet", "/groups": "fleet", "/groups/web/": "group", "/calendar": "calendar", "/audit": "audit" };
  for (const [path, view] of Object.entries(views)) expect(routeOf(path).view).toBe(view);
  for (const path of ["/nowhere", "/groups/a/b", "/groups/a/backtest/c", "/calendar/x", "/groups/%E0%A4%A"]) expect(routeOf(path).view).toBe("unknown");
  expect(groupOf(routeOf("/calendar"))).toBeNull();
});

it("a list keeps its older pages while new entries come", () => {
  const key = (item: string) => item;
  expect(joined(["d", "c"], ["c", "b", "a"], key)).toEqual(["d", "c", "b", "a"]);
  expect(joined([], ["a"], key)).toEqual(["a"]);
});
