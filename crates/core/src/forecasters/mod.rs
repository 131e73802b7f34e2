//! Forecasters: the plain models that every learned one has to beat, and boosted trees.
//!
//! A plain model gives one value per step; [`Plain`] adds the quantiles of its own past errors.

mod baseline;
mod linear;
mod naive;
mod residuals;
mod smoothing;
mod trees;

use serde::{Deserialize, Serialize};

pub use baseline::Baseline;
pub use linear::{Linear, tells_weekdays};
pub use naive::{LastHourMean, LastValue, SameTimeLastWeek, SameTimeYesterday};
pub use residuals::Plain;
pub use smoothing::ExponentialSmoothing;
pub use trees::{Trees, TreesCard, TreesError};

use crate::{
    forecast::{HORIZON, Outlook},
    frame::Frame,
};

/// Says quantiles of the hour after an origin.
pub trait Forecaster: Send + Sync {
    /// What the model is called in tables and JSON.
    fn name(&self) -> &'static str;

    /// What it says at each of `origins`, from each of which [`Frame::can_forecast`], in the target's unit.
    fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook>;
}

/// A value for each step after an origin, NaN where the model has none.
pub trait PointForecaster {
    /// The values of the [`HORIZON`] steps after `origin`, from rows up to `origin`, in the target's unit.
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON];
}

/// Every kind of plain model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainModel {
    /// Every step is like the last one.
    LastValue,
    /// Every step is like the same time yesterday.
    SameTimeYesterday,
    /// Every step is like the same time last week.
    SameTimeLastWeek,
    /// Every step is like the mean of the last hour.
    LastHourMean,
    /// Linear regression on lags, clock, seasons and events.
    Linear,
    /// A daily season and a smoothed level.
    ExponentialSmoothing,
}

impl PlainModel {
    /// All of them, the simplest first.
    pub const ALL: [Self; 6] = [
        Self::LastValue,
        Self::SameTimeYesterday,
        Self::SameTimeLastWeek,
        Self::LastHourMean,
        Self::Linear,
        Self::ExponentialSmoothing,
    ];

    /// The naive ones, which learn nothing but the size of their errors.
    pub const NAIVE: [Self; 4] = [Self::LastValue, Self::SameTimeYesterday, Self::SameTimeLastWeek, Self::LastHourMean];

    /// Whether it repeats an earlier day.
    #[must_use]
    pub fn is_seasonal_copy(self) -> bool {
        matches!(self, Self::SameTimeYesterday | Self::SameTimeLastWeek)
    }

    /// What the model is called in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LastValue => "last value",
            Self::SameTimeYesterday => "yesterday",
            Self::SameTimeLastWeek => "last week",
            Self::LastHourMean => "last-hour mean",
            Self::Linear => "linear",
            Self::ExponentialSmoothing => "exponential smoothing",
        }
    }
}

/// A fitted plain model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Point {
    LastValue,
    SameTimeYesterday,
    SameTimeLastWeek,
    LastHourMean,
    Linear(Box<Linear>),
    ExponentialSmoothing(ExponentialSmoothing),
}

impl Point {
    /// `None` where the rows before `end` are too few.
    fn fit(model: PlainModel, frame: &Frame, end: usize) -> Option<Self> {
        Some(match model {
            PlainModel::LastValue => Self::LastValue,
            PlainModel::SameTimeYesterday => Self::SameTimeYesterday,
            PlainModel::SameTimeLastWeek => Self::SameTimeLastWeek,
            PlainModel::LastHourMean => Self::LastHourMean,
            PlainModel::Linear => Self::Linear(Box::new(Linear::fit(frame, end)?)),
            PlainModel::ExponentialSmoothing => Self::ExponentialSmoothing(ExponentialSmoothing::fit(frame, end)?),
        })
    }

    fn model(&self) -> PlainModel {
        match self {
            Self::LastValue => PlainModel::LastValue,
            Self::SameTimeYesterday => PlainModel::SameTimeYesterday,
            Self::SameTimeLastWeek => PlainModel::SameTimeLastWeek,
            Self::LastHourMean => PlainModel::LastHourMean,
            Self::Linear(_) => PlainModel::Linear,
            Self::ExponentialSmoothing(_) => PlainModel::ExponentialSmoothing,
        }
    }

    /// Past errors are measured at no more rows than this, evenly spread.
    fn error_rows_max(&self) -> usize {
        match self {
            // Smoothing at every row would take minutes on a long history; a thousand rows say as much about the errors.
            Self::ExponentialSmoothing(_) => 1000,
            _ => usize::MAX,
        }
    }
}

impl PointForecaster for Point {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        match self {
            Self::LastValue => LastValue.points(frame, origin),
            Self::SameTimeYesterday => SameTimeYesterday.points(frame, origin),
            Self::SameTimeLastWeek => SameTimeLastWeek.points(frame, origin),
            Self::LastHourMean => LastHourMean.points(frame, origin),
            Self::Linear(linear) => linear.points(frame, origin),
            Self::ExponentialSmoothing(smoothing) => smoothing.points(frame, origin),
        }
    }
}
