//! Generated histories of many shapes, and frames cut from them.

use headroom_core::{Calendar, Observation, Series, forecast::HORIZON, frame::Frame, quantiles::quantile_of_sorted};
use headroom_sim::{Profile, generate};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::variety::Variety;

/// Length of every history: the events of each profile come twice in 28 days.
const DAYS: u32 = 35;

pub(super) const DAY_ROWS: usize = 288;

pub(super) const STEP_SECONDS: i64 = 300;

/// Histories start within a year from this Unix second on, 2025-01-01T00:00:00Z, so that all seasons of daylight saving are
/// there.
const FIRST_SECOND: i64 = 1_735_689_600;

/// The level that counts as a group's size.
const SIZE_QUANTILE: f64 = 0.99;

/// Sizes are drawn from here, in instance-equivalents, alike on a scale of logarithms: the smallest group that is worth scaling,
/// and far more than most have, so that no real group lies outside of what was learned from.
const SIZES: std::ops::Range<f64> = 0.5..500.0;

/// Whole hours from UTC, as far as the world has them.
const OFFSETS: std::ops::RangeInclusive<i32> = -12..=14;

/// A generated load, as a share of its size.
pub(super) struct History {
    pub(super) profile: Profile,
    pub(super) loads: Vec<f64>,
    start: Timestamp,
    calendar: serde_json::Value,
}

/// The group that a part of a history is taken for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disguise {
    /// In instance-equivalents.
    pub(super) size: f64,
    /// Hours from UTC of what the group takes for its time zone. Habits of the day are a group's own: what is learned at one
    /// hour has to hold at any.
    offset: i32,
}

impl Disguise {
    pub(super) fn drawn(random: &mut ChaCha8Rng) -> Self {
        let size = random.random_range(SIZES.start.ln()..SIZES.end.ln()).exp();
        Self { size, offset: random.random_range(OFFSETS) }
    }

    /// IANA counts the hours of `Etc/GMT+5` to the west.
    fn time_zone(self) -> String {
        match self.offset {
            0 => "UTC".to_owned(),
            hours => format!("Etc/GMT{:+}", -hours),
        }
    }
}

impl History {
    /// `count` histories of every profile.
    pub(super) fn drawn(count: usize, random: &mut ChaCha8Rng) -> Vec<Self> {
        let rounds = (0..count).flat_map(|_| Profile::ALL);
        rounds.map(|profile| Self::new(profile, random.random(), random.random_range(0..365))).collect()
    }

    fn new(profile: Profile, seed: u64, day: i64) -> Self {
        let start = Timestamp::from_second(FIRST_SECOND).expect("a moment of our time") + SignedDuration::from_hours(24 * day);
        let generated = generate(profile, DAYS, seed, start);
        let loads: Vec<f64> =
            generated.observations.iter().filter_map(|row| row.load(None, row.in_service_instances.is_some())).collect();
        let mut sorted = loads.clone();
        sorted.sort_by(f64::total_cmp);
        let size = quantile_of_sorted(&sorted, SIZE_QUANTILE);
        let mut calendar: serde_json::Value =
            serde_json::from_str(&generated.calendar_json).expect("a generated calendar is JSON");
        // Events stay where they are when the calendar's zone changes.
        let zone = calendar["time_zone"].clone();
        for event in calendar["events"].as_array_mut().into_iter().flatten() {
            event["time_zone"] = zone.clone();
        }
        Self { profile, loads: loads.into_iter().map(|load| load / size).collect(), start, calendar }
    }

    pub(super) fn first(&self) -> Timestamp {
        self.start
    }

    pub(super) fn last(&self) -> Timestamp {
        self.start_of(self.loads.len() - 1)
    }

    fn start_of(&self, row: usize) -> Timestamp {
        self.start + SignedDuration::from_secs(STEP_SECONDS) * i32::try_from(row).expect("a row of a few weeks")
    }

    /// The frame of `rows`, as the group that it is taken for would have measured them.
    pub(super) fn cut(&self, rows: std::ops::Range<usize>, disguise: Disguise) -> Frame {
        self.frame(rows.start, &self.loads[rows], true, disguise)
    }

    /// A frame of `rows` rows from `first` on that is like no other.
    fn vary(&self, first: usize, rows: usize, others: &[Self], random: &mut ChaCha8Rng) -> Frame {
        let variety = Variety::drawn(random);
        let other = &others[random.random_range(0..others.len())];
        let loads = variety.apply(&self.loads, first, &other.loads, rows, random);
        self.frame(first, &loads, variety.keeps_time(), Disguise::drawn(random))
    }

    /// `announced` tells whether the calendar knows of the events.
    fn frame(&self, first: usize, loads: &[f64], announced: bool, disguise: Disguise) -> Frame {
        let mut calendar = self.calendar.clone();
        calendar["time_zone"] = disguise.time_zone().into();
        if !announced {
            calendar["events"] = serde_json::json!([]);
        }
        let calendar = Calendar::from_json(&calendar.to_string()).expect("a generated calendar is well formed");
        let rows: Vec<Observation> =
            loads.iter().enumerate().map(|(row, load)| observed(self.start_of(first + row), load * disguise.size)).collect();
        let series = Series::with_step(&rows, STEP_SECONDS).expect("rows of five minutes");
        Frame::of_load(&series, None, &calendar, None)
    }
}

/// What one large instance would measure under `load`.
pub(super) fn observed(timestamp: Timestamp, load: f64) -> Observation {
    Observation { cpu_utilization: Some(100.0 * load), in_service_instances: Some(1.0), ..Observation::at(timestamp) }
}

/// A varied frame with the origins to learn from in it.
pub(super) struct Slice {
    pub(super) frame: Frame,
    pub(super) origins: Vec<usize>,
}

/// Most slices are short: a young group has neither a yesterday nor a last week.
const SHORT_SHARE: f64 = 0.65;

/// Rows of short ones, six to 48 hours, alike on a scale of logarithms; and of long ones.
const SHORT_ROWS: std::ops::Range<f64> = 72.0..576.0;
const LONG_ROWS: std::ops::Range<usize> = 2 * DAY_ROWS..12 * DAY_ROWS;

/// Loads that move less than this share of themselves within an hour need no forecast.
const MOVE_MIN: f64 = 0.01;

/// Origins per slice at most, so that long ones do not count for more.
const ORIGINS_MAX: usize = 48;

impl Slice {
    /// What errors are measured by, in instance-equivalents: between the level of the load, by which a calm one would not count,
    /// and how far it moves within an hour, by which a wild one would not.
    pub(super) fn unit(&self) -> f64 {
        let (mut moved, mut level) = (0.0, 0.0);
        for &origin in &self.origins {
            let last = self.frame.filled()[origin];
            for actual in self.frame.actual(origin) {
                moved += (actual - last).abs();
                level += actual;
            }
        }
        let steps = (self.origins.len() * HORIZON) as f64;
        ((moved / steps).max(MOVE_MIN * level / steps) * level / steps).sqrt().max(f64::MIN_POSITIVE)
    }

    /// `count` slices of `histories`.
    pub(super) fn drawn(count: usize, histories: &[History], random: &mut ChaCha8Rng) -> Vec<Self> {
        (0..count).map(|index| Self::one(&histories[index % histories.len()], histories, random)).collect()
    }

    fn one(history: &History, others: &[History], random: &mut ChaCha8Rng) -> Self {
        let rows = if random.random_bool(SHORT_SHARE) {
            random.random_range(SHORT_ROWS.start.ln()..SHORT_ROWS.end.ln()).exp() as usize
        } else {
            random.random_range(LONG_ROWS)
        };
        let rows = rows + HORIZON;
        let first = random.random_range(0..history.loads.len() - rows);
        let frame = history.vary(first, rows, others, random);
        let origins = frame.origins(0..rows, rows.div_ceil(ORIGINS_MAX));
        Self { frame, origins }
    }
}
