//! Quantiles for a model that gives points: the point plus the quantile of its own past errors at that step.

use crate::{
    forecast::{HORIZON, Outlook},
    forecasters::{PlainForecaster, PointForecaster},
    frame::{Frame, Split},
    quantiles::{LEVELS, Quantiles, quantile_of_sorted},
};

/// Fewer past errors than this say nothing about a 0.99 quantile.
const ERRORS_MIN: usize = 100;

/// A model with the quantiles of its errors on the training and validation parts.
#[derive(Debug, Clone)]
pub struct WithResiduals<M> {
    model: M,
    /// Per step: quantiles of actual - point.
    step_errors: [[f64; LEVELS.len()]; HORIZON],
    /// Per step: quantiles of (largest actual so far - largest point so far).
    peak_errors: [[f64; LEVELS.len()]; HORIZON],
}

impl<M: PointForecaster + 'static> WithResiduals<M> {
    /// Measures `model` on every row before the test part; `None` where it has too few errors, or no point for half
    /// of `origins`.
    #[must_use]
    pub fn fit(model: M, frame: &Frame, split: Split, origins: &[usize]) -> Option<Box<dyn PlainForecaster>> {
        let mut step_errors: [Vec<f64>; HORIZON] = Default::default();
        let mut peak_errors: [Vec<f64>; HORIZON] = Default::default();
        let rows = split.validation_end.saturating_sub(HORIZON);
        for row in (0..rows).step_by(rows.div_ceil(model.error_rows_max()).max(1)) {
            let (points, actual) = (model.points(frame, row), frame.actual(row));
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
        let missing = origins.iter().filter(|&&origin| !model.points(frame, origin)[0].is_finite()).count();
        let enough = step_errors.iter().chain(&peak_errors).all(|errors| errors.len() >= ERRORS_MIN);
        if !enough || missing * 2 > origins.len() {
            return None;
        }
        Some(Box::new(Self { model, step_errors: step_errors.map(quantiles), peak_errors: peak_errors.map(quantiles) }))
    }

    /// The model's points, the last value where it has none.
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        let last = frame.filled_before(origin, 0);
        self.model.points(frame, origin).map(|point| if point.is_finite() { point } else { last })
    }
}

fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn quantiles(mut errors: Vec<f64>) -> [f64; LEVELS.len()] {
    errors.sort_by(f64::total_cmp);
    LEVELS.map(|level| quantile_of_sorted(&errors, level))
}

impl<M: PointForecaster + 'static> PlainForecaster for WithResiduals<M> {
    fn name(&self) -> &'static str {
        self.model.name()
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

    fn mae_of_point(&self, frame: &Frame, origins: &[usize]) -> f64 {
        let error = |&origin: &usize| {
            let (points, actual) = (self.points(frame, origin), frame.actual(origin));
            points.iter().zip(actual).map(|(point, actual)| (actual - point).abs()).sum::<f64>()
        };
        origins.iter().map(error).sum::<f64>() / (origins.len() * HORIZON) as f64
    }
}
