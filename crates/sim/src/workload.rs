//! A trace as work offered to a group: load in instance-equivalents, minute by minute.

use headroom_core::{Column, Observation, Series, quantiles::quantile_of_sorted, series::SeriesError};
use jiff::Timestamp;

use crate::rules::WorldRules;

/// The level of the main column that counts as `peak_instances`.
const PEAK_QUANTILE: f64 = 0.99;

/// Share of the trace that is history, in tenths.
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
    /// Turns a trace of any step into load: the main column (requests, else CPU, else network) over its 99th percentile
    /// within the history, times `peak_instances`. Percentile and split are taken on the series as forecasts see it: on
    /// 5-minute steps, or on its own where that is longer.
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
        let coarse = series.at_forecast_step();
        let split_row = coarse.rows() * HISTORY_TENTHS / 10;
        if split_row == 0 {
            return Err(WorkloadError::TooShort { rows: coarse.rows() });
        }
        let level = peak_level(&coarse, main, split_row);
        if level.is_nan() || level <= 0.0 {
            return Err(WorkloadError::NoLoad { column: main, level });
        }
        let per_minute = |column: Column, step_seconds: i64| if column.is_sum() { 60.0 / step_seconds as f64 } else { 1.0 };
        let main_per_instance_minute = level * per_minute(main, coarse.step_seconds()) / peak_instances;
        let mut workload = Self {
            start_second: series.second(0).div_euclid(60) * 60,
            series: series.clone(),
            main,
            peak_instances,
            loads: Vec::new(),
            split_minute: 0,
            main_per_instance_minute,
        };
        workload.split_minute = workload.minute_at_second(coarse.second(split_row)).expect("the split lies within the trace");
        let rate = per_minute(main, series.step_seconds()) / main_per_instance_minute;
        let row_loads: Vec<f64> =
            held(series.column(main).expect("the main column is there")).map(|value| value * rate).collect();
        let minutes = (series.second(series.rows()) - workload.start_second) / 60;
        workload.loads =
            (0..usize::try_from(minutes).expect("a positive length")).map(|minute| row_loads[workload.row_of(minute)]).collect();
        Ok(workload)
    }

    /// The column that load was taken from.
    #[must_use]
    pub fn main_column(&self) -> Column {
        self.main
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
        (self.main == Column::RequestCount).then(|| self.main_per_instance_minute * step_seconds as f64 / 60.0)
    }

    /// The history as `in_service` instances would have lived through it, in steps of `step_seconds` (a multiple of 60).
    /// Gaps of the source are left out; a coarser source repeats within its step.
    #[must_use]
    pub fn history_observations(&self, step_seconds: i64, in_service: u32) -> Vec<Observation> {
        let first = self.start_second.div_euclid(step_seconds);
        let last = (self.start_second + self.second_of(self.split_minute)).div_euclid(step_seconds);
        (first..last)
            .filter_map(|step| {
                self.observe(step * step_seconds, step_seconds, |minute| self.measured(minute).then_some(in_service))
            })
            .collect()
    }

    /// What a group did in the step that starts at unix second `start` and lasts `step_seconds`, `in_service` telling
    /// its instances minute by minute, none where that minute was not measured. A step with half of its minutes or fewer
    /// is not there.
    pub(crate) fn observe(
        &self,
        start: i64,
        step_seconds: i64,
        in_service: impl Fn(usize) -> Option<u32>,
    ) -> Option<Observation> {
        let minutes_per_step = step_seconds.div_euclid(60).max(1);
        let first = (start - self.start_second).div_euclid(60);
        let mut seen = StepMeans::default();
        for minute in (first..first + minutes_per_step).filter_map(|minute| usize::try_from(minute).ok()) {
            let Some(instances) = in_service(minute) else { continue };
            let load = self.load_at(minute);
            seen.loads.push(load);
            seen.instances.push(f64::from(instances));
            if instances > 0 {
                seen.cpu.push((load / f64::from(instances)).min(1.0) * 100.0);
            }
            seen.network.extend(self.source(Column::NetworkIn, minute));
            seen.events.extend(self.source(Column::IsSaleActive, minute));
        }
        let expected = usize::try_from(minutes_per_step).expect("a positive number of minutes");
        let mean = |values: &[f64]| (values.len() * 2 > expected).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let load = mean(&seen.loads)?;
        let source_minutes = self.series.step_seconds() as f64 / 60.0;
        Some(Observation {
            timestamp: Timestamp::from_second(start).expect("a step close to the trace"),
            cpu_utilization: mean(&seen.cpu).map(tidy),
            network_in: mean(&seen.network).map(|value| tidy(value / source_minutes * expected as f64)),
            request_count: self.requests_per_instance(step_seconds).map(|requests| tidy(load * requests)),
            in_service_instances: mean(&seen.instances).map(tidy),
            is_sale_active: seen.events.iter().copied().reduce(f64::max),
        })
    }

    /// Whether the source has the main column in `minute`.
    pub(crate) fn measured(&self, minute: usize) -> bool {
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

/// The measured minutes of one step.
#[derive(Default)]
struct StepMeans {
    loads: Vec<f64>,
    instances: Vec<f64>,
    cpu: Vec<f64>,
    network: Vec<f64>,
    events: Vec<f64>,
}

fn peak_level(coarse: &Series, main: Column, split_row: usize) -> f64 {
    let values = coarse.column(main).map_or(&[][..], |values| &values[..split_row]);
    let mut measured: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    measured.sort_by(f64::total_cmp);
    quantile_of_sorted(&measured, PEAK_QUANTILE)
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

/// Cuts what only rounding errors left behind: a millionth of a percent, of an instance, of a request.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
