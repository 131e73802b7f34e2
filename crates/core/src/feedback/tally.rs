//! What the scores of some forecasts come to: sums, from which every measure follows.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    forecast::{Forecast, HORIZON},
    quantiles::{LEVELS, pinball},
};

/// Indices in [`LEVELS`] of the quantiles whose coverage is watched: 0.9, 0.95 and 0.99.
pub(super) const WATCHED: [usize; 3] = [2, 3, 4];

/// A tally is of a day at most, and a day has fewer steps in all its forecasts.
const STEPS_MAX: u32 = 1_000_000;

/// No sum over a day comes close, and any number of these makes no infinity.
const SUM_MAX: f64 = 1e15;

/// Sums over the scored forecasts of one span. Loads and errors are in instance-equivalents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Number of the span: spans are counted from the epoch.
    pub(super) span: i64,
    /// Origin of the first forecast.
    pub(super) first: Timestamp,
    /// Origin of the last one.
    pub(super) last: Timestamp,
    /// Forecasts.
    pub(super) forecasts: u32,
    /// Forecasts whose median erred by more than the reactive rule did.
    pub(super) worse: u32,
    /// Steps that were forecast and measured.
    pub(super) steps: u32,
    /// Steps whose load lay above the median.
    pub(super) above: u32,
    /// Steps whose load lay below the median.
    pub(super) below: u32,
    /// Steps whose load lay at or below the watched quantiles.
    pub(super) covered: [u32; 3],
    /// Sum of the loads.
    pub(super) load: f64,
    /// Sum of the absolute errors of the median.
    pub(super) absolute: f64,
    /// Sum of median - load.
    pub(super) signed: f64,
    /// Sum of the pinball losses at all levels.
    pub(super) pinball: f64,
    /// Sum of the absolute errors of the reactive rule.
    pub(super) reactive: f64,
}

impl Tally {
    /// The score of one forecast. `before` is the load of the step before its origin, which the reactive rule carries
    /// forward; `loads` those of its steps. NaN is not measured: such a step does not count. `None` where no step was
    /// measured, what the reactive rule saw is not known, or the forecast is beyond measure.
    pub(super) fn of(span: i64, forecast: &Forecast, before: f64, loads: &[f64; HORIZON]) -> Option<Self> {
        let origin = forecast.origin;
        let mut score = Self { span, first: origin, last: origin, forecasts: 1, ..Self::default() };
        for (load, quantiles) in loads.iter().zip(&forecast.steps).filter(|(load, _)| load.is_finite()) {
            let (values, error) = (quantiles.0, load - quantiles.median());
            score.steps += 1;
            score.above += u32::from(error > 0.0);
            score.below += u32::from(error < 0.0);
            score.load += load;
            score.absolute += error.abs();
            score.signed -= error;
            score.reactive += (load - before).abs();
            score.pinball += LEVELS.iter().zip(values).map(|(&level, value)| pinball(level, load - value)).sum::<f64>();
            for (covered, level) in score.covered.iter_mut().zip(WATCHED) {
                *covered += u32::from(*load <= values[level]);
            }
        }
        score.worse = u32::from(score.absolute > score.reactive);
        score.is_possible().then_some(score)
    }

    /// Those of the stored tallies that can be: with the others no sum and no share is a number.
    pub(super) fn possible<'de, D: Deserializer<'de>>(stored: D) -> Result<Vec<Self>, D::Error> {
        let mut tallies = Vec::<Self>::deserialize(stored)?;
        tallies.retain(Self::is_possible);
        Ok(tallies)
    }

    fn is_possible(&self) -> bool {
        let Self { forecasts, worse, steps, above, below, covered, .. } = *self;
        let counts = (1..=STEPS_MAX).contains(&steps)
            && (1..=steps).contains(&forecasts)
            && worse <= forecasts
            && [above, below].iter().chain(&covered).all(|count| *count <= steps);
        let sums = [self.load, self.absolute, self.signed, self.pinball, self.reactive];
        counts && sums.iter().all(|sum| sum.abs() <= SUM_MAX)
    }

    /// Takes in the forecasts of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.forecasts += other.forecasts;
        self.worse += other.worse;
        self.steps += other.steps;
        self.above += other.above;
        self.below += other.below;
        for (covered, more) in self.covered.iter_mut().zip(other.covered) {
            *covered += more;
        }
        self.load += other.load;
        self.absolute += other.absolute;
        self.signed += other.signed;
        self.pinball += other.pinball;
        self.reactive += other.reactive;
    }

    /// Adds `score` to the tally of its span among `tallies`, a new one where there is none.
    pub(super) fn add_to(tallies: &mut Vec<Self>, score: Self) {
        match tallies.iter_mut().find(|tally| tally.span == score.span) {
            Some(tally) => tally.add(&score),
            None => tallies.push(score),
        }
    }

    /// All `tallies` in one; `None` where there are none.
    pub(super) fn total(tallies: &[Self]) -> Option<Self> {
        let (first, rest) = tallies.split_first()?;
        let mut total = first.clone();
        rest.iter().for_each(|tally| total.add(tally));
        Some(total)
    }

    /// Mean absolute error of the median.
    pub(super) fn mae(&self) -> f64 {
        self.absolute / f64::from(self.steps)
    }

    /// Mean absolute error of the reactive rule.
    pub(super) fn reactive_mae(&self) -> f64 {
        self.reactive / f64::from(self.steps)
    }

    /// Absolute error of the median as a share of the load; not finite where there was no load.
    pub(super) fn error_share(&self) -> f64 {
        self.absolute / self.load
    }

    /// `count` steps as a share of all.
    pub(super) fn share(&self, count: u32) -> f64 {
        f64::from(count) / f64::from(self.steps)
    }
}
