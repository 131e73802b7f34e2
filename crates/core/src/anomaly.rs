//! Anomalies: measurements that lie further from their forecast than the usual errors explain.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::quantiles::median;

/// An error further from the usual ones than this is an anomaly. Iglewicz and Hoaglin (1993) propose 3.5 for a single
/// look; at 288 looks a day that would cry wolf.
pub const SCORE_MIN: f64 = 6.0;

/// Errors it takes to know what is usual: three hours of 5-minute steps.
pub const ERRORS_MIN: usize = 36;

/// Errors that are remembered: a day of 5-minute steps.
pub const ERRORS_MAX: usize = 288;

/// A measurement that was not to be expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Anomaly {
    /// Version of this record's form.
    pub format: u32,
    /// The group.
    pub group: String,
    /// Start of the step.
    pub timestamp: Timestamp,
    /// The measured load, in instance-equivalents.
    pub load: f64,
    /// The forecast of it, one step ahead, in instance-equivalents.
    pub expected: f64,
    /// How unusual the error is; its sign is the error's.
    pub score: f64,
}

impl Anomaly {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;
}

/// The robust z-score of `error` among the `usual` ones: 0.6745 (error - median) / median absolute deviation. `None`
/// where there are fewer than [`ERRORS_MIN`] usual errors, or half of them are equal.
#[must_use]
pub fn robust_score(error: f64, usual: &[f64]) -> Option<f64> {
    if usual.len() < ERRORS_MIN {
        return None;
    }
    let center = median(usual.to_vec());
    let deviation = median(usual.iter().map(|error| (error - center).abs()).collect());
    (deviation > 0.0).then(|| 0.6745 * (error - center) / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_error_neither_hides_nor_makes_another() {
        let mut usual: Vec<f64> = (0..100).map(|i| f64::from(i % 11) - 5.0).collect();
        usual.push(1e9);
        let score = robust_score(60.0, &usual).unwrap();
        assert!((score - 0.6745 * 60.0 / 3.0).abs() < 1.0, "{score}");
        assert!(robust_score(4.0, &usual).unwrap() < SCORE_MIN);
        assert!(robust_score(-60.0, &usual).unwrap() < -SCORE_MIN);
    }

    #[test]
    fn little_history_and_a_constant_error_say_nothing() {
        assert_eq!(robust_score(9.0, &[0.0; 35]), None);
        assert_eq!(robust_score(9.0, &[0.0; 99]), None);
    }
}
