//! A replay by UTC days: the worst one, and days with an event apart.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::world::Minute;

/// Seconds of a UTC day.
const DAY_SECONDS: i64 = 86_400;

/// One UTC day of a replay, or the part of it that was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Whether it has an event.
    pub event: bool,
    /// Minutes of it that were replayed.
    pub minutes: u64,
    /// Hours billed over all instances.
    pub instance_hours: f64,
    /// Minutes with fewer instances in service than demand.
    pub violation_minutes: u64,
}

/// Several days together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DaySum {
    /// How many days, whole or in part.
    pub days: u64,
    /// Minutes replayed.
    pub minutes: u64,
    /// Hours billed over all instances.
    pub instance_hours: f64,
    /// Minutes with fewer instances in service than demand.
    pub violation_minutes: u64,
}

impl DaySum {
    /// The sum over `days`.
    #[must_use]
    pub fn of<'a>(days: impl IntoIterator<Item = &'a Day>) -> Self {
        days.into_iter().fold(Self::default(), |sum, day| Self {
            days: sum.days + 1,
            minutes: sum.minutes + day.minutes,
            instance_hours: sum.instance_hours + day.instance_hours,
            violation_minutes: sum.violation_minutes + day.violation_minutes,
        })
    }
}

/// Parts minutes, the first of which starts at `from`, into UTC days. Billing follows the instances asked for in each minute.
#[must_use]
pub fn days(from: Timestamp, minutes: &[Minute], event_days: &BTreeSet<Date>) -> Vec<Day> {
    let mut days = Vec::new();
    let mut left = minutes;
    let mut start = from.as_second();
    while !left.is_empty() {
        let day_end = (start.div_euclid(DAY_SECONDS) + 1) * DAY_SECONDS;
        let until_end = usize::try_from((day_end - start) / 60).expect("the end lies ahead");
        let (today, later) = left.split_at(until_end.min(left.len()));
        let date = Timestamp::from_second(start).expect("close to the first minute").to_zoned(TimeZone::UTC).date();
        let billed_minutes: u64 = today.iter().map(|minute| u64::from(minute.desired)).sum();
        days.push(Day {
            date,
            event: event_days.contains(&date),
            minutes: today.len() as u64,
            instance_hours: billed_minutes as f64 / 60.0,
            violation_minutes: today.iter().filter(|minute| minute.is_violation()).count() as u64,
        });
        left = later;
        start = day_end;
    }
    days
}

/// The day with the most violation minutes, the first of equals; none where no day has any.
#[must_use]
pub fn worst_day(days: &[Day]) -> Option<&Day> {
    let most = days.iter().map(|day| day.violation_minutes).max().filter(|&most| most > 0)?;
    days.iter().find(|day| day.violation_minutes == most)
}
