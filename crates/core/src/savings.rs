//! What a group cost today, and what it would have cost with a fixed size or with target tracking: a ledger of instance-seconds.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{fleet::Group, policy::instances_at};

/// Target tracking scales in only after so long below its target, as that of EC2 does.
const TRACKING_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// A gap between two ticks that is longer is in nobody's account: nothing is known about it.
const GAP_MAX: SignedDuration = SignedDuration::from_hours(3);

const SECONDS_PER_HOUR: f64 = 3600.0;

/// What ran on one UTC day, and what else would have run, in instance-seconds over the same ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAccount {
    /// The day.
    pub day: Date,
    /// What ran, booting instances included.
    pub run: u64,
    /// A fixed size for the highest need of the history known.
    pub static_peak: u64,
    /// Target tracking at the group's `reactive_target`.
    pub target_tracking: u64,
}

impl DayAccount {
    fn of(day: Date) -> Self {
        Self { day, run: 0, static_peak: 0, target_tracking: 0 }
    }

    fn savings(&self, price_per_hour: f64) -> DaySavings {
        let cost = |seconds: u64| seconds as f64 / SECONDS_PER_HOUR * price_per_hour;
        let run = cost(self.run);
        DaySavings {
            day: self.day,
            cost: run,
            against_static_peak: cost(self.static_peak) - run,
            against_target_tracking: cost(self.target_tracking) - run,
        }
    }
}

/// One day in money.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DaySavings {
    /// The UTC day.
    pub day: Date,
    /// What the instances cost.
    pub cost: f64,
    /// What a fixed size for the highest need would have cost more; below zero, less.
    pub against_static_peak: f64,
    /// What target tracking would have cost more; below zero, less.
    pub against_target_tracking: f64,
}

/// Today so far, and yesterday.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Savings {
    /// The day so far.
    pub today: DaySavings,
    /// The last whole day, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yesterday: Option<DaySavings>,
}

/// Sizes that hold from one tick to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sizes {
    since: Timestamp,
    run: u32,
    static_peak: u32,
    target_tracking: u32,
}

/// The ledger of a group: one tick after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    sizes: Option<Sizes>,
    today: Option<DayAccount>,
    yesterday: Option<DayAccount>,
    /// The most that any load known took.
    highest_need: u32,
    /// What target tracking wanted within its window, so that the front is the largest and the back the newest.
    wanted: VecDeque<(Timestamp, u32)>,
}

impl Ledger {
    /// Tells of a need of the past, for example from the history: static peak has at least so many instances.
    pub fn know_need(&mut self, instances: u32) {
        self.highest_need = self.highest_need.max(instances);
    }

    /// Closes the time since the last tick, and takes in what `now` is there: `run` instances, booting ones included, and the
    /// load measured last, where there is one.
    pub fn tick(&mut self, group: &Group, now: Timestamp, run: u32, load: Option<f64>) {
        self.charge_until(now);
        if let Some(load) = load {
            self.know_need(instances_at(load, group.max_utilization));
            self.track(now, instances_at(load, group.reactive_target));
        }
        let bounded = |instances: u32| {
            let max = group.max_instances.unwrap_or(u32::MAX);
            instances.clamp(group.min_instances.unwrap_or(0).min(max), max)
        };
        let tracked = self.wanted.front().map_or(run, |&(_, instances)| bounded(instances));
        let static_peak = if self.highest_need == 0 { run } else { bounded(self.highest_need) };
        self.sizes = Some(Sizes { since: now, run, static_peak, target_tracking: tracked });
    }

    /// What that is in money.
    #[must_use]
    pub fn savings(&self, price_per_hour: f64) -> Option<Savings> {
        let today = self.today?.savings(price_per_hour);
        Some(Savings { today, yesterday: self.yesterday.map(|day| day.savings(price_per_hour)) })
    }

    /// Target tracking scales out at once, and in to the most that it wanted within its window.
    fn track(&mut self, now: Timestamp, wanted: u32) {
        let since = now - TRACKING_WINDOW;
        self.wanted.retain(|&(at, instances)| at >= since && at < now && instances > wanted);
        self.wanted.push_back((now, wanted));
    }

    fn charge_until(&mut self, now: Timestamp) {
        let Some(sizes) = self.sizes else {
            self.today = Some(DayAccount::of(day_of(now)));
            return;
        };
        let mut from = sizes.since;
        if now <= from || now.duration_since(from) > GAP_MAX {
            from = now;
        }
        // A gap is shorter than a day: it touches two at most.
        let midnight = start_of(day_of(now));
        if from < midnight {
            self.charge(sizes, from, midnight);
            from = midnight;
        }
        self.charge(sizes, from, now);
    }

    fn charge(&mut self, sizes: Sizes, from: Timestamp, until: Timestamp) {
        let day = day_of(from);
        let mut account = match self.today.take() {
            Some(today) if today.day == day => today,
            earlier => {
                self.yesterday = earlier.filter(|earlier| earlier.day.tomorrow().is_ok_and(|next| next == day));
                DayAccount::of(day)
            }
        };
        let seconds = u64::try_from(until.duration_since(from).as_secs()).unwrap_or(0);
        let add = |sum: &mut u64, instances: u32| *sum = sum.saturating_add(u64::from(instances) * seconds);
        add(&mut account.run, sizes.run);
        add(&mut account.static_peak, sizes.static_peak);
        add(&mut account.target_tracking, sizes.target_tracking);
        self.today = Some(account);
    }
}

fn day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn start_of(day: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).expect("UTC has every midnight")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-{time}Z").parse().unwrap()
    }

    fn group() -> Group {
        Group { max_instances: Some(20), ..Group::simulated("web") }
    }

    #[test]
    fn money_saved_is_what_the_others_would_have_run_more() {
        let mut ledger = Ledger::default();
        ledger.know_need(10);
        // 3.0 takes 5 at the target of 0.6; four run.
        ledger.tick(&group(), at("27T09:00:00"), 4, Some(3.0));
        ledger.tick(&group(), at("27T10:00:00"), 4, Some(3.0));
        let savings = ledger.savings(0.5).unwrap();
        let today = savings.today;
        assert_eq!((today.cost, today.against_static_peak, today.against_target_tracking), (2.0, 3.0, 0.5));
        assert_eq!(savings.yesterday, None);
    }

    #[test]
    fn target_tracking_waits_before_it_goes_down() {
        let mut ledger = Ledger::default();
        let mut tracked = Vec::new();
        for (minute, load) in [3.0, 6.0, 3.0, 3.0, 3.0, 0.6].into_iter().enumerate() {
            ledger.tick(&group(), at("27T09:00:00") + SignedDuration::from_mins(5 * minute as i64), 4, Some(load));
            tracked.push(ledger.sizes.unwrap().target_tracking);
        }
        assert_eq!(tracked, [5, 10, 10, 10, 10, 5]);
    }

    #[test]
    fn a_new_need_raises_the_static_peak_from_then_on() {
        let mut ledger = Ledger::default();
        ledger.tick(&group(), at("27T09:00:00"), 4, None);
        assert_eq!(ledger.sizes.unwrap().static_peak, 4, "nothing known yet");
        for (load, expected) in [(8.5, 10), (1.0, 10), (99.0, 20)] {
            ledger.tick(&group(), at("27T09:05:00"), 4, Some(load));
            assert_eq!(ledger.sizes.unwrap().static_peak, expected, "within the maximum");
        }
    }

    #[test]
    fn midnight_parts_the_days() {
        let mut ledger = Ledger::default();
        ledger.tick(&group(), at("27T23:30:00"), 4, Some(3.0));
        ledger.tick(&group(), at("28T00:30:00"), 6, Some(3.0));
        ledger.tick(&group(), at("28T01:00:00"), 6, Some(3.0));
        let Savings { today, yesterday } = ledger.savings(1.0).unwrap();
        assert_eq!((today.day.day(), today.cost), (28, 2.0 + 3.0));
        assert_eq!(yesterday.map(|day| (day.day.day(), day.cost)), Some((27, 2.0)));
        ledger.tick(&group(), at("30T01:00:00"), 6, Some(3.0));
        let later = ledger.savings(1.0).unwrap();
        assert_eq!((later.today.cost, later.yesterday), (0.0, None), "two days without a tick");
    }

    #[test]
    fn long_gaps_and_a_clock_that_goes_back_cost_nothing() {
        let mut ledger = Ledger::default();
        ledger.tick(&group(), at("27T01:00:00"), 4, Some(3.0));
        ledger.tick(&group(), at("27T04:00:01"), 4, Some(3.0));
        ledger.tick(&group(), at("27T03:00:00"), 4, Some(3.0));
        assert_eq!(ledger.savings(1.0).unwrap().today.cost, 0.0);
    }
}
