//! The timeline by days: which one went worst.

use headroom_core::quantiles::{LEVELS, Quantiles};
use jiff::civil::Date;

use super::{Point, Report};

/// Index of the 0.9 quantile.
pub(super) const Q90: usize = 2;
const _: () = assert!(LEVELS[Q90] == 0.9);

/// How a day went.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Day {
    /// The day, in the report's zone.
    pub(super) date: Date,
    /// Rows that were measured and forecast for every horizon.
    pub(super) rows: usize,
    /// Mean of what was measured.
    pub(super) mean: f64,
    /// Per horizon of the report: mean absolute error of the median.
    pub(super) errors: Vec<f64>,
    /// Per horizon of the report: share of measured values at or below the 0.9 quantile.
    pub(super) covered: Vec<f64>,
}

/// The days of the timeline that have rows to judge, in order.
pub(super) fn days(report: &Report) -> Vec<Day> {
    let date = |point: &Point| point.timestamp.to_zoned(report.time_zone.clone()).date();
    report
        .timeline
        .chunk_by(|a, b| date(a) == date(b))
        .filter_map(|points| day(date(&points[0]), points, report.horizons.len()))
        .collect()
}

fn day(date: Date, points: &[Point], horizons: usize) -> Option<Day> {
    let judged: Vec<(f64, Vec<Quantiles>)> = points
        .iter()
        .filter_map(|point| Some((point.measured()?, (0..horizons).map(|k| point.forecast(k)).collect::<Option<Vec<_>>>()?)))
        .collect();
    if judged.is_empty() {
        return None;
    }
    let rows = judged.len() as f64;
    let mean_of = |value: &dyn Fn(f64, &Quantiles) -> f64| -> Vec<f64> {
        (0..horizons)
            .map(|k| judged.iter().map(|(actual, forecasts)| value(*actual, &forecasts[k])).sum::<f64>() / rows)
            .collect()
    };
    Some(Day {
        date,
        rows: judged.len(),
        mean: judged.iter().map(|(actual, _)| actual).sum::<f64>() / rows,
        errors: mean_of(&|actual, forecast| (actual - forecast.median()).abs()),
        covered: mean_of(&|actual, forecast| f64::from(actual <= forecast.0[Q90])),
    })
}

/// The day with the largest error at the farthest horizon, among those with at least half as many rows as the fullest;
/// none of a single day.
pub(super) fn worst(days: &[Day]) -> Option<&Day> {
    let fullest = days.iter().map(|day| day.rows).max()?;
    let judged = days.iter().filter(|day| 2 * day.rows >= fullest);
    if days.len() < 2 {
        return None;
    }
    judged
        .filter(|day| !day.errors.is_empty())
        .max_by(|a, b| a.errors.last().unwrap_or(&0.0).total_cmp(b.errors.last().unwrap_or(&0.0)))
}
