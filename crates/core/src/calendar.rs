//! The business calendar: sales, launches and holidays that are known beforehand.
//!
//! `{"time_zone": "Europe/Berlin", "events": [...]}`; the legacy form `{"is_sale_active": 1}` is still read and means a
//! sale of intensity 1 (or none) for as long as the file says so.
//!
//! An intensity i announces that the load will be 1 + i times the ordinary one. That is believed until the kind's effect
//! has been seen (see [`crate::uplift`]): so past events are worth keeping in the file.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::occurrences::{Occurrence, Timeline, expand};

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
    /// Expected strength: at full strength the load is 1 + intensity times the ordinary one. 1 by default.
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
    pub(crate) rule: Option<rrule::RRuleSet>,
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
        let mut events = Vec::new();
        for raw in &file.events {
            let line = line_of(text, raw.get());
            let event: Event = serde_json::from_str(raw.get()).map_err(|error| CalendarError::Malformed {
                line: line + error.line().saturating_sub(1),
                problem: format!("event {}: {}", events.len() + 1, without_place(&error)),
            })?;
            let name = event.name.clone();
            events.push(check(event, &time_zone).map_err(|problem| CalendarError::Event { line, name, problem })?);
        }
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
    intensity.filter(|intensity| *intensity >= 0.0).ok_or_else(|| format!("`is_sale_active` is {value}: write 0 or 1"))
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

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("`time_zone` is `{name}`, which is not an IANA time zone: write one like `Europe/Berlin`"))
}

fn check(event: Event, calendar_zone: &TimeZone) -> Result<CheckedEvent, String> {
    let zone = event.time_zone.as_deref().map_or_else(|| Ok(calendar_zone.clone()), time_zone)?;
    let start = moment("start", &event.start, &zone)?;
    let duration = match (&event.end, event.duration_minutes) {
        (Some(_), Some(_)) => return Err("has both `end` and `duration_minutes`: keep one of them".to_owned()),
        (None, None) => return Err("has neither `end` nor `duration_minutes`: add one of them".to_owned()),
        (Some(end), None) => {
            let end_moment = moment("end", end, &zone)?;
            if end_moment <= start {
                return Err(format!("ends at {end}, not after it starts at {}: correct `end`", event.start));
            }
            start.duration_until(&end_moment)
        }
        (None, Some(0)) => return Err("`duration_minutes` is 0: give it a length".to_owned()),
        (None, Some(minutes)) => SignedDuration::from_mins(i64::from(minutes)),
    };
    if !(event.intensity.is_finite() && event.intensity >= 0.0) {
        return Err(format!("`intensity` is {}: write a number from 0 up", event.intensity));
    }
    let rule = event.repeat.as_deref().map(|rule| recurrence(rule, &start)).transpose()?;
    Ok(CheckedEvent { event, start, duration, rule })
}

fn moment(field: &str, text: &str, zone: &TimeZone) -> Result<jiff::Zoned, String> {
    if let Ok(absolute) = text.parse::<Timestamp>() {
        return Ok(absolute.to_zoned(zone.clone()));
    }
    let local: civil::DateTime =
        text.parse().map_err(|_| format!("`{field}` is `{text}`, not a date and time: write it like 2026-11-27T00:00"))?;
    local.to_zoned(zone.clone()).map_err(|error| format!("`{field}` is `{text}`: {error}"))
}

fn recurrence(rule: &str, start: &jiff::Zoned) -> Result<rrule::RRuleSet, String> {
    let zone = start.time_zone().iana_name().unwrap_or("UTC");
    let text = format!("DTSTART;TZID={zone}:{}\nRRULE:{rule}", start.strftime("%Y%m%dT%H%M%S"));
    text.parse::<rrule::RRuleSet>()
        .map_err(|error| format!("`repeat` is `{rule}`: {error}: write an RFC 5545 rule like FREQ=WEEKLY;BYDAY=TU"))
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
}
