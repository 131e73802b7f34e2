import { describe, expect, it } from "vitest";

import { EMPTY, complaintOf, draftOf, entryOf, placeOf, problemsOf } from "../calendar/draft";
import { when } from "../calendar/EntryList";
import { NEVER, repeatOf, repeatWords, ruleOf } from "../calendar/repeat";
import { entry } from "./example";

const TUESDAY = "2026-11-24T09:00";

describe("a rule", () => {
  const simple: [string, string][] = [
    ["FREQ=DAILY", "daily"],
    ["FREQ=DAILY;INTERVAL=3", "daily"],
    ["FREQ=WEEKLY;BYDAY=TU", "weekly"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "weekly"],
    ["FREQ=MONTHLY;UNTIL=20261231T235959Z", "monthly"],
    ["FREQ=YEARLY", "yearly"],
  ];
  it.each(simple)("%s is in the form, and comes out as it went in", (rule, kind) => {
    expect(repeatOf(rule).kind).toBe(kind);
    expect(ruleOf(repeatOf(rule))).toBe(rule);
  });

  it.each(["FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;BYDAY=2TU", "FREQ=DAILY;UNTIL=20261231T120000Z", "FREQ=HOURLY", "nonsense", "FREQ=DAILY;FREQ=WEEKLY"])("%s stays as it is written", (rule) => {
    expect(repeatOf(rule)).toEqual({ ...NEVER, kind: "rule", rule });
    expect(ruleOf(repeatOf(rule))).toBe(rule);
  });

  it("is none where nothing repeats", () => {
    for (const none of [null, undefined, "", " "]) expect(repeatOf(none)).toEqual(NEVER);
    expect(ruleOf(NEVER)).toBeNull();
  });
});

describe("plain words", () => {
  const words: [string, string | null][] = [
    ["", "once"],
    ["FREQ=WEEKLY", "every Tuesday"],
    ["FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"],
    ["FREQ=DAILY;INTERVAL=3", "every 3 days"],
    ["FREQ=MONTHLY", "every month on day 24"],
    ["FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"],
    ["FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and day 15"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"],
    ["FREQ=YEARLY", "every year on 24 November"],
    ["FREQ=YEARLY;BYMONTH=11;BYDAY=4FR", "every year on the fourth Friday in November"],
    ["FREQ=WEEKLY;COUNT=5", "every Tuesday, 5 times"],
    ["RRULE:FREQ=DAILY;UNTIL=20261231T235959Z", "every day, until 31 December 2026"],
    ["FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR", null],
    ["FREQ=MONTHLY;BYDAY=7MO", null],
    ["FREQ=DAILY;INTERVAL=0", null],
    ["nonsense", null],
  ];
  it.each(words)("%s: %s", (rule, text) => {
    expect(repeatWords(rule, TUESDAY)).toBe(text);
  });
});

describe("a draft", () => {
  it("comes out as the entry that went in", () => {
    const written = [entry(), entry({ repeat: "FREQ=MONTHLY;BYDAY=-1FR", groups: ["web"], time_zone: "Europe/Berlin" })];
    for (const one of written) expect(entryOf(draftOf(one))).toEqual(one);
    const { duration_minutes: _, ...ends } = entry({ end: "2026-11-24T10:00" });
    expect(entryOf(draftOf(ends))).toEqual(ends);
  });

  it("is refused for what can be seen here", () => {
    const problems = (change: object) => Object.keys(problemsOf({ ...draftOf(entry()), ...change }));
    expect(problems({})).toEqual([]);
    expect(Object.keys(problemsOf(EMPTY))).toEqual(["name", "start", "end"]);
    expect(problems({ length: "end", end: "2026-11-24T08:00" })).toEqual(["end"]);
    expect(problems({ duration: "0" })).toEqual(["duration_minutes"]);
    expect(problems({ intensity: "-1" })).toEqual(["intensity"]);
    expect(problems({ intensity: "" })).toEqual(["intensity"]);
    expect(problems({ ramp: "1.5", priority: "x" })).toEqual(["ramp_minutes", "priority"]);
    expect(problems({ groups: [] })).toEqual(["groups"]);
    expect(problems({ repeat: { ...NEVER, kind: "rule" } })).toEqual(["repeat"]);
    expect(problems({ repeat: { ...NEVER, kind: "daily", every: "0" } })).toEqual(["repeat"]);
  });

  it("is told wrong at the field that the API names", () => {
    expect(complaintOf("events[3].groups", "event `x`: there is no group `y`", 3)).toEqual({ field: "groups", text: "there is no group `y`" });
    expect(complaintOf("events[3]", "event `kind of`: `repeat` is `SOMETIMES`: write a rule", 3)).toEqual({ field: "repeat", text: "`repeat` is `SOMETIMES`: write a rule" });
    expect(complaintOf("events[3]", "event `x`: has neither `end` nor `duration_minutes`: add one", 3)?.field).toBe("end");
    expect(complaintOf("events[3]", "event `x`: no field is named", 3)).toBeNull();
    expect(complaintOf("events[2]", "event `other`: `repeat` is wrong", 3)).toBeNull();
    for (const other of ["time_zone", "events", null]) expect(complaintOf(other, "`start` is wrong", 3)).toBeNull();
  });
});

it("an entry is found again in another version of the calendar", () => {
  const [first, second] = [entry({ name: "first" }), entry({ name: "second" })];
  expect(placeOf(second, [second, first])).toEqual({ index: 0, changed: false });
  expect(placeOf(second, [first, { ...second, intensity: 3 }])).toEqual({ index: 1, changed: true });
  expect(placeOf(second, [first])).toEqual({ index: -1, changed: true });
});

it("an entry is told as it is written, in its own zone, or in the reader's where it has an offset", () => {
  expect(when(entry({ repeat: "FREQ=WEEKLY;BYDAY=TU" }), "Europe/Berlin", "utc")).toBe("Tue 24 Nov 2026, 09:00 for 1 h 30 min, every Tuesday (Europe/Berlin)");
  expect(when(entry({ start: "2026-11-24T09:00Z", repeat: "FREQ=HOURLY;BYSETPOS=1" }), "UTC", "Asia/Tokyo")).toBe("Tue 24 Nov 2026, 18:00 for 1 h 30 min, by the rule FREQ=HOURLY;BYSETPOS=1 (Asia/Tokyo)");
  expect(when(entry({ start: "soon" }), "UTC", "utc")).toMatch(/^soon for/);
});
