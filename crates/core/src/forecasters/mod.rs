//! Plain models: what every learned model has to beat, and what stands in where it does not.
//!
//! Each gives one value per step; [`WithResiduals`] adds the quantiles of its own past errors.

mod linear;
mod naive;
mod residuals;
mod smoothing;

pub use linear::{Linear, tells_weekdays};
pub use naive::{LastHourMean, LastValue, SameTimeLastWeek, SameTimeYesterday};
pub use residuals::WithResiduals;
pub use smoothing::ExponentialSmoothing;

use crate::{
    forecast::{HORIZON, Outlook},
    frame::{Frame, Split},
};

/// A value for each step after an origin, NaN where the model has none.
pub trait PointForecaster: Send + Sync {
    /// What the model is called in tables and JSON.
    fn name(&self) -> &'static str;

    /// The values of the [`HORIZON`] steps after `origin`, from rows up to `origin`, in the target's unit.
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON];

    /// Past errors are measured at no more rows than this, evenly spread; at every row by default.
    fn error_rows_max(&self) -> usize {
        usize::MAX
    }
}

/// A plain model with quantiles.
pub trait PlainForecaster: Send + Sync {
    /// What the model is called in tables and JSON.
    fn name(&self) -> &'static str;

    /// What it says at each of `origins`, in the target's unit.
    fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook>;

    /// Mean absolute error at `origins` of the bare points, before the quantiles of past errors correct them.
    fn mae_of_point(&self, frame: &Frame, origins: &[usize]) -> f64;
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

    /// Fits the model on the training and validation parts. `None` where there is too little history: too few rows to
    /// fit, fewer than 100 past errors at some step, or no point for half of `origins`.
    #[must_use]
    pub fn fit(self, frame: &Frame, split: Split, origins: &[usize]) -> Option<Box<dyn PlainForecaster>> {
        match self {
            Self::LastValue => WithResiduals::fit(LastValue, frame, split, origins),
            Self::SameTimeYesterday => WithResiduals::fit(SameTimeYesterday, frame, split, origins),
            Self::SameTimeLastWeek => WithResiduals::fit(SameTimeLastWeek, frame, split, origins),
            Self::LastHourMean => WithResiduals::fit(LastHourMean, frame, split, origins),
            Self::Linear => WithResiduals::fit(Linear::fit(frame, split)?, frame, split, origins),
            Self::ExponentialSmoothing => WithResiduals::fit(ExponentialSmoothing::fit(frame, split)?, frame, split, origins),
        }
    }
}
