//! Plain models: what every learned model has to beat, and what stands in where it does not.
//!
//! Each gives one value per step; [`WithResiduals`] adds the quantiles of its own past errors.

mod linear;
mod naive;
mod residuals;
mod smoothing;

pub use linear::Linear;
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

/// Every plain model that has history enough, fitted on the training and validation parts. The residuals of a model
/// that missed half of `origins` or has fewer than 100 past errors say nothing: it is left out.
#[must_use]
pub fn fit_plain(frame: &Frame, split: Split, origins: &[usize]) -> Vec<Box<dyn PlainForecaster>> {
    let mut fitted: Vec<Box<dyn PlainForecaster>> = Vec::new();
    let mut add = |model: Option<Box<dyn PlainForecaster>>| fitted.extend(model);
    add(WithResiduals::fit(LastValue, frame, split, origins));
    add(WithResiduals::fit(SameTimeYesterday, frame, split, origins));
    add(WithResiduals::fit(SameTimeLastWeek, frame, split, origins));
    add(WithResiduals::fit(LastHourMean, frame, split, origins));
    if let Some(linear) = Linear::fit(frame, split) {
        add(WithResiduals::fit(linear, frame, split, origins));
    }
    if let Some(smoothing) = ExponentialSmoothing::fit(frame, split) {
        add(WithResiduals::fit(smoothing, frame, split, origins));
    }
    fitted
}
