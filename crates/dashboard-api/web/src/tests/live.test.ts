import { expect, it } from "vitest";

import { groupFromPath, pathOfGroup } from "../address";
import { detailKey } from "../live/detail";
import { refreshFromAddress, retrySeconds, selectGroup } from "../live/schedule";
import { GROUP, NOW, at } from "./example";

it("details are fetched again when there is something new, and not otherwise", () => {
  const key = detailKey(GROUP, 24, NOW);
  expect(detailKey({ ...GROUP }, 24, "2026-11-24T12:06:30Z")).toBe(key);
  expect(detailKey({ ...GROUP, newest_observation: at(5) }, 24, NOW)).not.toBe(key);
  expect(detailKey(GROUP, 168, NOW)).not.toBe(key);
  expect(detailKey({ ...GROUP, id: "api" }, 24, NOW)).not.toBe(key);
  expect(detailKey(GROUP, 24, "2026-11-24T12:10:00Z")).not.toBe(key);
  const decided = { tick: NOW, at: NOW, action: "hold", before: 6, desired: 6, sentence: "", outcome: { kind: "unchanged" } } as const;
  expect(detailKey({ ...GROUP, decision: decided }, 24, NOW)).not.toBe(key);
});

it("failures in a row wait longer, within bounds, and never less than asked for", () => {
  expect([0, 1, 2, 3, 50].map((failures) => retrySeconds(1, failures))).toEqual([1, 2, 4, 8, 30]);
  expect(retrySeconds(60, 3)).toBe(60);
});

it("the wanted group, or the first, or none", () => {
  const groups = [GROUP, { ...GROUP, id: "api" }];
  expect(selectGroup(groups, "api")?.id).toBe("api");
  expect(selectGroup(groups, "gone")?.id).toBe("web");
  expect(selectGroup(groups, null)?.id).toBe("web");
  expect(selectGroup([], "web")).toBeNull();
});

it("the address may set the refresh", () => {
  expect(refreshFromAddress("?refresh=5")).toBe(5);
  expect(refreshFromAddress("?refresh=0.01")).toBe(0.25);
  for (const bad of ["", "?refresh=", "?refresh=fast", "?refresh=-1", "?refresh=0", "?refresh=Infinity"]) expect(refreshFromAddress(bad)).toBeNull();
});

it("the address names the group, whatever its letters", () => {
  expect(groupFromPath(pathOfGroup("web_1"))).toBe("web_1");
  expect(groupFromPath("/groups/web/")).toBe("web");
  for (const path of ["/", "/groups", "/groups/a/b", "/groups/%E0%A4%A"]) expect(groupFromPath(path)).toBeNull();
});
