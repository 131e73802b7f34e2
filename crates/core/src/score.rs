//! How good forecasts were: the measures of the evaluation protocol.

use serde::{Deserialize, Serialize};

use crate::{
    forecast::{HORIZON, StepQuantiles},
    frame::{Frame, Split},
    quantiles::{LEVELS, MEDIAN, Quantiles, pinball},
};

/// Mean absolute error of the median, in the target's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanAbsoluteError {
    /// One step ahead.
    pub h1: f64,
    /// Three steps ahead.
    pub h3: f64,
    /// Six steps ahead.
    pub h6: f64,
    /// Twelve steps ahead.
    pub h12: f64,
    /// Over all twelve steps.
    pub mean: f64,
}

/// Share of measured values at or below a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Of the 0.9 quantile.
    #[serde(rename = "0.9")]
    pub q90: f64,
    /// Of the 0.95 quantile.
    #[serde(rename = "0.95")]
    pub q95: f64,
    /// Of the 0.99 quantile.
    #[serde(rename = "0.99")]
    pub q99: f64,
}

/// The scores of one model over all origins and horizons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean absolute error of the median.
    pub mae: MeanAbsoluteError,
    /// `mae.mean` over the mean step-to-step change of the training part; none where that never changed.
    pub mase: Option<f64>,
    /// Root of the mean squared error of the median, in the target's unit.
    pub rmse: f64,
    /// Weighted quantile loss: 2 x sum of pinball losses / (levels x sum of the measured values); none where that
    /// sum is 0.
    pub wql: Option<f64>,
    /// `mae.mean` over the mean of the measured values; none where that is 0.
    pub mae_share_of_mean: Option<f64>,
    /// Share of measured values at or below the upper quantiles.
    pub coverage: Coverage,
}

/// Scores `forecasts`, one per origin. `None` where there is nothing to score.
///
/// Measures are those of FIELD practice: MASE after Hyndman and Koehler (2006), WQL after the M5 and GIFT-Eval
/// conventions.
///
/// # Panics
/// Where there are not as many forecasts as origins.
#[must_use]
pub fn score(frame: &Frame, split: Split, origins: &[usize], forecasts: &[StepQuantiles]) -> Option<Score> {
    assert_eq!(origins.len(), forecasts.len(), "one forecast per origin");
    if origins.is_empty() {
        return None;
    }
    let mut absolute = [0.0; HORIZON];
    let (mut squared, mut loss, mut sum, mut covered) = (0.0, 0.0, 0.0, [0.0; LEVELS.len()]);
    for (&origin, forecast) in origins.iter().zip(forecasts) {
        for (h, (actual, quantiles)) in frame.actual(origin).into_iter().zip(forecast).enumerate() {
            let Quantiles(values) = Quantiles::rectified(quantiles.0);
            let error = actual - values[MEDIAN];
            absolute[h] += error.abs();
            squared += error * error;
            sum += actual;
            for (k, &level) in LEVELS.iter().enumerate() {
                loss += pinball(level, actual - values[k]);
                covered[k] += f64::from(actual <= values[k]);
            }
        }
    }
    let count = origins.len() as f64;
    let all = count * HORIZON as f64;
    let mean = absolute.iter().sum::<f64>() / all;
    let at = |h: usize| absolute[h - 1] / count;
    Some(Score {
        mae: MeanAbsoluteError { h1: at(1), h3: at(3), h6: at(6), h12: at(12), mean },
        mase: ratio(mean, mean_change(&frame.values()[..split.train_end])),
        rmse: (squared / all).sqrt(),
        wql: ratio(2.0 * loss, LEVELS.len() as f64 * sum),
        mae_share_of_mean: ratio(mean, sum / all),
        coverage: Coverage { q90: covered[2] / all, q95: covered[3] / all, q99: covered[4] / all },
    })
}

/// Mean pinball loss of `forecasts`, one per origin, over all steps and levels, in the target's unit; infinite of nothing.
///
/// # Panics
/// Where there are not as many forecasts as origins.
#[must_use]
pub fn mean_pinball(frame: &Frame, origins: &[usize], forecasts: &[StepQuantiles]) -> f64 {
    assert_eq!(origins.len(), forecasts.len(), "one forecast per origin");
    let of_step = |(actual, quantiles): (f64, &Quantiles)| -> f64 {
        LEVELS.iter().zip(quantiles.0).map(|(&level, value)| pinball(level, actual - value)).sum()
    };
    let of_origin =
        |(&origin, steps): (&usize, &StepQuantiles)| -> f64 { frame.actual(origin).into_iter().zip(steps).map(of_step).sum() };
    let count = origins.len() * HORIZON * LEVELS.len();
    if count == 0 { f64::INFINITY } else { origins.iter().zip(forecasts).map(of_origin).sum::<f64>() / count as f64 }
}

fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    Some(numerator / denominator).filter(|ratio| ratio.is_finite())
}

/// Mean absolute change from one row to the next, over pairs that were both measured.
fn mean_change(values: &[f64]) -> f64 {
    let changes: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|change| change.is_finite()).collect();
    changes.iter().sum::<f64>() / changes.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, Column, Observation, Series};
    use jiff::Timestamp;

    #[test]
    fn scores_by_hand() {
        let rows: Vec<_> = (0..100)
            .map(|i| Observation {
                request_count: Some(10.0 + f64::from(i % 2)),
                ..Observation::at(Timestamp::from_second(i64::from(i) * 300).unwrap())
            })
            .collect();
        let series = Series::from_observations(&rows).unwrap();
        let frame = Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None);
        let split = Split::with_test(100);
        // From an odd origin the targets are 10, 11, 10, 11, ...
        let origins = [81];
        let forecast = [Quantiles([9.0, 10.0, 10.0, 11.0, 12.0]); HORIZON];
        let score = score(&frame, split, &origins, &[forecast]).unwrap();
        assert_eq!((score.mae.h1, score.mae.h6, score.mae.mean), (0.0, 1.0, 0.5));
        assert_eq!(score.mase, Some(0.5), "each row differs from the one before by 1");
        assert!((score.rmse - 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!((score.coverage.q90, score.coverage.q95, score.coverage.q99), (0.5, 1.0, 1.0));
        // Pinball of a target of 10: 0.1 + 0 + 0 + 0.05 + 0.02; of 11: 0.2 + 0.5 + 0.9 + 0 + 0.01.
        let expected = 2.0 * 6.0 * (0.17 + 1.61) / (5.0 * 126.0);
        assert!((score.wql.unwrap() - expected).abs() < 1e-12, "{:?} {expected}", score.wql);
    }
}
