//! Drift: what changed about the errors of a model, by name and with its numbers.
//!
//! The forecasts of a day overlap: their errors weigh no more than those of about 24 separate hours do. The bounds are set
//! so that chance alone seldom reaches them then; each has a lower one at which a drift that was named ends, so that none
//! flaps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::tally::{Tally, WATCHED};
use crate::quantiles::LEVELS;

/// Forecasts it takes to judge the window: half of it.
const FORECASTS_MIN: u32 = 144;

/// Forecasts it takes to compare with the days before: one window.
const REFERENCE_FORECASTS_MIN: u32 = 288;

/// Errors below this share of the load change no capacity, however much they grew.
const ERROR_SHARE_MIN: f64 = 0.01;

/// A bias below this share of the load changes no capacity, however steady it is.
const BIAS_SHARE_MIN: f64 = 0.02;

/// One way in which forecasts got worse than they were, or than they claim to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// The median errs more than it did, and the load is not simply harder to tell: the reactive rule's errors did not grow
    /// as much.
    ErrorGrew {
        /// Absolute error over the window, as a share of the load.
        now: f64,
        /// The same over the days before.
        before: f64,
    },
    /// Measured loads stay on one side of the median.
    Biased {
        /// Share of the loads on the side where more lie.
        share: f64,
        /// Mean of median - load, in instance-equivalents: above zero, forecasts are too high.
        bias: f64,
    },
    /// Loads exceed a quantile far more often than its level says.
    Undercovers {
        /// The level.
        level: f64,
        /// Share of the loads at or below the quantile.
        share: f64,
    },
}

/// A drift that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drifting {
    /// The tick at which it was named.
    pub since: Timestamp,
    /// The drift, with its newest numbers.
    #[serde(flatten)]
    pub drift: Drift,
}

impl Drift {
    /// The clause that a person reads, without capital or full stop.
    #[must_use]
    pub fn clause(&self) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        match *self {
            Self::ErrorGrew { now, before } => {
                format!("errors grew to {} of the load, from {} in the days before", percent(now), percent(before))
            }
            Self::Biased { share, bias } => {
                let (side, way) = if bias < 0.0 { ("above", "low") } else { ("below", "high") };
                format!("forecasts stay too {way}: {} of the measured loads lie {side} the median", percent(share))
            }
            Self::Undercovers { level, share } => {
                format!("the {} quantile held for {} of the measured loads only", percent(level), percent(share))
            }
        }
    }

    /// The drift of the same kind among those `named` before.
    fn among(self, named: &[Drifting]) -> Option<&Drifting> {
        named.iter().find(|drifting| std::mem::discriminant(&drifting.drift) == std::mem::discriminant(&self))
    }
}

/// How far off something is: whether that is enough to name a drift, and whether to keep one that was named.
struct Finding {
    drift: Drift,
    starts: bool,
    stays: bool,
}

/// The drifts of `window` against the days `before` it. `named` are those of the tick before this one.
pub(super) fn named(window: &Tally, before: Option<&Tally>, named: &[Drifting], tick: Timestamp) -> Vec<Drifting> {
    if window.forecasts < FORECASTS_MIN {
        return Vec::new();
    }
    let reference = before.filter(|before| before.forecasts >= REFERENCE_FORECASTS_MIN);
    let findings = [reference.map(|before| error_grew(window, before)), Some(biased(window)), Some(undercovers(window))];
    let goes_on = |Finding { drift, starts, stays }: Finding| match drift.among(named) {
        Some(before) => stays.then_some(Drifting { since: before.since, drift }),
        None => starts.then_some(Drifting { since: tick, drift }),
    };
    findings.into_iter().flatten().filter_map(goes_on).collect()
}

/// Starts at 1.5 times the error with 1.2 times the reactive rule's share; ends below 1.25 and 1.1 times.
fn error_grew(window: &Tally, before: &Tally) -> Finding {
    let (now, then) = (window.error_share(), before.error_share());
    // NaN or 0, which is not enough, where the reactive rule made no error in the days before.
    let harder = (window.absolute / window.reactive) / (before.absolute / before.reactive);
    let grew = |error: f64, ratio: f64| now >= ERROR_SHARE_MIN && now >= error * then && harder >= ratio;
    Finding { drift: Drift::ErrorGrew { now, before: then }, starts: grew(1.5, 1.2), stays: grew(1.25, 1.1) }
}

/// Starts with three quarters of the loads on one side: 2.5 standard deviations of 24 tosses. Ends below 65 %.
fn biased(window: &Tally) -> Finding {
    let share = window.share(window.above.max(window.below));
    let bias = window.signed / f64::from(window.steps);
    let matters = window.signed.abs() >= BIAS_SHARE_MIN * window.load;
    // A few large misses on the other side can outweigh the many: then neither word would be true.
    let agrees = (window.above > window.below) == (bias < 0.0);
    let lies = |bound: f64| matters && agrees && share >= bound;
    Finding { drift: Drift::Biased { share, bias }, starts: lies(0.75), stays: lies(0.65) }
}

/// Starts at twice the misses that the level allows and 2 % more; ends below one and a half times and 1 %. Of several
/// quantiles the one that misses most beyond its level is named.
fn undercovers(window: &Tally) -> Finding {
    let watched = WATCHED.iter().zip(window.covered).map(|(&level, covered)| (LEVELS[level], window.share(covered)));
    let excess = |(level, share): &(f64, f64)| (1.0 - share) / (1.0 - level);
    let worst = watched.max_by(|one, other| excess(one).total_cmp(&excess(other)));
    let (level, share) = worst.expect("some levels are watched");
    let misses = |times: f64, more: f64| 1.0 - share >= times * (1.0 - level) + more;
    Finding { drift: Drift::Undercovers { level, share }, starts: misses(2.0, 0.02), stays: misses(1.5, 0.01) }
}
