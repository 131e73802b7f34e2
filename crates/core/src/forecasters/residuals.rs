//! A plain model with quantiles: its point plus the quantile of its own past errors at that step.

use serde::{Deserialize, Serialize};

use crate::{
    forecast::{HORIZON, Outlook},
    forecasters::{Forecaster, PlainModel, Point, PointForecaster},
    frame::Frame,
    quantiles::{LEVELS, Quantiles, quantile_of_sorted},
};

/// Fewer past errors than this say nothing about a 0.99 quantile.
const ERRORS_MIN: usize = 100;

/// A fitted plain model and the quantiles of its errors on the rows that it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plain {
    point: Point,
    /// Per step: quantiles of actual - point, in the target's unit.
    step_errors: Box<[[f64; LEVELS.len()]; HORIZON]>,
    /// Per step: quantiles of (largest actual so far - largest point so far), in the target's unit.
    peak_errors: Box<[[f64; LEVELS.len()]; HORIZON]>,
}

impl Plain {
    /// Fits `model` and measures its errors on the rows before `end`; `None` where there are too few rows to fit, fewer than
    /// 100 past errors at some step, or no point for half of `origins`.
    #[must_use]
    pub fn fit(model: PlainModel, frame: &Frame, end: usize, origins: &[usize]) -> Option<Self> {
        let point = Point::fit(model, frame, end)?;
        let mut step_errors: [Vec<f64>; HORIZON] = Default::default();
        let mut peak_errors: [Vec<f64>; HORIZON] = Default::default();
        let rows = end.saturating_sub(HORIZON);
        for row in (0..rows).step_by(rows.div_ceil(point.error_rows_max()).max(1)) {
            let (points, actual) = (point.points(frame, row), frame.actual(row));
            let (mut peak_point, mut peak_actual) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for h in 0..HORIZON {
                if (actual[h] - points[h]).is_finite() {
                    step_errors[h].push(actual[h] - points[h]);
                }
                // A running maximum over a gap is not known: NaN stays NaN.
                peak_point = larger(peak_point, points[h]);
                peak_actual = larger(peak_actual, actual[h]);
                if (peak_actual - peak_point).is_finite() {
                    peak_errors[h].push(peak_actual - peak_point);
                }
            }
        }
        let missing = origins.iter().filter(|&&origin| !point.points(frame, origin)[0].is_finite()).count();
        let enough = step_errors.iter().chain(&peak_errors).all(|errors| errors.len() >= ERRORS_MIN);
        if !enough || missing * 2 > origins.len() {
            return None;
        }
        let (step_errors, peak_errors) = (step_errors.map(quantiles).into(), peak_errors.map(quantiles).into());
        Some(Self { point, step_errors, peak_errors })
    }

    /// Which plain model it is.
    #[must_use]
    pub fn model(&self) -> PlainModel {
        self.point.model()
    }

    /// The model's points, the last value where it has none.
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        let last = frame.filled_before(origin, 0);
        self.point.points(frame, origin).map(|point| if point.is_finite() { point } else { last })
    }

    /// Mean absolute error at `origins` of the bare points, before the quantiles of past errors correct them.
    #[must_use]
    pub fn mae_of_point(&self, frame: &Frame, origins: &[usize]) -> f64 {
        let error = |&origin: &usize| {
            let (points, actual) = (self.points(frame, origin), frame.actual(origin));
            points.iter().zip(actual).map(|(point, actual)| (actual - point).abs()).sum::<f64>()
        };
        origins.iter().map(error).sum::<f64>() / (origins.len() * HORIZON) as f64
    }
}

fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn quantiles(mut errors: Vec<f64>) -> [f64; LEVELS.len()] {
    errors.sort_by(f64::total_cmp);
    LEVELS.map(|level| quantile_of_sorted(&errors, level))
}

impl Forecaster for Plain {
    fn name(&self) -> &'static str {
        self.model().name()
    }

    fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook> {
        let outlook = |&origin: &usize| {
            let points = self.points(frame, origin);
            let mut peaks = points;
            for h in 1..HORIZON {
                peaks[h] = peaks[h].max(peaks[h - 1]);
            }
            let add = |point: f64, errors: &[f64; LEVELS.len()]| Quantiles::rectified(errors.map(|error| point + error));
            Outlook {
                steps: std::array::from_fn(|h| add(points[h], &self.step_errors[h])),
                peaks: std::array::from_fn(|h| add(peaks[h], &self.peak_errors[h])),
            }
        };
        origins.iter().map(outlook).collect()
    }
}
