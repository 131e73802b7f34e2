//! The page of one evaluation: a single HTML file with its pictures inside, which opens without a network.
//!
//! [`Report`] is plain data; [`render`] makes the page of it. Pictures are drawn by plotters, text is put in by maud, which
//! escapes it. What is public beside them is what any such page is made of: `headroom backtest` makes its own of it.

// What any page is made of.
pub mod axes;
pub mod canvas;
pub mod document;
pub mod figures;
pub mod ink;
mod numbers;
pub mod tables;

// The page of an evaluation.
mod bars;
mod calibration;
mod days;
mod horizons;
mod lines;
mod measures;
mod page;
mod timeline;
#[cfg(test)]
mod tests;

use headroom_core::{
    forecast::HORIZON,
    quantiles::{LEVELS, Quantiles},
};
use jiff::{Timestamp, tz::TimeZone};

pub use measures::errors_by_horizon;
pub use numbers::number;

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was evaluated: the name of the trace or of the group.
    pub title: String,
    /// What was forecast, for example `request_count`.
    pub target: String,
    /// Its unit, for example `requests per step`.
    pub unit: String,
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// The zone in which times are written and days begin.
    pub time_zone: TimeZone,
    /// What a reader needs to judge the rest: name and value, in the order of reading.
    pub facts: Vec<(String, String)>,
    /// Remarks, one sentence each, for example that nothing beats the last value.
    pub notes: Vec<String>,
    /// The results on the same origins, at most one of them the champion's.
    pub models: Vec<ModelResult>,
    /// Name of the plain model that the others are compared with: the best one in hindsight.
    pub yardstick: String,
    /// What the champion's quantiles covered before the online calibration; its own result holds what they cover after
    /// it. None where nothing was calibrated.
    pub uncalibrated: Option<Coverage>,
    /// Which steps ahead the timeline shows, 1 to [`HORIZON`], ascending.
    pub horizons: Vec<usize>,
    /// The champion's forecasts of the test part beside what was measured, in time order, evenly spaced. A missing point
    /// and a missing value are both gaps.
    pub timeline: Vec<Point>,
}

/// What a model is, beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It copies or averages the past.
    Plain,
    /// It was learned.
    Learned,
    /// It would serve.
    Champion,
}

/// The scores of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelResult {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Which model this is, where it was chosen among others.
    pub chosen: Option<String>,
    /// Weighted quantile loss; none where the measured values add up to 0.
    pub wql: Option<f64>,
    /// Mean absolute error of the median, 1 to [`HORIZON`] steps ahead, in the target's unit.
    pub mae: [f64; HORIZON],
    /// What its quantiles cover.
    pub coverage: Coverage,
    /// Seconds of fitting.
    pub train_seconds: f64,
}

impl ModelResult {
    /// Its name, and the chosen model's in brackets.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.chosen {
            Some(chosen) => format!("{} ({chosen})", self.name),
            None => self.name.clone(),
        }
    }

    /// Mean absolute error over all steps ahead.
    #[must_use]
    pub fn mean_error(&self) -> f64 {
        self.mae.iter().sum::<f64>() / HORIZON as f64
    }
}

/// Shares of measured values at or below a quantile, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Of each of [`LEVELS`], over all steps ahead.
    pub levels: [f64; LEVELS.len()],
    /// Of the 0.9 quantile, 1 to [`HORIZON`] steps ahead.
    pub q90_by_horizon: [f64; HORIZON],
}

/// One row of the test part.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Start of the step.
    pub timestamp: Timestamp,
    /// What was measured.
    pub actual: Option<f64>,
    /// What the champion said of this row, as many steps before as the entry of [`Report::horizons`] says; none where it
    /// could not. One entry for each.
    pub forecasts: Vec<Option<Quantiles>>,
}

impl Point {
    fn measured(&self) -> Option<f64> {
        self.actual.filter(|value| value.is_finite())
    }

    fn forecast(&self, k: usize) -> Option<Quantiles> {
        self.forecasts[k].filter(|quantiles| quantiles.0.iter().all(|value| value.is_finite()))
    }
}

impl Report {
    fn champion(&self) -> Option<&ModelResult> {
        self.models.iter().find(|model| model.role == Role::Champion)
    }

    fn yardstick(&self) -> Option<&ModelResult> {
        self.models.iter().find(|model| model.name == self.yardstick)
    }

    /// The model's WQL over the yardstick's; none where either is missing or the yardstick's is 0.
    fn relative_loss(&self, model: &ModelResult) -> Option<f64> {
        Some(model.wql? / self.yardstick()?.wql?).filter(|ratio| ratio.is_finite())
    }

    /// Seconds between two points of the timeline.
    fn spacing_seconds(&self) -> i64 {
        let distances = self.timeline.windows(2).map(|pair| pair[1].timestamp.as_second() - pair[0].timestamp.as_second());
        distances.filter(|&seconds| seconds > 0).min().unwrap_or(self.step_seconds)
    }
}

/// The page as HTML text.
///
/// # Panics
/// Where a point of the timeline has not one forecast for each of [`Report::horizons`].
#[must_use]
pub fn render(report: &Report) -> String {
    for point in &report.timeline {
        assert_eq!(point.forecasts.len(), report.horizons.len(), "one forecast for each of the horizons");
    }
    page::page(report).into_string()
}
