//! Linear regression of each step's change from the last value: lags, clock, seasons and the known events.

use std::f64::consts::TAU;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::{forecast::HORIZON, forecasters::PointForecaster, frame::Frame};

/// Shrinks the coefficients of features that repeat each other; relative to each feature's own sum of squares.
const RIDGE: f64 = 1e-4;

/// How many rows back a lag is taken.
const LAGS: [usize; 8] = [1, 2, 3, 5, 8, 12, 20, 35];

/// One constant, [`LAGS`], and what [`features`] adds.
const FEATURES: usize = 1 + LAGS.len() + 15;

/// Weekdays are told apart once they were seen twice.
const WEEKLY_FROM_WEEKS: usize = 2;

/// Coefficients per step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// Per step, one coefficient per feature.
    coefficients: [Vec<f64>; HORIZON],
    /// Whether the training part was long enough to tell weekdays apart.
    weekly: bool,
}

/// Whether the rows before `end` are enough to tell weekdays apart.
#[must_use]
pub fn tells_weekdays(frame: &Frame, end: usize) -> bool {
    end >= WEEKLY_FROM_WEEKS * frame.week_rows()
}

impl Linear {
    /// Ridge regression on the rows before `end` (Hoerl and Kennard 1970); `None` where they have fewer origins than
    /// coefficients need.
    #[must_use]
    pub fn fit(frame: &Frame, end: usize) -> Option<Self> {
        let origins = frame.fit_origins(end);
        if origins.len() < 4 * FEATURES {
            return None;
        }
        let weekly = tells_weekdays(frame, end);
        let mut coefficients = Vec::with_capacity(HORIZON);
        for h in 0..HORIZON {
            let mut gram = DMatrix::<f64>::zeros(FEATURES, FEATURES);
            let mut moment = DVector::<f64>::zeros(FEATURES);
            for &origin in &origins {
                let x = DVector::from_row_slice(&features(frame, origin, h, weekly));
                let change = frame.values()[origin + 1 + h] - frame.filled_before(origin, 0);
                gram.ger(1.0, &x, &x, 1.0);
                moment.axpy(change, &x, 1.0);
            }
            for i in 0..FEATURES {
                gram[(i, i)] = gram[(i, i)] * (1.0 + RIDGE) + f64::EPSILON;
            }
            coefficients.push(gram.cholesky()?.solve(&moment).iter().copied().collect());
        }
        Some(Self { coefficients: coefficients.try_into().expect("one vector per step"), weekly })
    }
}

impl PointForecaster for Linear {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        let last = frame.filled_before(origin, 0);
        std::array::from_fn(|h| {
            last + features(frame, origin, h, self.weekly)
                .iter()
                .zip(self.coefficients[h].iter())
                .map(|(x, b)| x * b)
                .sum::<f64>()
        })
    }
}

/// What is known at `origin` about the step `h` after it. Levels are differences from the last value, 0 where the
/// past does not reach back so far; those of other days are brought under the events of the row that they stand for.
fn features(frame: &Frame, origin: usize, h: usize, weekly: bool) -> [f64; FEATURES] {
    let target = origin + 1 + h;
    let last = frame.filled_before(origin, 0);
    let level = |value: f64| if value.is_finite() { value - last } else { 0.0 };
    let there = |season: usize| level(frame.expected_before(target, season));
    let then = |season: usize| level(frame.expected_before(origin, season));
    let (day, week) = (frame.day_rows(), frame.week_rows());
    let clock = frame.clock(target);
    let weekday = |value: f64| if weekly { value } else { 0.0 };
    let mut features = [1.0; FEATURES];
    for (slot, lag) in features[1..].iter_mut().zip(LAGS) {
        *slot = level(frame.filled_before(origin, lag));
    }
    let rest = [
        last,
        there(day),
        there(week),
        then(day),
        then(week),
        frame.event(target),
        frame.event(origin),
        frame.change_by_events(origin, target),
        (TAU * clock.day).sin(),
        (TAU * clock.day).cos(),
        (2.0 * TAU * clock.day).sin(),
        (2.0 * TAU * clock.day).cos(),
        weekday((TAU * clock.week).sin()),
        weekday((TAU * clock.week).cos()),
        weekday(f64::from(clock.week >= 5.0 / 7.0)),
    ];
    features[1 + LAGS.len()..].copy_from_slice(&rest);
    features
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, Column, Observation, Series, frame::Split, uplift::Uplift};
    use jiff::Timestamp;

    /// Mean and largest error on the last two of ten days, every third of which is a sale of intensity 1: `load` makes the load
    /// of a daily wave from 50 to 150 and of whether there is a sale.
    fn errors(load: impl Fn(f64, f64) -> f64) -> (f64, f64) {
        let rows: Vec<_> = (0..288 * 10)
            .map(|i| {
                let wave = 100.0 + 50.0 * (TAU * f64::from(i) / 288.0).sin();
                let sale = f64::from(i / 288 % 3 == 2);
                Observation {
                    request_count: Some(load(wave, sale)),
                    is_sale_active: Some(sale),
                    ..Observation::at(Timestamp::from_second(i64::from(i) * 300).unwrap())
                }
            })
            .collect();
        let series = Series::from_observations(&rows).unwrap();
        let frame = Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None);
        let split = Split::with_test(frame.rows());
        let uplift = Uplift::fit(&frame, split.train_end);
        let frame = frame.with_uplift(&uplift);
        let linear = Linear::fit(&frame, split.train_end).unwrap();
        let errors = frame.test_origins(split).into_iter().flat_map(|origin| {
            let points = linear.points(&frame, origin).into_iter();
            points.zip(frame.actual(origin)).map(|(point, actual)| (point - actual).abs()).collect::<Vec<_>>()
        });
        let errors: Vec<f64> = errors.collect();
        (errors.iter().sum::<f64>() / errors.len() as f64, errors.into_iter().fold(0.0, f64::max))
    }

    #[test]
    fn a_daily_wave_with_a_known_sale_is_learned() {
        for (kind, (mean, largest)) in
            [("multiplies", errors(|wave, sale| wave * (1.0 + 0.8 * sale))), ("adds", errors(|wave, sale| wave + 80.0 * sale))]
        {
            // Where a sale begins or ends, the lags lie on its other side.
            assert!(mean < 1.0 && largest < 4.0, "a sale that {kind}: {mean}, at most {largest}");
        }
    }
}
