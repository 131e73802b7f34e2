//! Generated workloads: made-up services with the shapes that real ones have, and the calendar that announces their events.
//!
//! Rows are five minutes apart. The same profile, days, seed and start give the same bytes on every machine.

mod api;
mod batch;
mod flash;
mod noise;
mod reference;
mod service;
mod shape;
mod shop;

use std::{fmt, str::FromStr};

use headroom_core::{Calendar, Observation, calendar::Event};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;

/// Length of a row in seconds.
const STEP_SECONDS: i64 = 300;

/// Rows of a day.
const ROWS_PER_DAY: usize = 288;

/// The time zone in which the generated services (all but the reference) live.
const TIME_ZONE: &str = "Europe/Berlin";

/// A kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The generator of the reference system: one daily wave, a sale every fifth day.
    Reference,
    /// A web shop: lunchtime and evening peaks, another weekend, growth, announced sales.
    Shop,
    /// An interface that programs and offices call: several peaks on working days, quiet weekends.
    Api,
    /// A job every night with steep edges, and a long one on Sundays.
    Batch,
    /// A small site that crowds come to, some of them announced.
    Flash,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 5] = [Self::Reference, Self::Shop, Self::Api, Self::Batch, Self::Flash];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Shop => "shop",
            Self::Api => "api",
            Self::Batch => "batch",
            Self::Flash => "flash",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no profile has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a profile: choose one of reference, shop, api, batch, flash")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}

/// A history and the calendar that goes with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// One row per five minutes, in order, without gaps.
    pub observations: Vec<Observation>,
    /// The calendar, in the form that [`Calendar::from_json`] reads. Its events repeat beyond the rows.
    pub calendar_json: String,
}

/// Generates `days` days of `profile` from `start` on, which is moved down to a full five minutes. Two histories of one
/// seed and start offer the same requests for as long as both last (except in `reference`, whose wave is stretched to its
/// whole length); their sizes, and so their CPU, may differ, since a group is sized for the busiest row.
///
/// # Panics
/// Where the last day lies beyond the year 9999.
#[must_use]
pub fn generate(profile: Profile, days: u32, seed: u64, start: Timestamp) -> Generated {
    let grid = Grid::new(start, days);
    match profile {
        Profile::Reference => reference::generate(&grid, seed),
        Profile::Shop => shop::generate(&grid, seed, None),
        Profile::Api => api::generate(&grid, seed),
        Profile::Batch => batch::generate(&grid, seed),
        Profile::Flash => flash::generate(&grid, seed),
    }
}

/// Generates the profile `shop` with one more announced sale, of intensity 1.25, which begins at `sale_start` and lasts four
/// hours. Requests outside of that sale and its ramps of half an hour are those of [`generate`].
///
/// # Panics
/// Where the last day lies beyond the year 9999.
#[must_use]
pub fn generate_with_sale_at(days: u32, seed: u64, start: Timestamp, sale_start: Timestamp) -> Generated {
    shop::generate(&Grid::new(start, days), seed, Some(sale_start))
}

/// The rows to generate.
#[derive(Debug, Clone, Copy)]
struct Grid {
    start: Timestamp,
    days: u32,
}

impl Grid {
    fn new(start: Timestamp, days: u32) -> Self {
        let second = start.as_second().div_euclid(STEP_SECONDS) * STEP_SECONDS;
        Self { start: Timestamp::from_second(second).unwrap_or(start), days }
    }

    fn rows(&self) -> usize {
        ROWS_PER_DAY * self.days as usize
    }

    fn timestamp(&self, row: usize) -> Timestamp {
        self.start + SignedDuration::from_secs(i64::try_from(row).expect("a row number") * STEP_SECONDS)
    }

    fn end(&self) -> Timestamp {
        self.timestamp(self.rows())
    }

    /// The rows in the local time of [`TIME_ZONE`].
    fn moments(&self) -> impl Iterator<Item = Moment> + '_ {
        let zone = local_zone();
        (0..self.rows()).map(move |row| {
            let timestamp = self.timestamp(row);
            let local = timestamp.to_zoned(zone.clone());
            let hour = f64::from(local.hour()) + f64::from(local.minute()) / 60.0;
            let weekday = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
            Moment { timestamp, hour, weekday, day: row as f64 / ROWS_PER_DAY as f64 }
        })
    }

    /// The strength of the calendar's events at each row.
    fn intensities(&self, calendar: &Calendar) -> Vec<f64> {
        let timeline = calendar.timeline(None, self.start, self.end());
        (0..self.rows()).map(|row| timeline.intensity_at(self.timestamp(row))).collect()
    }
}

/// The start of one row.
#[derive(Debug, Clone, Copy)]
struct Moment {
    timestamp: Timestamp,
    /// Local hour with its fraction, 0 to 24.
    hour: f64,
    /// Local weekday, Monday being 0.
    weekday: usize,
    /// Days since the start, with their fraction.
    day: f64,
}

impl Moment {
    fn is_weekend(&self) -> bool {
        self.weekday >= 5
    }
}

fn local_zone() -> TimeZone {
    TimeZone::get(TIME_ZONE).expect("the time zones are built in")
}

/// `start`'s local date plus `days` days, at `hour` o'clock, as the calendar writes it.
fn local_time(start: Timestamp, days: i64, hour: i8) -> String {
    let date = start.to_zoned(local_zone()).date();
    let date = date.saturating_add(SignedDuration::from_hours(24 * days));
    date.at(hour, 0, 0, 0).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The calendar of a generated service.
#[derive(Serialize)]
struct CalendarFile<'a> {
    time_zone: &'a str,
    events: &'a [Event],
}

/// A calendar of `events` in `time_zone`: as JSON, and read.
fn calendar_of(time_zone: &str, events: &[Event]) -> (String, Calendar) {
    let text = serde_json::to_string_pretty(&CalendarFile { time_zone, events }).expect("a calendar is JSON") + "\n";
    let calendar = Calendar::from_json(&text).expect("generated calendars are well formed");
    (text, calendar)
}

/// An event of intensity 1, without a ramp, that does not repeat.
fn event(name: &str, kind: &str, start: String, duration_minutes: u32) -> Event {
    Event {
        name: name.to_owned(),
        kind: kind.to_owned(),
        start,
        end: None,
        duration_minutes: Some(duration_minutes),
        time_zone: None,
        intensity: 1.0,
        ramp_minutes: 0,
        priority: 0,
        groups: None,
        repeat: None,
    }
}
