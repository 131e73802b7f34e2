//! Feedback: how good the forecasts of the model that serves turned out, and what follows from it.
//!
//! Every forecast is scored once its whole hour has been measured, beside the reactive rule, whose forecast of every step
//! is the load measured last. Both are judged by the absolute error: it is what the median is for, and it asks of the
//! reactive rule, which has no quantiles, nothing that it does not claim. A model that does worse for long enough is
//! demoted; it goes on forecasting, so that it can win its place back.

mod drift;
mod tally;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use drift::{Drift, Drifting};
use tally::Tally;

use crate::{
    decision::Accuracy,
    forecast::{Forecast, HORIZON, ModelName},
    quantiles::LEVELS,
    reason::{NoForecast, amount_to},
    score::Coverage,
};

/// Spans of a horizon that the rolling scores reach back: 24 hours of 5-minute steps.
const WINDOW_SPANS: i64 = 24;

/// Windows before that which drift is measured against: a week of 5-minute steps.
const REFERENCE_WINDOWS: i64 = 7;

/// So many forecasts of the window must each have been worse than the reactive rule before a model is demoted: six hours
/// of 5-minute steps. One odd hour, which disturbs the forecasts of the three hours after it, is not enough.
pub const WORSE_FORECASTS_MIN: u32 = 72;

/// After so many scored forecasts a demoted model may serve again.
pub const PROBATION_FORECASTS: u32 = 72;

/// A model is demoted where its absolute error is more than this many times that of the reactive rule ...
const WORSE_FACTOR: f64 = 1.1;

/// ... and by more than this share of the load: less changes no capacity. Half of it is forgiven on the way back.
const WORSE_LOAD_SHARE: f64 = 0.005;

/// After an outage, or where the state was lost, forecasts up to this old are still scored.
const CATCH_UP: SignedDuration = SignedDuration::from_hours(48);

/// A drift that lasts longer than this asks for a retraining.
const DRIFT_PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// The running scores of the model that serves a group, and the verdict on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feedback {
    /// The model that the scores are of; another one starts afresh.
    model: Option<ModelName>,
    /// Forecasts made up to here have been scored, or could not be.
    scored_until: Option<Timestamp>,
    /// Scores of the window, a tally for each horizon's length, oldest first.
    #[serde(deserialize_with = "Tally::possible")]
    hours: Vec<Tally>,
    /// Scores that left the window, a tally for each window's length, oldest first.
    #[serde(deserialize_with = "Tally::possible")]
    days: Vec<Tally>,
    /// The drifts that go on.
    pub drifts: Vec<Drifting>,
    /// That the model was demoted, while it is.
    pub demoted: Option<Demotion>,
    /// Forecasts scored since the demotion.
    scored_since_demotion: u32,
    /// That a retraining is asked for, while it is.
    pub retraining: Option<Retraining>,
}

/// That a model scored worse than the reactive rule, with the scores at that time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Demotion {
    /// The tick at which it was demoted.
    pub since: Timestamp,
    /// The scores covered so many hours.
    pub hours: i64,
    /// Mean absolute error of its median, in instance-equivalents.
    pub mae: f64,
    /// That of the reactive rule over the same steps.
    pub reactive_mae: f64,
}

impl Demotion {
    /// The clause that a person reads, without capital or full stop.
    #[must_use]
    pub fn clause(&self) -> String {
        let Self { since, hours, mae, reactive_mae } = self;
        let digits = if *reactive_mae < 1.0 { 2 } else { 1 };
        let (mae, reactive_mae) = (amount_to(*mae, digits), amount_to(*reactive_mae, digits));
        format!(
            "the model has been demoted since {} UTC: over {hours} h its forecasts were worse than the load measured last \
             (MAE {mae} against {reactive_mae})",
            since.strftime("%d %b %H:%M"),
        )
    }
}

/// Why a retraining is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The model was demoted.
    Demoted(Demotion),
    /// A drift has lasted for a day.
    Drifted(Drift),
}

/// A request to train the group's model again. It stands until another version serves, or its cause is gone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Retraining {
    /// The tick at which it was first asked for.
    pub since: Timestamp,
    /// Why.
    pub because: Cause,
}

impl Retraining {
    /// The clause that a person reads, without capital or full stop.
    #[must_use]
    pub fn clause(&self) -> String {
        let why = match &self.because {
            Cause::Demoted(demotion) => demotion.clause(),
            Cause::Drifted(drift) => format!("for more than a day, {}", drift.clause()),
        };
        format!("{why}; retrain it with `trainer train`")
    }
}

/// The scores of the window. Loads and errors are in instance-equivalents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FeedbackReport {
    /// The model.
    pub model: ModelName,
    /// Origin of the first forecast that was scored.
    pub since: Timestamp,
    /// Origin of the last one.
    pub until: Timestamp,
    /// How many there are.
    pub forecasts: u32,
    /// Mean absolute error of the median over all steps.
    pub mae: f64,
    /// Weighted quantile loss, as in [`crate::score::Score::wql`]; none where there was no load.
    pub wql: Option<f64>,
    /// Mean of median - load: above zero, forecasts are too high.
    pub bias: f64,
    /// Share of loads at or below the upper quantiles.
    pub coverage: Coverage,
    /// Mean absolute error of the reactive rule over the same steps.
    pub reactive_mae: f64,
    /// 1 - mae / `reactive_mae`: above zero, the model does better; none where the reactive rule made no error.
    pub skill: Option<f64>,
    /// Mean of the measured loads.
    pub mean_load: f64,
}

impl Feedback {
    /// Tells which model serves. Scores are a model's own: another one than before starts afresh, trusted.
    pub fn serve(&mut self, model: &ModelName) {
        if self.model.as_ref() != Some(model) {
            *self = Self { model: Some(model.clone()), ..Self::default() };
        }
    }

    /// The origins of the forecasts to score now: after the first moment, up to and including the second, so that every
    /// step of them has ended by `measured_until`. `None` where there are none, or no model has served yet.
    #[must_use]
    pub fn due(&self, measured_until: Timestamp, step_seconds: i64) -> Option<(Timestamp, Timestamp)> {
        self.model.as_ref()?;
        let until = measured_until - SignedDuration::from_secs(step_seconds) * i32::try_from(HORIZON).expect("a few steps");
        let oldest = until - CATCH_UP;
        let after = self.scored_until.map_or(oldest, |scored| scored.max(oldest));
        (after < until).then_some((after, until))
    }

    /// Scores `forecast`. `before` is the load of the step before its origin, `loads` are those of its steps; NaN is not
    /// measured, and such a step does not count. Forecasts come in the order of their origins; returns whether this one
    /// counts: not where it is another model's or was scored before, and not where nothing was measured.
    pub fn score(&mut self, forecast: &Forecast, before: f64, loads: &[f64; HORIZON]) -> bool {
        if self.model.as_ref() != Some(&forecast.model) || self.scored_until >= Some(forecast.origin) {
            return false;
        }
        let span_seconds = forecast.step_seconds.max(1) * HORIZON as i64;
        let span = forecast.origin.as_second().div_euclid(span_seconds);
        let Some(score) = Tally::of(span, forecast, before, loads) else { return false };
        self.scored_until = Some(forecast.origin);
        self.scored_since_demotion = self.scored_since_demotion.saturating_add(1);
        Tally::add_to(&mut self.hours, score);
        self.roll(span);
        true
    }

    /// Moves what left the window to the days before it, and forgets what is older than the reference.
    fn roll(&mut self, newest: i64) {
        let hours = std::mem::take(&mut self.hours);
        let (left, kept): (Vec<_>, _) = hours.into_iter().partition(|tally| tally.span <= newest - WINDOW_SPANS);
        self.hours = kept;
        for tally in left {
            Tally::add_to(&mut self.days, Tally { span: tally.span.div_euclid(WINDOW_SPANS), ..tally });
        }
        let newest_day = newest.div_euclid(WINDOW_SPANS);
        self.days.retain(|tally| tally.span >= newest_day - REFERENCE_WINDOWS);
    }

    /// Draws the consequences, once every forecast up to `scored_until` has been scored that can be: names drift, demotes
    /// or trusts the model again, asks for a retraining.
    pub fn judge(&mut self, scored_until: Timestamp, tick: Timestamp) {
        self.scored_until = self.scored_until.max(Some(scored_until));
        let Some(window) = Tally::total(&self.hours) else { return };
        self.drifts = drift::named(&window, Tally::total(&self.days).as_ref(), &self.drifts, tick);
        if self.demoted.is_none() && is_worse(&window) {
            let seconds = window.last.duration_since(window.first).as_secs();
            let hours = (seconds + 3599) / 3600;
            self.demoted = Some(Demotion { since: tick, hours, mae: window.mae(), reactive_mae: window.reactive_mae() });
            self.scored_since_demotion = 0;
        } else if self.scored_since_demotion >= PROBATION_FORECASTS && has_recovered(&window) {
            self.demoted = None;
        }
        let lasting = self.drifts.iter().find(|drifting| tick.duration_since(drifting.since) > DRIFT_PATIENCE);
        let cause = self.demoted.map(Cause::Demoted).or(lasting.map(|drifting| Cause::Drifted(drifting.drift)));
        let since = self.retraining.map_or(tick, |retraining| retraining.since);
        self.retraining = cause.map(|because| Retraining { since, because });
    }

    /// `forecast`, unless the model is demoted.
    ///
    /// # Errors
    /// [`NoForecast::Demoted`] where it is.
    pub fn trusted<'a>(&self, forecast: &'a Forecast) -> Result<&'a Forecast, NoForecast> {
        match self.demoted {
            Some(demotion) => Err(NoForecast::Demoted(demotion)),
            None => Ok(forecast),
        }
    }

    /// The scores of the window; `None` where nothing has been scored yet.
    #[must_use]
    pub fn report(&self) -> Option<FeedbackReport> {
        let window = Tally::total(&self.hours)?;
        let steps = f64::from(window.steps);
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let [q90, q95, q99] = window.covered.map(|covered| window.share(covered));
        Some(FeedbackReport {
            model: self.model.clone()?,
            since: window.first,
            until: window.last,
            forecasts: window.forecasts,
            mae: window.mae(),
            wql: finite(2.0 * window.pinball / (LEVELS.len() as f64 * window.load)),
            bias: window.signed / steps,
            coverage: Coverage { q90, q95, q99 },
            reactive_mae: window.reactive_mae(),
            skill: finite(1.0 - window.absolute / window.reactive),
            mean_load: window.load / steps,
        })
    }

    /// The same in short, for the record of a decision.
    #[must_use]
    pub fn accuracy(&self) -> Option<Accuracy> {
        let FeedbackReport { mae, mean_load, skill, coverage, .. } = self.report()?;
        let error_share = Some(mae / mean_load).filter(|share| share.is_finite());
        Some(Accuracy { error_share, skill, coverage_q99: coverage.q99 })
    }
}

/// Worse than the reactive rule in many forecasts, and on the whole by a margin.
fn is_worse(window: &Tally) -> bool {
    window.worse >= WORSE_FORECASTS_MIN && window.absolute > WORSE_FACTOR * window.reactive + WORSE_LOAD_SHARE * window.load
}

/// No worse than the reactive rule, but for what changes no capacity.
fn has_recovered(window: &Tally) -> bool {
    window.absolute <= window.reactive + WORSE_LOAD_SHARE / 2.0 * window.load
}

#[cfg(test)]
mod tests;
