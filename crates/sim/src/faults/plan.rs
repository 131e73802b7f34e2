//! The plan: kinds of faults, and when each of them holds.

use headroom_core::Column;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// One thing that goes wrong. Shares are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    /// Boots take up to so many seconds more.
    LateBoots {
        /// The most.
        seconds_max: u32,
    },
    /// Boots fail, and are repeated when the fault is over.
    FailedBoots {
        /// Of all boots.
        share: f64,
    },
    /// Instances fail and are replaced, one at a time.
    LostInstances {
        /// From one to the next.
        every_seconds: u32,
    },
    /// A request for more instances gets so many at most, and an error.
    NoCapacity {
        /// Instances that are to be had.
        spare: u32,
    },
    /// The size cannot be read.
    ReadsThrottled {
        /// Of all reads.
        share: f64,
    },
    /// Nothing is written.
    WritesThrottled {
        /// Of all writes.
        share: f64,
    },
    /// What was asked for is done, and an error is answered.
    AnswersLost {
        /// Of all writes.
        share: f64,
    },
    /// Metrics come later.
    MetricsLate {
        /// By so much.
        seconds: u32,
    },
    /// Steps have no metrics, and never get any.
    MetricsMissing {
        /// Of all steps.
        share: f64,
    },
    /// A column is missing.
    MetricsPartial {
        /// The column.
        column: Column,
    },
    /// CPU and requests are not to be believed.
    MetricsAbsurd {
        /// What is told in place of them.
        value: f64,
    },
    /// Metrics cannot be read.
    MetricsThrottled {
        /// Of all reads.
        share: f64,
    },
    /// Someone else sizes the group.
    ForeignWriter {
        /// From one write to the next.
        every_seconds: u32,
        /// What is written.
        wish: ForeignWish,
    },
    /// The kill switch is thrown.
    Stopped {
        /// Of the whole fleet, or of one group.
        fleet: bool,
    },
    /// The object that holds the kill switch is corrupt.
    ControlsCorrupt,
    /// The clock that runs read is off by so many seconds.
    ClockOff {
        /// Ahead where positive.
        seconds: i64,
    },
    /// Ticks have no run.
    RunsMissed {
        /// Of all ticks.
        share: f64,
    },
    /// Ticks have a second run.
    RunsTwice {
        /// Of all ticks.
        share: f64,
    },
    /// Runs die on the way.
    RunsDie {
        /// Of all runs.
        share: f64,
    },
    /// Calls of the store and of the cloud take long, so that runs overlap.
    CallsSlow {
        /// Of all calls.
        share: f64,
        /// The longest.
        seconds_max: u32,
    },
    /// The store does not answer; what it was to write may be written all the same.
    StoreFails {
        /// Of all calls.
        share: f64,
    },
    /// The stored state is lost or corrupt.
    StateLost {
        /// From one loss to the next.
        every_seconds: u32,
    },
    /// Forecasts are missing or worthless.
    BrokenForecasts {
        /// In this way.
        how: BrokenForecast,
    },
}

/// What someone else wants of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ForeignWish {
    /// Another size every time.
    AnySize,
    /// The same size every time: this share of the way from the minimum to the maximum.
    OneSize(f64),
    /// Another minimum every time.
    AnyMinimum,
}

/// What is wrong with forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenForecast {
    /// There are none.
    Absent,
    /// They are no numbers.
    NotANumber,
    /// They are without bounds.
    Huge,
    /// They are zero.
    Zero,
    /// They are of an hour ago.
    Old,
    /// They are the opposite of what comes.
    Wrong,
    /// The model that makes them is demoted.
    Demoted,
}

/// A fault and its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Everything that goes wrong in a simulation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaultPlan {
    faults: Vec<Fault>,
}

/// So many kinds can be drawn.
const KINDS: u32 = 23;

/// A kind takes part in so many plans: those that leave something out show how the others meet.
const TAKES_PART: f64 = 0.35;

/// The shortest and the longest fault, in seconds.
const FAULT_SECONDS: (f64, f64) = (180.0, 43_200.0);

impl FaultPlan {
    /// Exactly these faults.
    #[must_use]
    pub fn of(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// Faults of some kinds, up to three a day of each, all over by `until`. The same seed gives the same plan.
    #[must_use]
    pub fn draw(seed: u64, from: Timestamp, until: Timestamp) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let seconds = until.duration_since(from).as_secs().max(0);
        let days = u32::try_from(seconds / 86_400).expect("fewer days than u32 counts") + 1;
        let mut faults = Vec::new();
        for kind in 0..KINDS {
            if !chance.random_bool(TAKES_PART) {
                continue;
            }
            for _ in 0..chance.random_range(1..=3 * days) {
                let length = log_uniform(&mut chance, FAULT_SECONDS) as i64;
                let start = from + SignedDuration::from_secs(chance.random_range(0..=seconds));
                let end = (start + SignedDuration::from_secs(length)).min(until);
                faults.push(Fault { kind: kind_of(kind, &mut chance), from: start, until: end });
            }
        }
        Self { faults }
    }

    /// All faults.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The faults that hold at `moment`.
    pub fn at(&self, moment: Timestamp) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(move |fault| fault.from <= moment && moment < fault.until)
    }

    /// What `pick` finds in the faults that hold at `moment`, the first of it.
    pub fn find<T>(&self, moment: Timestamp, pick: impl FnMut(&FaultKind) -> Option<T>) -> Option<T> {
        self.at(moment).map(|fault| &fault.kind).find_map(pick)
    }
}

fn log_uniform(chance: &mut impl Rng, (least, most): (f64, f64)) -> f64 {
    libm::exp(chance.random_range(libm::log(least)..=libm::log(most)))
}

/// Seldom, often, or always.
fn share(chance: &mut impl Rng) -> f64 {
    [0.02, 0.1, 0.3, 0.7, 1.0][chance.random_range(0..5)]
}

fn kind_of(index: u32, chance: &mut impl Rng) -> FaultKind {
    match index {
        0 => FaultKind::LateBoots { seconds_max: log_uniform(chance, (60.0, 3600.0)) as u32 },
        1 => FaultKind::FailedBoots { share: share(chance) },
        2 => FaultKind::LostInstances { every_seconds: log_uniform(chance, (60.0, 7200.0)) as u32 },
        3 => FaultKind::NoCapacity { spare: [0, 0, 1, 2, 5][chance.random_range(0..5)] },
        4 => FaultKind::ReadsThrottled { share: share(chance) },
        5 => FaultKind::WritesThrottled { share: share(chance) },
        6 => FaultKind::AnswersLost { share: share(chance) },
        7 => FaultKind::MetricsLate { seconds: log_uniform(chance, (60.0, 14_400.0)) as u32 },
        8 => FaultKind::MetricsMissing { share: share(chance) },
        9 => FaultKind::MetricsPartial { column: Column::ALL[chance.random_range(0..Column::ALL.len())] },
        10 => FaultKind::MetricsAbsurd { value: [f64::NAN, f64::INFINITY, -5.0, 1e300][chance.random_range(0..4)] },
        11 => FaultKind::MetricsThrottled { share: share(chance) },
        12 => FaultKind::ForeignWriter {
            every_seconds: log_uniform(chance, (60.0, 14_400.0)) as u32,
            wish: match chance.random_range(0..3) {
                0 => ForeignWish::AnySize,
                1 => ForeignWish::OneSize(chance.random_range(0.0..=1.0)),
                _ => ForeignWish::AnyMinimum,
            },
        },
        13 => FaultKind::Stopped { fleet: chance.random_bool(0.5) },
        14 => FaultKind::ControlsCorrupt,
        15 => FaultKind::ClockOff { seconds: chance.random_range(-1200..=1200) },
        16 => FaultKind::RunsMissed { share: share(chance) },
        17 => FaultKind::RunsTwice { share: share(chance) },
        18 => FaultKind::RunsDie { share: share(chance) },
        19 => FaultKind::CallsSlow { share: share(chance), seconds_max: log_uniform(chance, (1.0, 600.0)) as u32 },
        20 => FaultKind::StoreFails { share: share(chance) },
        21 => FaultKind::StateLost { every_seconds: log_uniform(chance, (600.0, 14_400.0)) as u32 },
        _ => FaultKind::BrokenForecasts {
            how: [
                BrokenForecast::Absent,
                BrokenForecast::NotANumber,
                BrokenForecast::Huge,
                BrokenForecast::Zero,
                BrokenForecast::Old,
                BrokenForecast::Wrong,
                BrokenForecast::Demoted,
            ][chance.random_range(0..7)],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_plan_and_another_seed_another_one() {
        let plan = |seed| format!("{:?}", FaultPlan::draw(seed, at(0), at(200_000)));
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
    }

    #[test]
    fn every_kind_is_drawn_and_all_are_over_in_time() {
        let mut kinds = std::collections::HashSet::new();
        for seed in 0..100 {
            for fault in FaultPlan::draw(seed, at(1000), at(200_000)).faults() {
                assert!(at(1000) <= fault.from && fault.from <= fault.until && fault.until <= at(200_000), "{fault:?}");
                kinds.insert(std::mem::discriminant(&fault.kind));
            }
        }
        assert_eq!(kinds.len(), KINDS as usize);
    }

    #[test]
    fn a_fault_holds_from_its_start_to_its_end() {
        let fault = Fault { kind: FaultKind::ControlsCorrupt, from: at(10), until: at(20) };
        let plan = FaultPlan::of(vec![fault]);
        assert_eq!([9, 10, 19, 20].map(|second| plan.at(at(second)).count()), [0, 1, 1, 0]);
    }
}
