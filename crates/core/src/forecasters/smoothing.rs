//! Exponential smoothing with a daily season: MSTL takes the season out, simple exponential smoothing carries the level.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    forecast::HORIZON,
    forecasters::PointForecaster,
    frame::{Frame, ORDINARY_SHARE_MIN},
};

/// The season is found in at most this many rows: a week of 5-minute steps.
const SEASON_ROWS_MAX: usize = 2016;

/// The level is smoothed over at most this many rows, and at least [`LEVEL_ROWS_MIN`].
const LEVEL_ROWS_MAX: usize = 288;
const LEVEL_ROWS_MIN: usize = 24;

/// Shares of the newest value in the level that are tried, in steps of this.
const SHARE_STEP: f64 = 0.02;

/// A daily season and the share of the newest value in the level, both of the rows that it was fitted on; the level is smoothed anew
/// at every origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExponentialSmoothing {
    /// What each step of the UTC day adds, from midnight on, in the target's unit.
    season: Vec<f64>,
    /// Share of the newest value in the level, above 0 to 1: the α of simple exponential smoothing.
    share: f64,
}

impl ExponentialSmoothing {
    /// Finds the season in the last rows before `end`; `None` where there are fewer than two days.
    #[must_use]
    pub fn fit(frame: &Frame, end: usize) -> Option<Self> {
        let day = frame.day_rows();
        let rows = SEASON_ROWS_MAX.max(2 * day).min(28 * day).min(end) / day * day;
        if rows < 2 * day {
            return None;
        }
        let history = without_gaps(frame, end)?;
        let first = end - rows;
        let seasons = stlrs::MstlParams::new().stl_params(robust()).fit(&history[first..], &[day]).ok()?;
        let component = seasons.seasonal().first()?;
        let mut season = vec![0.0; day];
        for (row, value) in component.iter().enumerate().skip(component.len() - day) {
            season[step_of_day(frame, first + row)] = *value;
        }
        let mut smoothing = Self { season, share: 1.0 };
        let values: Vec<f64> = smoothing.without_season(frame, first..end).collect();
        smoothing.share = best_share(&values)?;
        Some(smoothing)
    }

    /// Not a number where the season is that of longer steps.
    fn season(&self, frame: &Frame, row: usize) -> f64 {
        self.season.get(step_of_day(frame, row)).copied().unwrap_or(f64::NAN)
    }

    /// The known values of these rows as on ordinary days, less their season.
    fn without_season(&self, frame: &Frame, rows: Range<usize>) -> impl Iterator<Item = f64> {
        rows.map(move |row| {
            let ordinary = frame.filled_before(row, 0) / (1.0 + frame.event(row)).max(ORDINARY_SHARE_MIN);
            ordinary - self.season(frame, row)
        })
        .filter(|value| value.is_finite())
    }
}

/// The share whose forecasts one step ahead have the least squared error on `values`; `None` without any.
fn best_share(values: &[f64]) -> Option<f64> {
    let squared_error = |share: f64| {
        let mut level = values[0];
        let step = |sum: f64, value: &f64| {
            let error = value - level;
            level += share * error;
            sum + error * error
        };
        values.iter().fold(0.0, step)
    };
    let shares = (1..=50_u8).map(|step| f64::from(step) * SHARE_STEP);
    if values.is_empty() { None } else { shares.min_by(|a, b| squared_error(*a).total_cmp(&squared_error(*b))) }
}

/// Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.1: the level, from the first value on.
fn level(share: f64, values: &[f64]) -> f64 {
    values.iter().copied().reduce(|level, value| level + share * (value - level)).unwrap_or(f64::NAN)
}

/// Counted by the clock: another frame of the same group starts at another row.
fn step_of_day(frame: &Frame, row: usize) -> usize {
    let series = frame.series();
    usize::try_from(series.second(row).rem_euclid(86_400) / series.step_seconds()).expect("a step of a day")
}

/// Robust, so that a sale does not become part of every day's season.
fn robust() -> stlrs::StlParams {
    let mut params = stlrs::StlParams::new();
    params.robust(true);
    params
}

/// The rows up to `end` as on ordinary days; a gap that is still open takes the value of the day before. `None` where the history
/// starts with a gap.
fn without_gaps(frame: &Frame, end: usize) -> Option<Vec<f64>> {
    let mut values: Vec<f64> = (0..end).map(|row| frame.ordinary_before(row, 0)).collect();
    for row in 0..end {
        if values[row].is_nan() {
            values[row] = match row.checked_sub(frame.day_rows()) {
                Some(before) => values[before],
                None => values[row.checked_sub(1)?],
            };
        }
    }
    Some(values)
}

impl PointForecaster for ExponentialSmoothing {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        let first = (origin + 1).saturating_sub(LEVEL_ROWS_MAX);
        let known: Vec<f64> = self.without_season(frame, first..origin + 1).collect();
        if known.len() < LEVEL_ROWS_MIN || !frame.filled_before(origin, 0).is_finite() {
            return [f64::NAN; HORIZON];
        }
        let level = level(self.share, &known);
        let point = |target: usize| (level + self.season(frame, target)) * (1.0 + frame.event(target));
        std::array::from_fn(|h| point(origin + 1 + h))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, Column, Observation, Series};
    use jiff::Timestamp;

    #[test]
    fn a_daily_season_on_a_moving_level_is_followed() {
        let value =
            |i: usize| 100.0 + 40.0 * (std::f64::consts::TAU * i as f64 / 288.0).sin() + if i > 2500 { 30.0 } else { 0.0 };
        let rows: Vec<_> = (0..288 * 10)
            .map(|i| Observation {
                request_count: Some(value(i) + (i % 7) as f64 * 0.1),
                ..Observation::at(Timestamp::from_second(i as i64 * 300).unwrap())
            })
            .collect();
        let frame =
            Frame::of_column(&Series::from_observations(&rows).unwrap(), Column::RequestCount, &Calendar::default(), None);
        let smoothing = ExponentialSmoothing::fit(&frame, frame.rows() * 8 / 10).expect("ten days are enough");
        for origin in [2400, 2800] {
            for (h, point) in smoothing.points(&frame, origin).into_iter().enumerate() {
                assert!((point - value(origin + 1 + h)).abs() < 5.0, "{origin} + {h}: {point} {}", value(origin + 1 + h));
            }
        }
    }
}
