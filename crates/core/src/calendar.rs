//! The business calendar: sales, launches and holidays that are known beforehand.
//!
//! `{"time_zone": "Europe/Berlin", "events": [...]}`; the legacy form `{"is_sale_active": 1}` is still read and means a
//! sale of intensity 1 (or none) for as long as the file says so.
//!
//! An intensity i announces that the load will be 1 + i times the ordinary one. That is believed until the kind's effect
//! has been seen (see [`crate::uplift`]): so past events are worth keeping in the file.

mod check;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    occurrences::{Occurrence, Timeline, expand},
    recurrence::Recurrence,
};
pub(crate) use check::INTENSITY_MAX;
use check::{check, check_events, shortened, time_zone};

/// Why a calendar cannot be read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Not JSON, or not of the calendar's form.
    #[error("line {line}: {problem}")]
    Malformed {
        /// Line in the file.
        line: usize,
        /// What is wrong, with the cure.
        problem: String,
    },
    /// An event that cannot be.
    #[error("line {line}: event `{name}`: {problem}")]
    Event {
        /// Line on which the event starts.
        line: usize,
        /// The event's name.
        name: String,
        /// What is wrong, with the cure.
        problem: String,
    },
}

/// One entry of the calendar, as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CalendarEntry))]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What people call it.
    pub name: String,
    /// What kind it is: events of one kind are expected to have like effects for their intensity. `event` by default.
    #[serde(default = "default_kind")]
    pub kind: String,
    /// First moment, in the event's or the calendar's time zone unless it has an offset of its own.
    pub start: String,
    /// First moment after the event. Either this or `duration_minutes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Length in minutes. Either this or `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<u32>,
    /// IANA time zone of `start` and `end`; the calendar's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Expected strength: at full strength the load is 1 + intensity times the ordinary one. 1 by default, at most 1000.
    #[serde(default = "one")]
    pub intensity: f64,
    /// Minutes before the start over which the strength climbs, and after the end over which it falls. 0 by default.
    #[serde(default)]
    pub ramp_minutes: u32,
    /// Of events at the same time, the one of highest priority counts. 0 by default.
    #[serde(default)]
    pub priority: i32,
    /// The groups it concerns; all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// An RFC 5545 recurrence rule, for example `FREQ=WEEKLY;BYDAY=TU`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
}

/// The kind of an event of which only a flag tells: the column `is_sale_active`, or the legacy calendar's field.
pub const FLAG_KIND: &str = "sale";

/// The most events that a calendar may have.
pub const EVENTS_MAX: usize = 5_000;

fn default_kind() -> String {
    "event".to_owned()
}

fn one() -> f64 {
    1.0
}

/// A checked event: its first occurrence in absolute time.
#[derive(Debug, Clone)]
pub(crate) struct CheckedEvent {
    pub(crate) event: Event,
    pub(crate) start: jiff::Zoned,
    pub(crate) duration: SignedDuration,
    pub(crate) rule: Option<Recurrence>,
}

/// A checked calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    time_zone: TimeZone,
    always: Option<f64>,
    events: Vec<CheckedEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile<'a> {
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(borrow, default)]
    events: Vec<&'a serde_json::value::RawValue>,
    #[serde(default)]
    is_sale_active: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct WrittenCalendar<'a> {
    time_zone: &'a str,
    events: Vec<&'a Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_sale_active: Option<f64>,
}

impl Default for Calendar {
    /// A calendar without events, in UTC.
    fn default() -> Self {
        Self { time_zone: TimeZone::UTC, always: None, events: Vec::new() }
    }
}

impl Calendar {
    /// Reads and checks a calendar.
    ///
    /// # Errors
    /// [`CalendarError`] names the line, the event and the cure.
    pub fn from_json(text: &str) -> Result<Self, CalendarError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file: CalendarFile<'_> = serde_json::from_str(text).map_err(|error| CalendarError::Malformed {
            line: error.line().max(1),
            problem: format!("{}: a calendar looks like {{\"time_zone\": \"UTC\", \"events\": [...]}}", without_place(&error)),
        })?;
        let whole = |problem: String| CalendarError::Malformed { line: 1, problem };
        let time_zone = match &file.time_zone {
            Some(name) => time_zone(name).map_err(whole)?,
            None => TimeZone::UTC,
        };
        let always = file.is_sale_active.map(|value| legacy_intensity(&value)).transpose().map_err(whole)?;
        if file.events.len() > EVENTS_MAX {
            return Err(whole(format!(
                "`events` has {}: at most {EVENTS_MAX} are allowed, remove those of past years",
                file.events.len()
            )));
        }
        let mut events = Vec::new();
        for raw in &file.events {
            let line = line_of(text, raw.get());
            let event: Event = serde_json::from_str(raw.get()).map_err(|error| CalendarError::Malformed {
                line: line + error.line().saturating_sub(1),
                problem: format!("event {}: {}", events.len() + 1, without_place(&error)),
            })?;
            let name = shortened(&event.name);
            events.push(check(event, &time_zone).map_err(|problem| CalendarError::Event { line, name, problem })?);
        }
        check_events(&events).map_err(whole)?;
        Ok(Self { time_zone, always, events })
    }

    /// The calendar as JSON that [`Calendar::from_json`] reads back.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = WrittenCalendar {
            time_zone: self.time_zone.iana_name().unwrap_or("UTC"),
            events: self.events().collect(),
            is_sale_active: self.always,
        };
        serde_json::to_string_pretty(&file).expect("a calendar is JSON")
    }

    /// The time zone in which the business lives: hours and weekdays are counted in it.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The events as written.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().map(|checked| &checked.event)
    }

    /// The intensity of the sale that goes on for as long as the file says so (the legacy form); none where it says nothing.
    #[must_use]
    pub fn always(&self) -> Option<f64> {
        self.always
    }

    /// Whether the calendar says anything at all about any time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.always.is_none()
    }

    /// Everything that touches `from..to` for `group` (ramps included), ready to be asked for intensities. Without
    /// a group, everything.
    #[must_use]
    pub fn timeline(&self, group: Option<&str>, from: Timestamp, to: Timestamp) -> Timeline {
        let concerns = |event: &Event| match (&event.groups, group) {
            (Some(groups), Some(group)) => groups.iter().any(|name| name == group),
            _ => true,
        };
        let mut occurrences: Vec<Occurrence> =
            self.events.iter().filter(|checked| concerns(&checked.event)).flat_map(|checked| expand(checked, from, to)).collect();
        occurrences.sort_by_key(|occurrence| occurrence.start);
        Timeline::new(self.always, occurrences)
    }
}

fn legacy_intensity(value: &serde_json::Value) -> Result<f64, String> {
    let intensity = value.as_f64().or_else(|| value.as_bool().map(f64::from));
    let allowed = 0.0..=INTENSITY_MAX;
    intensity.filter(|intensity| allowed.contains(intensity)).ok_or_else(|| format!("`is_sale_active` is {value}: write 0 or 1"))
}

/// The message without its place, which is told in lines of the whole file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn line_of(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len());
    1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn intensity(calendar: &Calendar, moment: &str) -> f64 {
        let moment = at(moment);
        let hour = SignedDuration::from_hours(1);
        calendar.timeline(Some("web"), moment - hour, moment + hour).intensity_at(moment)
    }

    #[test]
    fn a_one_time_event_lives_in_its_time_zone_and_ramps() {
        let calendar = Calendar::from_json(
            r#"{"time_zone": "Europe/Berlin", "events": [{"name": "sale", "start": "2026-11-27T00:00", "end": "2026-11-30T23:59",
                "intensity": 2.5, "ramp_minutes": 30}]}"#,
        )
        .unwrap();
        assert_eq!(intensity(&calendar, "2026-11-26T23:00:00Z"), 2.5, "midnight in Berlin is 23:00 UTC");
        assert_eq!(intensity(&calendar, "2026-11-26T22:45:00Z"), 1.25, "half way up the ramp");
        assert_eq!(intensity(&calendar, "2026-11-26T22:29:00Z"), 0.0);
        assert_eq!(intensity(&calendar, "2026-11-30T23:05:00Z"), 2.0, "and down again");
    }

    #[test]
    fn a_weekly_event_keeps_its_hour_over_a_clock_change() {
        let calendar = Calendar::from_json(
            r#"{"time_zone": "Europe/Berlin", "events": [{"name": "newsletter", "kind": "mail", "start": "2026-10-20T09:00",
                "duration_minutes": 90, "repeat": "FREQ=WEEKLY;BYDAY=TU"}]}"#,
        )
        .unwrap();
        assert_eq!(intensity(&calendar, "2026-10-20T07:00:00Z"), 1.0, "summer time");
        assert_eq!(intensity(&calendar, "2026-10-27T07:00:00Z"), 0.0);
        assert_eq!(intensity(&calendar, "2026-10-27T08:00:00Z"), 1.0, "winter time");
        assert_eq!(intensity(&calendar, "2026-10-27T09:30:00Z"), 0.0);
        assert_eq!(intensity(&calendar, "2026-10-28T08:00:00Z"), 0.0, "not on a Wednesday");
    }

    #[test]
    fn priority_and_groups_decide() {
        let calendar = Calendar::from_json(
            r#"{"events": [
                {"name": "a", "start": "2026-01-01T00:00", "duration_minutes": 60, "intensity": 3, "priority": 1},
                {"name": "b", "start": "2026-01-01T00:00", "duration_minutes": 60, "intensity": 0.5, "priority": 2},
                {"name": "c", "start": "2026-01-01T00:00", "duration_minutes": 60, "intensity": 9, "priority": 9, "groups": ["api"]}]}"#,
        )
        .unwrap();
        assert_eq!(intensity(&calendar, "2026-01-01T00:30:00Z"), 0.5);
    }

    #[test]
    fn the_legacy_form_is_read() {
        assert_eq!(intensity(&Calendar::from_json(r#"{"is_sale_active": 1}"#).unwrap(), "2026-01-01T00:00:00Z"), 1.0);
        assert_eq!(intensity(&Calendar::from_json(r#"{"is_sale_active": 0}"#).unwrap(), "2026-01-01T00:00:00Z"), 0.0);
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = r#"{"time_zone": "America/New_York", "events": [{"name": "x", "start": "2026-01-01T00:00", "duration_minutes": 5, "repeat": "FREQ=DAILY"}]}"#;
        let once = Calendar::from_json(text).unwrap().to_json();
        assert_eq!(Calendar::from_json(&once).unwrap().to_json(), once);
    }

    #[test]
    fn each_bad_calendar_names_line_event_and_cure() {
        let error = |text: &str| Calendar::from_json(text).expect_err(text).to_string();
        let event = |body: &str| error(&format!("{{\n \"events\": [\n  {{\"name\": \"Sale\", {body}}}\n ]\n}}"));
        insta::assert_snapshot!(
            [
                error("{"),
                error(r#"{"time_zone": "Mars/Olympus", "events": []}"#),
                error(r#"{"is_sale_active": "yes"}"#),
                event(r#""start": "2026-11-27T00:00", "end": "2026-11-26T00:00""#),
                event(r#""start": "2026-11-27T00:00""#),
                event(r#""start": "2026-11-27T00:00", "end": "2026-11-28T00:00", "duration_minutes": 5"#),
                event(r#""start": "tomorrow", "duration_minutes": 5"#),
                event(r#""start": "2026-11-27T00:00", "duration_minutes": 5, "intensity": -1"#),
                event(r#""start": "2026-11-27T00:00", "duration_minutes": 5, "repeat": "FREQ=SOMETIMES""#),
                event(r#""start": "2026-11-27T00:00", "duration_minutes": 5, "colour": "red""#),
            ]
            .join("\n")
        );
    }

    #[test]
    fn what_is_beyond_measure_is_refused_with_field_and_cure() {
        let event = |name: &str, body: &str| {
            let text = format!(r#"{{"events": [{{"name": "{name}", "start": "2026-11-27T00:00", {body}}}]}}"#);
            Calendar::from_json(&text).expect_err(&text).to_string()
        };
        let rule = |rule: &str| event("s", &format!(r#""duration_minutes": 5, "repeat": "{rule}""#));
        let of_1999 =
            r#"{"events": [{"name": "s", "start": "1999-12-31T00:00", "duration_minutes": 5, "repeat": "FREQ=HOURLY"}]}"#;
        let of_9001 = r#"{"events": [{"name": "s", "start": "9001-01-01T00:00", "duration_minutes": 5}]}"#;
        let seconds: Vec<_> = (0..60).map(|second| second.to_string()).collect();
        let groups = vec!["\"web\""; 1_001].join(", ");
        insta::assert_snapshot!(
            [
                event("s", r#""duration_minutes": 4294967295"#),
                event("s", r#""end": "2028-01-02T00:00""#),
                event("s", r#""end": "9999-12-30T00:00""#),
                event("s", r#""duration_minutes": 5, "ramp_minutes": 4294967295"#),
                event("s", r#""duration_minutes": 5, "intensity": 1000.5"#),
                Calendar::from_json(r#"{"is_sale_active": 1001}"#).unwrap_err().to_string(),
                event(r"a\u0007b", r#""duration_minutes": 5"#),
                event(&"n".repeat(201), r#""duration_minutes": 5"#),
                event("s", r#""duration_minutes": 5, "kind": "a\nb""#),
                event("s", &format!(r#""duration_minutes": 5, "groups": [{groups}]"#)),
                rule(r"FREQ=DAILY\nEXDATE:20261128T000000"),
                rule("FREQ=DAILY;BYDAY=Montag\u{e4}"),
                rule("FREQ=SECONDLY;INTERVAL=3600"),
                rule("FREQ=MINUTELY;INTERVAL=4"),
                rule("FREQ=MINUTELY;INTERVAL=7;BYHOUR=9"),
                rule("FREQ=DAILY;INTERVAL=0"),
                rule("FREQ=DAILY;COUNT=10001"),
                rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
                rule(&format!("FREQ=HOURLY;BYMINUTE={}", seconds.join(","))),
                Calendar::from_json(of_1999).unwrap_err().to_string(),
                Calendar::from_json(of_9001).unwrap_err().to_string(),
            ]
            .join("\n")
        );
    }

    #[test]
    fn events_are_limited_in_number_and_in_how_often_they_repeat() {
        let of = |count: usize, repeat: &str| {
            let event = format!(r#"{{"name": "s", "start": "2026-11-27T00:00", "duration_minutes": 5{repeat}}}"#);
            Calendar::from_json(&format!(r#"{{"events": [{}]}}"#, vec![event; count].join(",")))
        };
        let often = r#", "repeat": "FREQ=MINUTELY;INTERVAL=5""#;
        assert!(of(EVENTS_MAX, "").is_ok() && of(7, often).is_ok());
        insta::assert_snapshot!(format!("{}\n{}", of(EVENTS_MAX + 1, "").unwrap_err(), of(8, often).unwrap_err()));
    }

    mod any_calendar {
        use proptest::prelude::*;

        use super::*;

        fn number() -> impl Strategy<Value = u32> {
            prop_oneof![0_u32..10_000, Just(576_000), Just(576_001), any::<u32>(), Just(u32::MAX)]
        }

        fn rule() -> impl Strategy<Value = String> {
            let part = prop_oneof![
                "INTERVAL=[0-9]{1,5}",
                "COUNT=[0-9]{1,5}",
                "UNTIL=20[0-9]{2}1[0-2]0[1-9]T000000Z",
                "BYDAY=(-?[1-5])?(MO|SU)(,FR)?",
                "BYMONTH=[1-9](,12)?",
                "BYMONTHDAY=-?[1-9]",
                "BYYEARDAY=-?[1-9]{1,3}",
                "BYWEEKNO=-?[1-5][0-3]",
                "BYHOUR=1?[0-9](,23)?",
                "BYMINUTE=[0-5]?[0-9](,59)?",
                "BYSECOND=[0-5]?[0-9]",
                "BYSETPOS=-?[1-9]{1,3}",
                "WKST=(MO|SU)",
                "[A-Z]{1,6}=[^\n]{0,6}",
            ];
            let freq = prop::sample::select(vec!["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
            (freq, prop::collection::vec(part, 0..4))
                .prop_map(|(freq, parts)| std::iter::once(format!("FREQ={freq}")).chain(parts).collect::<Vec<_>>().join(";"))
        }

        proptest! {
            /// Whatever is taken can be asked for any time, and says nothing that is not within the span.
            #[test]
            fn that_is_taken_can_be_asked_for_any_time(
                year in prop_oneof![2015_i64..2030, 1969_i64..9002],
                length in number(),
                ramp in prop_oneof![Just(0), number()],
                rule in prop::option::of(rule()),
                zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo"]),
                asked in prop_oneof![0_i64..4_000_000_000, -377_705_023_201_i64..253_402_207_200],
            ) {
                let text = serde_json::json!({ "time_zone": zone, "events": [{
                    "name": "s", "start": format!("{year:04}-10-31T02:30"), "duration_minutes": length, "ramp_minutes": ramp, "repeat": rule,
                }]});
                if let Ok(calendar) = Calendar::from_json(&text.to_string()) {
                    let from = Timestamp::from_second(asked).unwrap();
                    let to = from.checked_add(SignedDuration::from_hours(24 * 30)).unwrap_or(Timestamp::MAX);
                    let timeline = calendar.timeline(None, from, to);
                    for one in timeline.occurrences() {
                        prop_assert!(one.ramp_start() < to && one.start < one.end);
                    }
                    prop_assert!(timeline.intensity_at(from) >= 0.0);
                    prop_assert!(timeline.next_between(from, to).is_none_or(|next| next.end > from));
                    prop_assert_eq!(Calendar::from_json(&calendar.to_json()).unwrap().to_json(), calendar.to_json());
                }
            }
        }
    }
}
