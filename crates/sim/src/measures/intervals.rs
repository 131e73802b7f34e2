//! How far figures would move with other days: block bootstrap over days.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Day;
use headroom_core::quantiles::quantile_of_sorted;

/// Fewest days to resample: the lowest and the highest of four days enclose the median with a probability below 90 %.
const DAYS_MIN: usize = 5;

/// Resamples drawn: the ends of a 90 % interval are then the 50th value from either side.
const RESAMPLES: usize = 1000;

/// Share of resamples left out on either side.
const TAIL: f64 = 0.05;

/// Ends of a 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// 5 % of the resamples lie below.
    pub low: f64,
    /// 5 % of the resamples lie above.
    pub high: f64,
}

/// 90 % intervals of a policy's figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Days that were resampled, whole or in part.
    pub days: usize,
    /// Days in a row that were drawn together.
    pub block_days: usize,
    /// Of the instance-hours per 24 hours.
    pub instance_hours_per_day: Interval,
    /// Of the share of violation minutes, 0 to 1.
    pub violation_share: Interval,
    /// Of the cost over that of `target-tracking` on the same days.
    pub cost_over_target_tracking: Interval,
}

/// Intervals by the circular block bootstrap (Politis and Romano, 1992) over `days`, beside a `reference` over the same days:
/// blocks of n^(1/3) days in a row are drawn with replacement, the last day being followed by the first, until there are as
/// many days as before; figures are of their sums, so that a day in part counts for its part. None of fewer than five days.
///
/// # Panics
/// Where `reference` has another number of days.
#[must_use]
pub fn intervals(days: &[Day], reference: &[Day], seed: u64) -> Option<Intervals> {
    assert_eq!(days.len(), reference.len(), "both lived through the same days");
    if days.len() < DAYS_MIN {
        return None;
    }
    let block_days = libm::ceil(libm::cbrt(days.len() as f64)) as usize;
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    let [mut hours, mut shares, mut ratios] = [const { Vec::new() }; 3];
    for _ in 0..RESAMPLES {
        let sum = resample(days, reference, block_days, &mut draws);
        hours.push(sum.instance_hours / (sum.minutes / 1440.0));
        shares.push(sum.violation_minutes / sum.minutes);
        ratios.push(sum.instance_hours / sum.reference_hours);
    }
    Some(Intervals {
        days: days.len(),
        block_days,
        instance_hours_per_day: interval(hours),
        violation_share: interval(shares),
        cost_over_target_tracking: interval(ratios),
    })
}

#[derive(Default)]
struct Sum {
    minutes: f64,
    instance_hours: f64,
    violation_minutes: f64,
    reference_hours: f64,
}

fn resample(days: &[Day], reference: &[Day], block_days: usize, draws: &mut ChaCha8Rng) -> Sum {
    let mut sum = Sum::default();
    let mut first = 0;
    for drawn in 0..days.len() {
        if drawn % block_days == 0 {
            first = draws.random_range(0..days.len());
        }
        let index = (first + drawn % block_days) % days.len();
        sum.minutes += days[index].minutes as f64;
        sum.instance_hours += days[index].instance_hours;
        sum.violation_minutes += days[index].violation_minutes as f64;
        sum.reference_hours += reference[index].instance_hours;
    }
    sum
}

fn interval(mut values: Vec<f64>) -> Interval {
    values.sort_by(f64::total_cmp);
    Interval { low: quantile_of_sorted(&values, TAIL), high: quantile_of_sorted(&values, 1.0 - TAIL) }
}
