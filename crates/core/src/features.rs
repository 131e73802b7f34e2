//! The features of a row, and the scalers that are fitted to them.
//!
//! These are the sixteen of the reference system. The LSTM sees them beside what is anchored to each window (see
//! `lstm::inputs`). A feature whose column the source lacks is left out, and the model card names those that are in.

use serde::{Deserialize, Serialize};

use crate::{frame::Frame, observation::Column, quantiles::median, series::filled_forward};

/// Changes when a feature is added, removed or computed otherwise: a model of another version cannot be used.
pub const FEATURE_SET_VERSION: u32 = 2;

/// Width of the rolling statistics, in seconds.
const ROLLING_SECONDS: i64 = 1800;

/// One feature of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Mean CPU of the step, in percent.
    CpuUtilization,
    /// Bytes received in the step.
    NetworkIn,
    /// Requests in the step.
    RequestCount,
    /// Expected uplift of the step's events (see [`Frame::event`]), 0 without one.
    IsSaleActive,
    /// Hour of the local day, 0 to 23.
    Hour,
    /// Local day of the week, Monday 0 to Sunday 6.
    Weekday,
    /// 1 on Saturday and Sunday.
    IsWeekend,
    /// 1 from 9:00 to 17:00 on Monday to Friday.
    IsBusinessHours,
    /// Part of the local day: night 0, morning 1 (from 6:00), afternoon 2 (from 12:00), evening 3 (from 18:00).
    PartOfDay,
    /// Mean CPU of the last 30 minutes, in percent.
    CpuRollingMean,
    /// Standard deviation of CPU over the last 30 minutes, in percent.
    CpuRollingDeviation,
    /// Lowest CPU of the last 30 minutes, in percent.
    CpuRollingMinimum,
    /// Highest CPU of the last 30 minutes, in percent.
    CpuRollingMaximum,
    /// CPU less that of the step before, in percent.
    CpuDifference,
    /// Mean bytes per step of the last 30 minutes.
    NetworkRollingMean,
    /// Mean requests per step of the last 30 minutes.
    RequestsRollingMean,
}

impl Feature {
    /// All sixteen, in the order in which a model sees them.
    pub const ALL: [Self; 16] = [
        Self::CpuUtilization,
        Self::NetworkIn,
        Self::RequestCount,
        Self::IsSaleActive,
        Self::Hour,
        Self::Weekday,
        Self::IsWeekend,
        Self::IsBusinessHours,
        Self::PartOfDay,
        Self::CpuRollingMean,
        Self::CpuRollingDeviation,
        Self::CpuRollingMinimum,
        Self::CpuRollingMaximum,
        Self::CpuDifference,
        Self::NetworkRollingMean,
        Self::RequestsRollingMean,
    ];

    /// The column without which the feature does not exist.
    #[must_use]
    pub fn column(self) -> Option<Column> {
        match self {
            Self::CpuUtilization
            | Self::CpuRollingMean
            | Self::CpuRollingDeviation
            | Self::CpuRollingMinimum
            | Self::CpuRollingMaximum
            | Self::CpuDifference => Some(Column::CpuUtilization),
            Self::NetworkIn | Self::NetworkRollingMean => Some(Column::NetworkIn),
            Self::RequestCount | Self::RequestsRollingMean => Some(Column::RequestCount),
            Self::IsSaleActive | Self::Hour | Self::Weekday | Self::IsWeekend | Self::IsBusinessHours | Self::PartOfDay => None,
        }
    }

    /// Whether the feature tells weekdays apart.
    #[must_use]
    pub fn is_weekly(self) -> bool {
        matches!(self, Self::Weekday | Self::IsWeekend | Self::IsBusinessHours)
    }

    /// The feature of every row of `frame`, NaN where it is not known.
    fn values(self, frame: &Frame) -> Vec<f64> {
        let of_clock = |value: fn(f64, usize) -> f64| {
            let at = |row| {
                let clock = frame.clock(row);
                value(clock.day * 24.0, (clock.week * 7.0) as usize)
            };
            (0..frame.rows()).map(at).collect()
        };
        match self {
            Self::IsSaleActive => (0..frame.rows()).map(|row| frame.event(row)).collect(),
            Self::Hour => of_clock(|hour, _| hour.floor()),
            Self::Weekday => of_clock(|_, weekday| weekday as f64),
            Self::IsWeekend => of_clock(|_, weekday| f64::from(weekday >= 5)),
            Self::IsBusinessHours => of_clock(|hour, weekday| f64::from(weekday < 5 && (9.0..17.0).contains(&hour))),
            Self::PartOfDay => of_clock(|hour, _| (hour / 6.0).floor()),
            Self::CpuUtilization | Self::NetworkIn | Self::RequestCount => self.filled_column(frame),
            Self::CpuRollingMean | Self::NetworkRollingMean | Self::RequestsRollingMean => self.rolling(frame, mean),
            Self::CpuRollingDeviation => self.rolling(frame, deviation),
            Self::CpuRollingMinimum => self.rolling(frame, |window| window.iter().copied().fold(f64::INFINITY, f64::min)),
            Self::CpuRollingMaximum => self.rolling(frame, |window| window.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            Self::CpuDifference => {
                let cpu = self.filled_column(frame);
                (0..cpu.len()).map(|row| if row == 0 { f64::NAN } else { cpu[row] - cpu[row - 1] }).collect()
            }
        }
    }

    fn filled_column(self, frame: &Frame) -> Vec<f64> {
        let column = self.column().and_then(|column| frame.series().column(column));
        filled_forward(column.expect("a feature of a column that the source has"))
    }

    fn rolling(self, frame: &Frame, statistic: fn(&[f64]) -> f64) -> Vec<f64> {
        let values = self.filled_column(frame);
        let width = frame.rows_of(ROLLING_SECONDS);
        let at = |row: usize| {
            let window: Vec<f64> =
                values[(row + 1).saturating_sub(width)..=row].iter().copied().filter(|value| value.is_finite()).collect();
            if window.is_empty() { f64::NAN } else { statistic(&window) }
        };
        (0..values.len()).map(at).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let center = mean(values);
    mean(&values.iter().map(|value| (value - center).powi(2)).collect::<Vec<_>>()).sqrt()
}

/// Brings a feature to about zero mean and unit deviation, and back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// The feature.
    pub feature: Feature,
    /// Mean over the training rows, in the feature's unit.
    pub mean: f64,
    /// Standard deviation over the training rows, in the feature's unit; never 0.
    pub deviation: f64,
}

impl Scaler {
    fn fit(feature: Feature, training: &[f64]) -> Self {
        let known: Vec<f64> = training.iter().copied().filter(|value| value.is_finite()).collect();
        if known.is_empty() {
            return Self { feature, mean: 0.0, deviation: 1.0 };
        }
        let deviation = deviation(&known);
        // A feature that never moved has nothing to scale by; dividing by a rounding error would blow it up.
        let moved = deviation > 1e-9 * median(known.iter().map(|value| value.abs()).collect()).max(1e-9);
        Self { feature, mean: mean(&known), deviation: if moved { deviation } else { 1.0 } }
    }

    /// From the feature's unit to deviations from the mean.
    #[must_use]
    pub fn scale(&self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    /// From deviations back to the feature's unit.
    #[must_use]
    pub fn unscale(&self, scaled: f64) -> f64 {
        scaled * self.deviation + self.mean
    }
}

/// The features of every row of a frame.
#[derive(Debug, Clone)]
pub struct FeatureTable {
    columns: Vec<(Feature, Vec<f64>)>,
}

impl FeatureTable {
    /// Every feature that the source of `frame` has the column for.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let has = |feature: &Feature| feature.column().is_none_or(|column| frame.series().column(column).is_some());
        Self { columns: Feature::ALL.into_iter().filter(has).map(|feature| (feature, feature.values(frame))).collect() }
    }

    /// The feature of each row, NaN where it is not known; `None` where the source lacks its column.
    #[must_use]
    pub fn values(&self, feature: Feature) -> Option<&[f64]> {
        self.columns.iter().find(|(name, _)| *name == feature).map(|(_, values)| values.as_slice())
    }

    /// One scaler per feature, fitted on the first `train_end` rows and no others.
    #[must_use]
    pub fn fit_scalers(&self, train_end: usize) -> Vec<Scaler> {
        self.columns.iter().map(|(feature, values)| Scaler::fit(*feature, &values[..train_end.min(values.len())])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, Observation, Series};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn frame(cpu: &[f64]) -> Frame {
        // 2026-01-02 is a Friday.
        let start: Timestamp = "2026-01-02T08:55:00Z".parse().unwrap();
        let rows: Vec<_> = cpu
            .iter()
            .enumerate()
            .map(|(i, &value)| Observation {
                cpu_utilization: Some(value),
                ..Observation::at(start + jiff::SignedDuration::from_mins(5 * i as i64))
            })
            .collect();
        Frame::of_column(&Series::from_observations(&rows).unwrap(), Column::CpuUtilization, &Calendar::default(), None)
    }

    #[test]
    fn features_of_a_friday_morning() {
        let table = FeatureTable::of(&frame(&[10.0, 20.0, 60.0, 30.0, 30.0, 30.0, 30.0]));
        let at = |feature, row: usize| table.values(feature).unwrap()[row];
        assert_eq!((at(Feature::Hour, 0), at(Feature::Hour, 1)), (8.0, 9.0));
        assert_eq!((at(Feature::IsBusinessHours, 0), at(Feature::IsBusinessHours, 1)), (0.0, 1.0));
        assert_eq!((at(Feature::Weekday, 0), at(Feature::IsWeekend, 0), at(Feature::PartOfDay, 0)), (4.0, 0.0, 1.0));
        assert_eq!((at(Feature::CpuRollingMean, 2), at(Feature::CpuRollingMinimum, 2)), (30.0, 10.0));
        assert_eq!(at(Feature::CpuRollingMinimum, 6), 20.0, "six rows of five minutes");
        assert_eq!((at(Feature::CpuRollingMaximum, 6), at(Feature::CpuDifference, 2)), (60.0, 40.0));
        assert!((at(Feature::CpuRollingDeviation, 1) - 5.0).abs() < 1e-12);
        assert_eq!(table.values(Feature::NetworkIn), None, "no column, no feature");
    }

    #[test]
    fn scalers_never_see_rows_after_training() {
        let mut cpu = vec![10.0, 20.0, 10.0, 20.0];
        let before = FeatureTable::of(&frame(&cpu)).fit_scalers(4);
        cpu.extend([5000.0; 6]);
        assert_eq!(FeatureTable::of(&frame(&cpu)).fit_scalers(4), before);
    }

    proptest! {
        #[test]
        fn unscaling_undoes_scaling(values in proptest::collection::vec(-1e6..1e6_f64, 1..30), value in -1e6..1e6_f64) {
            let scaler = Scaler::fit(Feature::CpuUtilization, &values);
            let back = scaler.unscale(scaler.scale(value));
            prop_assert!((back - value).abs() <= 1e-6 * value.abs().max(1.0) + 1e-9 * scaler.deviation);
        }
    }
}
