//! A forecast: quantiles of the load of each of the next steps, and of the largest load up to each.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::quantiles::{LEVELS, Quantiles};

/// Steps ahead that every forecast covers: one hour of 5-minute steps.
pub const HORIZON: usize = 12;

/// Which model made a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ModelName {
    /// Name of the kind of model, for example `lstm` or `last value`.
    pub name: String,
    /// Version of the stored weights; none for a model without weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Quantiles of one step, or of the largest of several.
pub type StepQuantiles = [Quantiles; HORIZON];

/// What a model says from one origin, in the unit of what it was fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Quantiles of each step ahead.
    pub steps: StepQuantiles,
    /// At `h`: quantiles of the largest value of steps 0 to `h`. The largest of the per-step quantiles is not it.
    pub peaks: StepQuantiles,
}

impl Outlook {
    /// The same in another unit.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self { steps: self.steps.map(|step| step.scaled(factor)), peaks: self.peaks.map(|peak| peak.scaled(factor)) }
    }
}

/// A stored forecast of a group's load, in instance-equivalents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// Version of this record's form.
    pub format: u32,
    /// The group.
    pub group: String,
    /// End of the last step that was seen: the first forecast step starts here.
    pub origin: Timestamp,
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// What made it.
    pub model: ModelName,
    /// The levels of the quantiles.
    pub levels: [f64; 5],
    /// Per step, the values at the levels.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Quantiles>))]
    pub steps: StepQuantiles,
    /// Per step, the values of the largest load up to and including it.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Quantiles>))]
    pub peaks: StepQuantiles,
    /// False where nothing beat the last value on the group's history: the forecast is then the last value and how far off
    /// that usually is.
    #[serde(default = "predictable", skip_serializing_if = "is_predictable")]
    pub predictable: bool,
}

fn predictable() -> bool {
    true
}

fn is_predictable(predictable: &bool) -> bool {
    *predictable
}

impl Forecast {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;

    /// Wraps what a model said.
    #[must_use]
    pub fn new(group: &str, origin: Timestamp, step_seconds: i64, model: ModelName, outlook: Outlook) -> Self {
        let Outlook { steps, peaks } = outlook;
        Self {
            format: Self::FORMAT,
            group: group.to_owned(),
            origin,
            step_seconds,
            model,
            levels: LEVELS,
            steps,
            peaks,
            predictable: true,
        }
    }

    /// Start of forecast step `index` (0 is the next step).
    #[must_use]
    pub fn step_start(&self, index: usize) -> Timestamp {
        self.after(index)
    }

    /// End of the last step.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.after(HORIZON)
    }

    /// So many steps after the origin. What was stored may have any origin and step.
    fn after(&self, steps: usize) -> Timestamp {
        let steps = i32::try_from(steps).expect("no more steps than the horizon has");
        let span = SignedDuration::from_secs(self.step_seconds).saturating_mul(steps);
        self.origin.saturating_add(span).expect("seconds are of one length on every day")
    }

    /// How many of the forecast steps lie, even in part, before `until`; at least one, at most all.
    #[must_use]
    pub fn steps_until(&self, until: Timestamp) -> usize {
        let seconds = until.duration_since(self.origin).as_secs();
        usize::try_from(seconds.max(0)).map_or(1, |seconds| {
            seconds.div_ceil(usize::try_from(self.step_seconds.max(1)).expect("a positive step")).clamp(1, HORIZON)
        })
    }

    /// The largest load from the origin until `until`, at quantile `level`.
    #[must_use]
    pub fn peak_until(&self, until: Timestamp, level: f64) -> f64 {
        self.peaks[self.steps_until(until) - 1].at(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_grows_with_the_look_ahead() {
        let rising: StepQuantiles = std::array::from_fn(|h| Quantiles([h as f64 + 1.0; 5]));
        let origin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let model = ModelName { name: "test".to_owned(), version: None };
        let forecast = Forecast::new("web", origin, 300, model, Outlook { steps: rising, peaks: rising });
        let after = |seconds| origin + SignedDuration::from_secs(seconds);
        assert_eq!(forecast.peak_until(after(-60), 0.5), 1.0);
        assert_eq!(forecast.peak_until(after(300), 0.5), 1.0);
        assert_eq!(forecast.peak_until(after(301), 0.5), 2.0);
        assert_eq!(forecast.peak_until(after(86_400), 0.5), 12.0);
        assert_eq!(forecast.step_start(2), after(600));
        let json = serde_json::to_string(&forecast).unwrap();
        assert_eq!(serde_json::from_str::<Forecast>(&json).unwrap(), forecast);
    }
}
