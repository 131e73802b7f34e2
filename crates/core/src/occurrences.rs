//! When the events of a calendar happen, and how strong they are at a moment.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::CheckedEvent;

/// A repeating event is expanded into at most this many occurrences per question; 63 days of an event every
/// five minutes are 18,144.
const OCCURRENCES_MAX: u16 = 20_000;

/// One happening of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The event's name.
    pub name: String,
    /// The event's kind.
    pub kind: String,
    /// First moment at full strength.
    pub start: Timestamp,
    /// First moment after full strength.
    pub end: Timestamp,
    /// Expected strength.
    pub intensity: f64,
    /// Length of the climb before the start and of the fall after the end, in minutes.
    pub ramp_minutes: u32,
    /// The highest one counts.
    pub priority: i32,
}

impl Occurrence {
    fn ramp(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.ramp_minutes))
    }

    /// First moment of the climb.
    #[must_use]
    pub fn ramp_start(&self) -> Timestamp {
        self.start - self.ramp()
    }

    /// Strength at `moment`: 0 outside, linear on the ramps, the full intensity between.
    #[must_use]
    pub fn intensity_at(&self, moment: Timestamp) -> f64 {
        let ramp_seconds = self.ramp().as_secs_f64();
        let share = if moment < self.start {
            1.0 - self.start.duration_since(moment).as_secs_f64() / ramp_seconds
        } else if moment < self.end {
            1.0
        } else if ramp_seconds > 0.0 {
            1.0 - moment.duration_since(self.end).as_secs_f64() / ramp_seconds
        } else {
            0.0
        };
        self.intensity * share.clamp(0.0, 1.0)
    }
}

/// The occurrences of a span of time, in order of their start.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    always: Option<f64>,
    occurrences: Vec<Occurrence>,
}

impl Timeline {
    pub(crate) fn new(always: Option<f64>, occurrences: Vec<Occurrence>) -> Self {
        Self { always, occurrences }
    }

    /// The occurrences, in order of their start.
    #[must_use]
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// The strength that counts at `moment`: of the events under way the one of highest priority, of equal
    /// priorities the strongest; 0 where there is none.
    #[must_use]
    pub fn intensity_at(&self, moment: Timestamp) -> f64 {
        self.occurrences
            .iter()
            .filter(|occurrence| occurrence.intensity_at(moment) > 0.0)
            .map(|occurrence| (occurrence.priority, occurrence.intensity_at(moment)))
            .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map_or(self.always.unwrap_or(0.0), |(_, intensity)| intensity)
    }

    /// The event whose ramp or full strength falls into `from..to`, the earliest first.
    #[must_use]
    pub fn next_between(&self, from: Timestamp, to: Timestamp) -> Option<&Occurrence> {
        self.occurrences.iter().find(|occurrence| occurrence.ramp_start() < to && occurrence.end > from)
    }
}

/// The occurrences of one event whose ramp or full strength touches `from..to`.
pub(crate) fn expand(checked: &CheckedEvent, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
    let event = &checked.event;
    let occurrence = |start: Timestamp| Occurrence {
        name: event.name.clone(),
        kind: event.kind.clone(),
        start,
        end: start + checked.duration,
        intensity: event.intensity,
        ramp_minutes: event.ramp_minutes,
        priority: event.priority,
    };
    let ramp = SignedDuration::from_mins(i64::from(event.ramp_minutes));
    let starts = match &checked.rule {
        None => vec![checked.start.timestamp()],
        Some(rule) => {
            let (earliest, latest) = (from - checked.duration - ramp, to + ramp);
            let bound = |moment: Timestamp| chrono_moment(moment).unwrap_or_else(|| rrule::Tz::UTC.timestamp_nanos(0));
            let set = rule.clone().after(bound(earliest)).before(bound(latest));
            set.all(OCCURRENCES_MAX).dates.iter().filter_map(|date| Timestamp::from_second(date.timestamp()).ok()).collect()
        }
    };
    starts.into_iter().map(occurrence).filter(|occurrence| occurrence.ramp_start() < to && occurrence.end + ramp > from).collect()
}

use chrono::TimeZone as _;

fn chrono_moment(moment: Timestamp) -> Option<chrono::DateTime<rrule::Tz>> {
    rrule::Tz::UTC.timestamp_opt(moment.as_second(), 0).single()
}
