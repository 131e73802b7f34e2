//! Observations on a regular grid: what forecasting works on.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::observation::{Column, Observation};

/// Shortest and longest step that a series may have, in seconds.
pub const STEP_SECONDS_MIN: i64 = 60;
/// Longest step, in seconds.
pub const STEP_SECONDS_MAX: i64 = 3600;

/// The step forecasts are made on when the source is finer, in seconds.
pub const FORECAST_STEP_SECONDS: i64 = 300;

/// A gap is filled forward for at most this many rows; what lies beyond stays missing.
pub const FILL_ROWS_MAX: usize = 6;

/// A grid is never longer than this: ten years of minutes. Longer ones come from one wrong timestamp.
const ROWS_MAX: i64 = 5_300_000;

/// Why observations do not make a series.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SeriesError {
    /// Fewer than two different timestamps.
    #[error("{rows} row(s) with different timestamps: at least two are needed to find the step: add rows")]
    TooShort {
        /// How many there are.
        rows: usize,
    },
    /// The step is outside of what forecasting works on.
    #[error("the step is {seconds} s: bring the rows to a step between 60 s and 3600 s that divides a day")]
    Step {
        /// The step that was found, in seconds.
        seconds: i64,
    },
    /// First and last timestamp are absurdly far apart.
    #[error("{first} to {last} is longer than ten years of minutes: check these two timestamps")]
    TooLong {
        /// First timestamp.
        first: Timestamp,
        /// Last timestamp.
        last: Timestamp,
    },
    /// No column that can be forecast.
    #[error("none of `request_count`, `cpu_utilization`, `network_in` has a value: add one of them")]
    NoTarget,
    /// The asked-for column is not there.
    #[error("there is no `{column}` in the data: choose one of {present}")]
    NoColumn {
        /// The column that was asked for.
        column: Column,
        /// The columns that are there.
        present: String,
    },
}

/// Columns of equal length on a regular grid; NaN is missing, and a column without any value is not there at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    start_second: i64,
    step_seconds: i64,
    rows: usize,
    columns: BTreeMap<Column, Vec<f64>>,
}

impl Series {
    /// Finds the step and lays the observations on its grid.
    ///
    /// Rows may come in any order. A timestamp between two grid points belongs to the step that it lies in. Of two
    /// rows for one step the later one in the input wins, column by column, where it has a value.
    ///
    /// # Errors
    /// [`SeriesError`] where there is no step to be found or nothing to forecast.
    pub fn from_observations(observations: &[Observation]) -> Result<Self, SeriesError> {
        Self::with_step(observations, find_step_seconds(observations)?)
    }

    /// Lays the observations on the grid of a known step, in seconds.
    ///
    /// # Errors
    /// [`SeriesError`] where the span is absurd or nothing can be forecast.
    pub fn with_step(observations: &[Observation], step_seconds: i64) -> Result<Self, SeriesError> {
        if !(STEP_SECONDS_MIN..=STEP_SECONDS_MAX).contains(&step_seconds) || 86_400 % step_seconds != 0 {
            return Err(SeriesError::Step { seconds: step_seconds });
        }
        let stamps = || observations.iter().map(|row| row.timestamp);
        let (Some(first), Some(last)) = (stamps().min(), stamps().max()) else {
            return Err(SeriesError::TooShort { rows: 0 });
        };
        let start_second = first.as_second().div_euclid(step_seconds) * step_seconds;
        let rows = (last.as_second() - start_second) / step_seconds + 1;
        if rows > ROWS_MAX {
            return Err(SeriesError::TooLong { first, last });
        }
        let rows = usize::try_from(rows).expect("a positive number of rows");
        let mut columns: BTreeMap<Column, Vec<f64>> = BTreeMap::new();
        for observation in observations {
            let row =
                usize::try_from((observation.timestamp.as_second() - start_second) / step_seconds).expect("not before the start");
            for column in Column::ALL {
                if let Some(value) = observation.get(column).filter(|value| value.is_finite()) {
                    columns.entry(column).or_insert_with(|| vec![f64::NAN; rows])[row] = value;
                }
            }
        }
        if !Column::TARGETS.iter().any(|target| columns.contains_key(target)) {
            return Err(SeriesError::NoTarget);
        }
        Ok(Self { start_second, step_seconds, rows, columns })
    }

    /// Number of grid rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The step in seconds.
    #[must_use]
    pub fn step_seconds(&self) -> i64 {
        self.step_seconds
    }

    /// Unix second at which row `row` starts; rows beyond the end are allowed.
    #[must_use]
    pub fn second(&self, row: usize) -> i64 {
        self.start_second + i64::try_from(row).expect("a row number") * self.step_seconds
    }

    /// Start of row `row`; rows beyond the end are allowed.
    #[must_use]
    pub fn timestamp(&self, row: usize) -> Timestamp {
        Timestamp::from_second(self.second(row)).expect("a row close to the observations")
    }

    /// The values of `column`, NaN where missing; `None` where the source has no such column.
    #[must_use]
    pub fn column(&self, column: Column) -> Option<&[f64]> {
        self.columns.get(&column).map(Vec::as_slice)
    }

    /// The columns that are there.
    pub fn present(&self) -> impl Iterator<Item = Column> + '_ {
        self.columns.keys().copied()
    }

    /// The column to forecast: `wanted`, else the first of requests, CPU and network that is there.
    ///
    /// # Errors
    /// [`SeriesError::NoColumn`] where `wanted` is not there.
    pub fn target(&self, wanted: Option<Column>) -> Result<Column, SeriesError> {
        let missing = |column| SeriesError::NoColumn {
            column,
            present: self.present().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
        };
        match wanted {
            Some(column) if self.columns.contains_key(&column) => Ok(column),
            Some(column) => Err(missing(column)),
            None => Column::TARGETS.into_iter().find(|column| self.columns.contains_key(column)).ok_or(SeriesError::NoTarget),
        }
    }

    /// Brings a 60 s series to the step that forecasts are made on; others stay as they are. A step counts if three
    /// or more of its five minutes were measured. Sums are five times the mean of the minutes that were measured, the
    /// event flag is the highest.
    #[must_use]
    pub fn at_forecast_step(&self) -> Self {
        if self.step_seconds != STEP_SECONDS_MIN {
            return self.clone();
        }
        let ratio = usize::try_from(FORECAST_STEP_SECONDS / self.step_seconds).expect("positive");
        let bin_of = |row: usize| self.second(row).div_euclid(FORECAST_STEP_SECONDS);
        let bins = usize::try_from(bin_of(self.rows - 1) - bin_of(0) + 1).expect("positive");
        let mut coarse = BTreeMap::new();
        for (&column, values) in &self.columns {
            let mut members: Vec<Vec<f64>> = vec![Vec::with_capacity(ratio); bins];
            for (row, &value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                members[usize::try_from(bin_of(row) - bin_of(0)).expect("positive")].push(value);
            }
            coarse.insert(column, members.iter().map(|bin| aggregate(column, bin, ratio)).collect());
        }
        let mut series = Self {
            start_second: bin_of(0) * FORECAST_STEP_SECONDS,
            step_seconds: FORECAST_STEP_SECONDS,
            rows: bins,
            columns: coarse,
        };
        series.trim();
        series
    }

    /// Cuts rows without any value off both ends.
    fn trim(&mut self) {
        let empty = |row: usize| self.columns.values().all(|values| values[row].is_nan());
        let Some(first) = (0..self.rows).find(|&row| !empty(row)) else { return };
        let last = (0..self.rows).rev().find(|&row| !empty(row)).unwrap_or(first);
        *self = self.slice(first..last + 1);
    }

    /// The rows of `range` as a series of their own.
    ///
    /// # Panics
    /// Where the range does not lie within the rows.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            start_second: self.second(range.start),
            step_seconds: self.step_seconds,
            rows: range.len(),
            columns: self.columns.iter().map(|(&column, values)| (column, values[range.clone()].to_vec())).collect(),
        }
    }

    /// The same without `column`.
    #[must_use]
    pub fn without(mut self, column: Column) -> Self {
        self.columns.remove(&column);
        self
    }

    /// The rows as observations, those without any value left out.
    #[must_use]
    pub fn observations(&self) -> Vec<Observation> {
        (0..self.rows)
            .filter_map(|row| {
                let mut observation = Observation::at(self.timestamp(row));
                for (&column, values) in &self.columns {
                    observation.set(column, Some(values[row]).filter(|value| value.is_finite()));
                }
                Column::ALL.iter().any(|&column| observation.get(column).is_some()).then_some(observation)
            })
            .collect()
    }

    /// The load of each row in instance-equivalents, NaN where it is not known; see [`Observation::load`].
    #[must_use]
    pub fn load(&self, requests_per_instance: Option<f64>) -> Vec<f64> {
        let count_known = self.columns.contains_key(&Column::InServiceInstances);
        let value = |column, row: usize| self.column(column).map(|values| values[row]).filter(|value| value.is_finite());
        (0..self.rows)
            .map(|row| {
                let mut observation = Observation::at(self.timestamp(row));
                for column in Column::ALL {
                    observation.set(column, value(column, row));
                }
                observation.load(requests_per_instance, count_known).unwrap_or(f64::NAN)
            })
            .collect()
    }
}

fn aggregate(column: Column, measured: &[f64], expected: usize) -> f64 {
    if measured.len() * 2 <= expected {
        return f64::NAN;
    }
    if column == Column::IsSaleActive {
        return measured.iter().copied().fold(0.0, f64::max);
    }
    let mean = measured.iter().sum::<f64>() / measured.len() as f64;
    if column.is_sum() { mean * expected as f64 } else { mean }
}

/// The most frequent distance between neighbouring timestamps, to the nearest minute, in seconds.
fn find_step_seconds(observations: &[Observation]) -> Result<i64, SeriesError> {
    let mut seconds: Vec<i64> = observations.iter().map(|row| row.timestamp.as_second()).collect();
    seconds.sort_unstable();
    seconds.dedup();
    if seconds.len() < 2 {
        return Err(SeriesError::TooShort { rows: seconds.len() });
    }
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in seconds.windows(2) {
        let distance = pair[1] - pair[0];
        let rounded = if distance < STEP_SECONDS_MIN / 2 { distance } else { (distance + 30) / 60 * 60 };
        *counts.entry(rounded).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let step = counts.into_iter().find(|&(_, count)| count == most).map_or(0, |(step, _)| step);
    if !(STEP_SECONDS_MIN..=STEP_SECONDS_MAX).contains(&step) || 86_400 % step != 0 {
        return Err(SeriesError::Step { seconds: step });
    }
    Ok(step)
}

/// Fills each gap forward for at most [`FILL_ROWS_MAX`] rows.
#[must_use]
pub fn filled_forward(values: &[f64]) -> Vec<f64> {
    let mut age = 0;
    let mut last = f64::NAN;
    values
        .iter()
        .map(|&value| {
            if value.is_finite() {
                (last, age) = (value, 0);
            } else {
                age += 1;
            }
            if age > FILL_ROWS_MAX { f64::NAN } else { last }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(second: i64, cpu: f64) -> Observation {
        Observation { cpu_utilization: Some(cpu), ..Observation::at(Timestamp::from_second(second).unwrap()) }
    }

    fn cpu(series: &Series) -> &[f64] {
        series.column(Column::CpuUtilization).unwrap()
    }

    #[test]
    fn disorder_duplicates_and_misalignment_end_on_the_grid() {
        let rows = [row(900, 4.0), row(2, 1.0), row(301, 2.0), row(304, 2.5), row(1201, 5.0)];
        let series = Series::from_observations(&rows).unwrap();
        assert_eq!((series.step_seconds(), series.rows(), series.second(0)), (300, 5, 0));
        assert_eq!(cpu(&series)[..2], [1.0, 2.5], "the later duplicate wins");
        assert!(cpu(&series)[2].is_nan(), "a gap is missing, not zero");
        assert_eq!(cpu(&series)[3..], [4.0, 5.0]);
    }

    #[test]
    fn steps_are_found_and_odd_ones_refused() {
        for step in [60, 300, 1800, 3600] {
            let rows: Vec<_> = (0..9).map(|i| row(i * step + i % 3, 1.0)).collect();
            assert_eq!(Series::from_observations(&rows).unwrap().step_seconds(), step);
        }
        for step in [10, 420, 7200] {
            let rows: Vec<_> = (0..9).map(|i| row(i * step, 1.0)).collect();
            assert_eq!(Series::from_observations(&rows), Err(SeriesError::Step { seconds: step }));
        }
        assert_eq!(Series::from_observations(&[row(0, 1.0), row(0, 2.0)]), Err(SeriesError::TooShort { rows: 1 }));
    }

    #[test]
    fn minutes_become_five_minutes_when_three_were_measured() {
        let mut rows: Vec<_> = [0, 60, 120, 300, 360, 600, 660, 720, 780, 840].map(|second| row(second, 2.0)).to_vec();
        for row in &mut rows {
            row.request_count = Some(10.0);
        }
        let coarse = Series::from_observations(&rows).unwrap().at_forecast_step();
        let requests = coarse.column(Column::RequestCount).unwrap();
        assert_eq!((requests[0], requests[2]), (50.0, 50.0));
        assert!(requests[1].is_nan(), "two minutes of five are too few");
        assert_eq!(cpu(&coarse)[0], 2.0, "a mean stays a mean");
    }

    #[test]
    fn load_needs_the_instance_count_where_the_source_has_one() {
        let mut rows = vec![row(0, 50.0), row(300, 50.0)];
        assert_eq!(Series::from_observations(&rows).unwrap().load(None), [0.5, 0.5]);
        rows[0].in_service_instances = Some(4.0);
        let load = Series::from_observations(&rows).unwrap().load(None);
        assert_eq!(load[0], 2.0);
        assert!(load[1].is_nan(), "a missing count is not one instance");
    }

    #[test]
    fn gaps_fill_forward_for_six_rows() {
        let mut values = vec![f64::NAN; 10];
        values[1] = 7.0;
        let filled = filled_forward(&values);
        assert!(filled[0].is_nan() && filled[8].is_nan());
        assert_eq!(filled[1..8], [7.0; 7]);
    }

    proptest! {
        #[test]
        fn any_observations_make_a_series_or_an_error(
            rows in proptest::collection::vec((-4_000_000_i64..4_000_000, proptest::num::f64::ANY), 0..40)
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(second, value)| row(second, value)).collect();
            if let Ok(series) = Series::from_observations(&rows) {
                prop_assert!(series.observations().len() <= rows.len());
                let _ = series.at_forecast_step().load(None);
            }
        }
    }
}
