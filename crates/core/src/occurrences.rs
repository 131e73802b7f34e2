//! When the events of a calendar happen, and how strong they are at a moment.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::{CheckedEvent, FLAG_KIND};

/// One happening of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
        self.start.checked_sub(self.ramp()).unwrap_or(Timestamp::MIN)
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

/// What is announced for a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Announced<'a> {
    /// The kind of the event that counts.
    pub kind: &'a str,
    /// Its strength at the moment, above 0: the load is announced to be 1 + intensity times the ordinary one.
    pub intensity: f64,
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

    /// What counts at `moment`: of the events under way the one of highest priority, of equal priorities the strongest;
    /// without any, what the legacy calendar says of all time, as an event of [`FLAG_KIND`]. `None` where there is nothing.
    #[must_use]
    pub fn announced_at(&self, moment: Timestamp) -> Option<Announced<'_>> {
        let always = || self.always.map(|intensity| Announced { kind: FLAG_KIND, intensity });
        self.occurrences
            .iter()
            .map(|occurrence| (occurrence, occurrence.intensity_at(moment)))
            .filter(|(_, intensity)| *intensity > 0.0)
            .max_by(|a, b| a.0.priority.cmp(&b.0.priority).then(a.1.total_cmp(&b.1)))
            .map(|(occurrence, intensity)| Announced { kind: &occurrence.kind, intensity })
            .or_else(always)
            .filter(|announced| announced.intensity > 0.0)
    }

    /// The strength of what counts at `moment`, 0 where there is nothing.
    #[must_use]
    pub fn intensity_at(&self, moment: Timestamp) -> f64 {
        self.announced_at(moment).map_or(0.0, |announced| announced.intensity)
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
    let ramp = SignedDuration::from_mins(i64::from(event.ramp_minutes));
    // Beyond the last moment that there is nothing happens.
    let earliest = from.checked_sub(checked.duration + ramp).unwrap_or(Timestamp::MIN);
    let latest = to.checked_add(ramp).unwrap_or(Timestamp::MAX);
    let starts: Vec<Timestamp> = match &checked.rule {
        None => vec![checked.start.timestamp()],
        Some(rule) => rule.between(earliest, latest).collect(),
    };
    let occurrence = |start: Timestamp| {
        Some(Occurrence {
            name: event.name.clone(),
            kind: event.kind.clone(),
            start,
            end: start.checked_add(checked.duration).ok()?,
            intensity: event.intensity,
            ramp_minutes: event.ramp_minutes,
            priority: event.priority,
        })
    };
    let touches =
        |occurrence: &Occurrence| occurrence.start < latest && occurrence.end > from.checked_sub(ramp).unwrap_or(Timestamp::MIN);
    starts.into_iter().filter_map(occurrence).filter(touches).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Calendar;

    fn announced(calendar: &str, moment: &str) -> Option<(String, f64)> {
        let moment: Timestamp = moment.parse().unwrap();
        let hour = SignedDuration::from_hours(1);
        let timeline = Calendar::from_json(calendar).unwrap().timeline(None, moment - hour, moment + hour);
        let announced = timeline.announced_at(moment).map(|announced| (announced.kind.to_owned(), announced.intensity));
        assert_eq!(timeline.intensity_at(moment), announced.as_ref().map_or(0.0, |announced| announced.1));
        announced
    }

    #[test]
    fn the_event_that_counts_gives_kind_and_strength() {
        let calendar = r#"{"events": [
            {"name": "a", "kind": "sale", "start": "2026-01-01T00:00", "duration_minutes": 60, "intensity": 3},
            {"name": "b", "kind": "mail", "start": "2026-01-01T00:30", "duration_minutes": 60, "intensity": 0.5, "priority": 2},
            {"name": "c", "start": "2026-01-01T00:00", "duration_minutes": 20, "intensity": 4}]}"#;
        assert_eq!(announced(calendar, "2026-01-01T00:10:00Z"), Some(("event".to_owned(), 4.0)), "the strongest");
        assert_eq!(announced(calendar, "2026-01-01T00:25:00Z"), Some(("sale".to_owned(), 3.0)));
        assert_eq!(announced(calendar, "2026-01-01T00:30:00Z"), Some(("mail".to_owned(), 0.5)), "the highest priority");
        assert_eq!(announced(calendar, "2026-01-01T01:30:00Z"), None);
    }

    #[test]
    fn the_legacy_form_is_a_sale_unless_an_event_goes_on() {
        let calendar = r#"{"is_sale_active": 1, "events": [
            {"name": "b", "kind": "mail", "start": "2026-01-01T00:30", "duration_minutes": 60, "intensity": 0.5}]}"#;
        assert_eq!(announced(calendar, "2026-01-01T00:00:00Z"), Some(("sale".to_owned(), 1.0)));
        assert_eq!(announced(calendar, "2026-01-01T00:30:00Z"), Some(("mail".to_owned(), 0.5)));
        assert_eq!(announced(r#"{"is_sale_active": 0}"#, "2026-01-01T00:00:00Z"), None);
    }
}
