//! How sure a group wants to be: configured, or what its money says.

use serde::{Deserialize, Serialize};

/// Where a risk level comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RiskSource {
    /// `risk_quantile` of the group.
    Configured,
    /// The price of an instance against the cost of a violation.
    Money,
    /// Neither was given.
    Default,
}

/// The quantile of the largest load ahead that capacity must carry.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Risk {
    /// Above 0, at most 1.
    pub quantile: f64,
    /// Where it comes from.
    pub source: RiskSource,
}

/// The risk level where nothing says another.
pub const RISK_QUANTILE_DEFAULT: f64 = 0.99;

/// Money never asks for less than an even chance: whoever wants fewer instances than the load takes half of the time says so.
const MONEY_QUANTILE_MIN: f64 = 0.5;

/// Money never asks for more: nothing is known of rarer loads from the history that a group has.
const MONEY_QUANTILE_MAX: f64 = 0.999;

const MINUTES_PER_HOUR: f64 = 60.0;

impl Risk {
    /// The level that is configured, else the one that makes a minute cheapest, else the default.
    ///
    /// A minute with an instance too many costs `price_per_hour / 60`, one with too few `violation_cost_per_minute`; the
    /// expected cost is least at the quantile `under / (under + over)` (the newsvendor's critical fraction: Arrow, Harris and
    /// Marschak 1951).
    pub(super) fn of(configured: Option<f64>, price_per_hour: Option<f64>, violation_cost_per_minute: Option<f64>) -> Self {
        if let Some(quantile) = configured {
            return Self { quantile, source: RiskSource::Configured };
        }
        match (price_per_hour, violation_cost_per_minute) {
            (Some(price), Some(under)) => {
                let over = price / MINUTES_PER_HOUR;
                let quantile = (under / (under + over)).clamp(MONEY_QUANTILE_MIN, MONEY_QUANTILE_MAX);
                Self { quantile, source: RiskSource::Money }
            }
            _ => Self { quantile: RISK_QUANTILE_DEFAULT, source: RiskSource::Default },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_weighs_what_is_lost_on_either_side() {
        let quantile = |price, violation| Risk::of(None, Some(price), Some(violation)).quantile;
        assert!((quantile(6.0, 0.9) - 0.9).abs() < 1e-12, "0.1 a minute against 0.9");
        assert_eq!(quantile(6.0, 0.01), 0.5, "cheap violations");
        assert_eq!(quantile(0.0832, 1.5), 0.999, "dear ones");
    }

    #[test]
    fn what_is_configured_counts_and_one_price_alone_says_nothing() {
        let risk = Risk::of(Some(0.8), Some(6.0), Some(0.9));
        assert_eq!(risk, Risk { quantile: 0.8, source: RiskSource::Configured });
        for (price, violation) in [(None, None), (Some(0.1), None), (None, Some(1.5))] {
            assert_eq!(Risk::of(None, price, violation).source, RiskSource::Default);
        }
    }
}
