//! Quantiles: the levels every forecast is made at, and what is done with them.

use serde::{Deserialize, Serialize};

/// The levels of every forecast.
pub const LEVELS: [f64; 5] = [0.1, 0.5, 0.9, 0.95, 0.99];

/// Index of the median in [`LEVELS`].
pub const MEDIAN: usize = 1;

/// From this level on values lie along an exponential tail, which is what the largest loads of many workloads do.
const TAIL_FROM: f64 = 0.9;

/// The uppermost level that can be asked for: one in ten thousand. What lies beyond no history tells.
pub const LEVEL_MAX: f64 = 0.9999;

/// Values at [`LEVELS`], in the unit of what is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Quantiles(pub [f64; 5]);

impl Quantiles {
    /// Makes the values possible: none below zero, none crossing another. What is not a number stays so, for the caller to
    /// see.
    #[must_use]
    pub fn rectified(mut values: [f64; 5]) -> Self {
        for value in &mut values {
            // Not `max`, which would turn what is not a number into a load of zero.
            if *value < 0.0 {
                *value = 0.0;
            }
        }
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.0[MEDIAN]
    }

    /// The value at `level`. Between the levels it is linear, from 0.9 on along an exponential tail: linear in
    /// -ln(1 - level). The tail goes on beyond the uppermost level as it came there, up to [`LEVEL_MAX`]; below the
    /// lowest level the value is held.
    #[must_use]
    pub fn at(&self, level: f64) -> f64 {
        if level <= LEVELS[0] {
            return self.0[0];
        }
        let level = level.min(LEVEL_MAX);
        let above = (1..LEVELS.len()).find(|&i| level <= LEVELS[i]).unwrap_or(LEVELS.len() - 1);
        let (low, high) = (LEVELS[above - 1], LEVELS[above]);
        let share = if low < TAIL_FROM {
            (level - low) / (high - low)
        } else {
            let depth = |level: f64| -(1.0 - level).ln();
            (depth(level) - depth(low)) / (depth(high) - depth(low))
        };
        self.0[above - 1] + share * (self.0[above] - self.0[above - 1])
    }

    /// The same in another unit.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.map(|value| value * factor))
    }
}

/// The pinball loss of quantile `level` at `error` = actual - forecast.
#[must_use]
pub fn pinball(level: f64, error: f64) -> f64 {
    (level * error).max((level - 1.0) * error)
}

/// The quantile at `level` of finite `sorted` values, linear between the two nearest order statistics (Hyndman and
/// Fan 1996, type 7, which is numpy's default); NaN of nothing.
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = level.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let (low, high) = (sorted[below as usize], sorted[position.ceil() as usize]);
    low + (position - below) * (high - low)
}

/// The median of finite `values`; NaN of nothing.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile_of_sorted(&values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_and_never_cross() {
        let quantiles = Quantiles::rectified([3.0, -1.0, 2.0, 9.0, 4.0]);
        assert_eq!(quantiles.0, [0.0, 2.0, 3.0, 4.0, 9.0]);
        assert_eq!((quantiles.at(0.0), quantiles.at(0.5), quantiles.at(0.7), quantiles.at(0.99)), (0.0, 2.0, 2.5, 9.0));
    }

    #[test]
    fn the_tail_is_exponential() {
        // An exponential distribution with a mean of 2: its quantile at p is -2 ln(1 - p).
        let exponential = |level: f64| -2.0 * (1.0 - level).ln();
        let quantiles = Quantiles(LEVELS.map(exponential));
        for level in [0.92, 0.97, 0.99, 0.995, 0.999, LEVEL_MAX] {
            assert!((quantiles.at(level) - exponential(level)).abs() < 1e-9, "at {level}");
        }
        assert_eq!(quantiles.at(1.0), quantiles.at(LEVEL_MAX), "a certainty is not to be had");
    }

    #[test]
    fn what_is_not_a_number_is_no_load_of_zero() {
        let quantiles = Quantiles::rectified([f64::NAN, -1.0, 2.0, 9.0, 4.0]);
        assert_eq!(quantiles.0.iter().filter(|value| value.is_nan()).count(), 1);
    }

    #[test]
    fn order_statistics_interpolate_as_numpy_does() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile_of_sorted(&sorted, 0.5), 3.0);
        assert!((quantile_of_sorted(&sorted, 0.9) - 6.8).abs() < 1e-12);
        assert!(quantile_of_sorted(&[], 0.5).is_nan());
    }

    #[test]
    fn pinball_weighs_the_two_sides() {
        assert!((pinball(0.9, 10.0) - 9.0).abs() < 1e-12);
        assert!((pinball(0.9, -10.0) - 1.0).abs() < 1e-12);
    }
}
