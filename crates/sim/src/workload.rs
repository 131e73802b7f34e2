//! A trace as work offered to a group: load in instance-equivalents, minute by minute.

mod metrics;

use headroom_core::{Column, Series, quantiles::quantile_of_sorted, series::SeriesError};
use jiff::Timestamp;

use crate::rules::WorldRules;

/// The level of the main column that counts as `peak_instances`.
const PEAK_QUANTILE: f64 = 0.99;

/// Tenths of the trace that are history.
const HISTORY_TENTHS: usize = 8;

/// Why a trace cannot be replayed.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum WorkloadError {
    /// The series has nothing that could be load.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// There is no history, or nothing after it.
    #[error("the trace has {rows} step(s): a replay takes at least two, the first 80 % being history")]
    TooShort {
        /// Number of forecast steps.
        rows: usize,
    },
    /// Nothing to measure load by.
    #[error(
        "the 99th percentile of `{column}` over the first 80 % of the trace is {level}: load is counted in shares of it, so take a trace with more load"
    )]
    NoLoad {
        /// The column that was to be load.
        column: Column,
        /// What it comes to; NaN where nothing was measured.
        level: f64,
    },
    /// No such size.
    #[error("the size at peak is {0}: give a number of instances above 0")]
    PeakInstances(f64),
}

/// The work that a trace offers. Minutes count from its first one; rows beyond the end repeat the last value.
#[derive(Debug, Clone)]
pub struct Workload {
    start_second: i64,
    series: Series,
    main: Column,
    peak_instances: f64,
    loads: Vec<f64>,
    split_minute: usize,
    /// The main column per minute that makes one instance's worth of work.
    main_per_instance_minute: f64,
}

impl Workload {
    /// Turns a trace of any step into load: the main column (requests, else CPU, else network) over the 99th percentile of
    /// its history, times `peak_instances`. The history is the first 80 % of the series as forecasts see it: of 5-minute
    /// steps, or of its own where those are longer. The percentile is that of the trace's own steps.
    ///
    /// Load follows the trace at its own step, constant within it; a gap holds the last value.
    ///
    /// # Errors
    /// [`WorkloadError`] where the trace is too short, or has no load to count in.
    pub fn from_series(series: &Series, peak_instances: f64) -> Result<Self, WorkloadError> {
        if !(peak_instances > 0.0 && peak_instances.is_finite()) {
            return Err(WorkloadError::PeakInstances(peak_instances));
        }
        let main = series.target(None)?;
        let values = series.column(main).expect("the main column is there");
        let level = level_of_history(series, values, main)?;
        let loads: Vec<f64> = values.iter().map(|value| value / level * peak_instances).collect();
        let source_minutes = series.step_seconds() as f64 / 60.0;
        let main_per_instance_minute = level / peak_instances / if main.is_sum() { source_minutes } else { 1.0 };
        Self::of_rows(series, main, &loads, peak_instances, main_per_instance_minute)
    }

    /// Takes the load of a group's own history as it is, in instance-equivalents: see [`Series::load`]. Its size at peak is
    /// what it comes to. Split, steps and gaps are those of [`Workload::from_series`].
    ///
    /// # Errors
    /// [`WorkloadError`] where the history is too short, or has no load.
    pub fn from_load(series: &Series, requests_per_instance: Option<f64>) -> Result<Self, WorkloadError> {
        let main = if requests_per_instance.is_some() { Column::RequestCount } else { Column::CpuUtilization };
        let loads = series.load(requests_per_instance);
        let level = level_of_history(series, &loads, main)?;
        let source_minutes = series.step_seconds() as f64 / 60.0;
        // Without requests it is the percent of one instance that a percentage is one of.
        let main_per_instance_minute = requests_per_instance.map_or(100.0, |requests| requests / source_minutes);
        Self::of_rows(series, main, &loads, level, main_per_instance_minute)
    }

    /// The load of each row of `series`, NaN where it was not measured.
    fn of_rows(
        series: &Series,
        main: Column,
        row_loads: &[f64],
        peak_instances: f64,
        main_per_instance_minute: f64,
    ) -> Result<Self, WorkloadError> {
        let row_loads: Vec<f64> = held(row_loads).collect();
        let mut workload = Self {
            start_second: series.second(0).div_euclid(60) * 60,
            series: series.clone(),
            main,
            peak_instances,
            loads: Vec::new(),
            split_minute: 0,
            main_per_instance_minute,
        };
        workload.split_minute = workload.minute_at_second(split_second(series)?).expect("the split lies within the trace");
        let minutes = (series.second(series.rows()) - workload.start_second) / 60;
        let minutes = usize::try_from(minutes).expect("a positive length");
        workload.loads = (0..minutes).map(|minute| row_loads[workload.row_of(minute)]).collect();
        Ok(workload)
    }

    /// The column that load was taken from.
    #[must_use]
    pub fn main_column(&self) -> Column {
        self.main
    }

    /// Step of the trace, in seconds. Load is constant within it.
    #[must_use]
    pub fn trace_step_seconds(&self) -> i64 {
        self.series.step_seconds()
    }

    /// What the 99th percentile of the main column comes to, in instances.
    #[must_use]
    pub fn peak_instances(&self) -> f64 {
        self.peak_instances
    }

    /// Length of the trace in minutes.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.loads.len()
    }

    /// The first minute that is replayed; those before it are history.
    #[must_use]
    pub fn split_minute(&self) -> usize {
        self.split_minute
    }

    /// Start of the replayed part.
    #[must_use]
    pub fn split(&self) -> Timestamp {
        self.timestamp(self.split_minute)
    }

    /// Start of minute `minute`; minutes beyond the end are allowed.
    #[must_use]
    pub fn timestamp(&self, minute: usize) -> Timestamp {
        let second = self.start_second + i64::try_from(minute).expect("a minute close to the trace") * 60;
        Timestamp::from_second(second).expect("a minute close to the trace")
    }

    /// The minute that `moment` lies in, none before the trace; it may lie beyond the end.
    #[must_use]
    pub fn minute_of(&self, moment: Timestamp) -> Option<usize> {
        self.minute_at_second(moment.as_second())
    }

    /// Load offered in `minute`, in instance-equivalents; the last one beyond the end.
    #[must_use]
    pub fn load_at(&self, minute: usize) -> f64 {
        self.loads[minute.min(self.loads.len() - 1)]
    }

    /// Load of every minute of the trace, in instance-equivalents.
    #[must_use]
    pub fn loads(&self) -> &[f64] {
        &self.loads
    }

    /// The highest demand of the history, within the bounds of the group: the size that never scales.
    #[must_use]
    pub fn static_peak(&self, rules: &WorldRules) -> u32 {
        let highest = self.loads[..self.split_minute].iter().copied().fold(0.0, f64::max);
        rules.bounded(rules.demand(highest))
    }

    /// Requests per step of `step_seconds` that make one instance's worth of work; none where the source counts no
    /// requests. A group configured with it reads the very load that is offered, even where CPU is at its limit.
    #[must_use]
    pub fn requests_per_instance(&self, step_seconds: i64) -> Option<f64> {
        (self.main == Column::RequestCount).then(|| 1.0 / self.load_per_unit(step_seconds))
    }

    /// Load in instance-equivalents that a unit of the main column stands for, in steps of `step_seconds`.
    #[must_use]
    pub fn load_per_unit(&self, step_seconds: i64) -> f64 {
        let minutes = if self.main.is_sum() { step_seconds as f64 / 60.0 } else { 1.0 };
        1.0 / (self.main_per_instance_minute * minutes)
    }

    /// Whether the source has the main column in `minute`.
    #[must_use]
    pub fn measured(&self, minute: usize) -> bool {
        minute < self.loads.len() && self.source(self.main, minute).is_some()
    }

    /// Seconds from the start of the trace to the start of `minute`.
    pub(crate) fn second_of(&self, minute: usize) -> i64 {
        i64::try_from(minute).expect("a minute close to the trace") * 60
    }

    /// Unix second of the start of the trace.
    pub(crate) fn start_second(&self) -> i64 {
        self.start_second
    }

    fn source(&self, column: Column, minute: usize) -> Option<f64> {
        self.series.column(column).map(|values| values[self.row_of(minute)]).filter(|value| value.is_finite())
    }

    fn row_of(&self, minute: usize) -> usize {
        let second = self.start_second + self.second_of(minute);
        let row = (second - self.series.second(0)).max(0) / self.series.step_seconds();
        usize::try_from(row).expect("not before the start").min(self.series.rows() - 1)
    }

    fn minute_at_second(&self, second: i64) -> Option<usize> {
        usize::try_from((second - self.start_second).div_euclid(60)).ok()
    }
}

/// The unix second at which the history ends: a whole number of steps as forecasts see them.
fn split_second(series: &Series) -> Result<i64, WorkloadError> {
    let coarse = series.at_forecast_step();
    match coarse.rows() * HISTORY_TENTHS / 10 {
        0 => Err(WorkloadError::TooShort { rows: coarse.rows() }),
        row => Ok(coarse.second(row)),
    }
}

/// What `values`, one a row of `series`, come to at the peak of what was measured of the history.
fn level_of_history(series: &Series, values: &[f64], column: Column) -> Result<f64, WorkloadError> {
    let end = split_second(series)?;
    let history = values.iter().enumerate().take_while(|(row, _)| series.second(*row) < end);
    let mut measured: Vec<f64> = history.map(|(_, value)| *value).filter(|value| value.is_finite()).collect();
    measured.sort_by(f64::total_cmp);
    let level = quantile_of_sorted(&measured, PEAK_QUANTILE);
    if level > 0.0 { Ok(level) } else { Err(WorkloadError::NoLoad { column, level }) }
}

/// The values with gaps holding the last one; a gap at the start holds the first.
fn held(values: &[f64]) -> impl Iterator<Item = f64> + '_ {
    let first = values.iter().copied().find(|value| value.is_finite()).unwrap_or(0.0);
    values.iter().scan(first, |last, &value| {
        if value.is_finite() {
            *last = value.max(0.0);
        }
        Some(*last)
    })
}
