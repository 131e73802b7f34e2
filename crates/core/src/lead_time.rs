//! Lead time, learned: how long it took from past scale-outs to their last instance in service.
//!
//! The mean number of instances in service, which metrics give for every step, tells the moment within the step. Where there is no
//! such metric, the group's size as each tick finds it bounds the time from both sides.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{fleet::LEAD_TIME_SECONDS_MAX, observation::Observation, quantiles::quantile_of_sorted};

/// What is learned comes from so many scale-outs at most, the newest.
const SAMPLES_MAX: usize = 20;

/// Fewer samples than this say nothing yet.
const SAMPLES_MIN: usize = 3;

/// Of ten scale-outs, nine are there by then: late boots count, one that was very late does not decide.
const LEVEL: f64 = 0.9;

/// Metrics tell of a scale-out within this time after its arrival, or not at all.
const METRICS_PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// A scale-out that took longer never came: it says nothing about those that do.
const ARRIVAL_MAX: SignedDuration = SignedDuration::from_secs(LEAD_TIME_SECONDS_MAX);

/// Counts of instances in metrics are rounded to so much.
const COUNT_TOLERANCE: f64 = 0.01;

/// A scale-out whose instances are still on their way, or have come and are not timed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// When it was asked for.
    pub at: Timestamp,
    /// Instances asked for before.
    pub from: u32,
    /// Instances asked for since.
    pub to: u32,
    /// When the group was last seen without them.
    missing_at: Timestamp,
    /// When it was first seen with them.
    there_at: Option<Timestamp>,
}

impl Waiting {
    /// Whether they have not been seen in service yet.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.there_at.is_none()
    }
}

/// What past scale-outs taught about a group's lead time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadTime {
    waiting: Vec<Waiting>,
    /// Seconds, oldest first.
    samples: Vec<i64>,
    /// Instances in service as the last tick found them.
    in_service: u32,
    /// The last tick that found more of them than the one before.
    grew_at: Option<Timestamp>,
}

impl LeadTime {
    /// The time, in seconds from 0 to 3600, by which nine of ten scale-outs were complete; `None` before three were seen.
    #[must_use]
    pub fn seconds(&self) -> Option<i64> {
        if self.samples.len() < SAMPLES_MIN {
            return None;
        }
        let mut sorted: Vec<f64> = self.samples.iter().map(|&seconds| seconds as f64).collect();
        sorted.sort_by(f64::total_cmp);
        let seconds = quantile_of_sorted(&sorted, LEVEL).ceil() as i64;
        Some(seconds.clamp(0, LEAD_TIME_SECONDS_MAX))
    }

    /// How many scale-outs it was learned from.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// The scale-outs that are not complete, or not timed yet, oldest first.
    #[must_use]
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// The last tick that found more instances in service than the one before.
    #[must_use]
    pub fn grew_at(&self) -> Option<Timestamp> {
        self.grew_at
    }

    /// Notes that at `at` capacity was changed from `from` to `to` instances. A scale-in takes back what was still on its way.
    pub fn asked(&mut self, at: Timestamp, from: u32, to: u32) {
        self.waiting.retain(|waiting| waiting.to <= to && waiting.at < at);
        // What is in service already, for example under a minimum that is raised below it, has no lead time.
        if to > from.max(self.in_service) {
            self.waiting.push(Waiting { at, from, to, missing_at: at, there_at: None });
        }
    }

    /// Takes in the size that a tick found at `now`: `in_service` of `desired` instances. A scale-out that metrics did not time
    /// took `configured_seconds`, as far as the ticks that saw it missing and there allow that.
    pub fn see(&mut self, now: Timestamp, in_service: u32, desired: u32, configured_seconds: i64) {
        if in_service > self.in_service {
            self.grew_at = Some(now);
        }
        self.in_service = in_service;
        let mut settled = Vec::new();
        self.waiting.retain_mut(|waiting| {
            if waiting.to > desired || waiting.at > now {
                return false;
            }
            match waiting.there_at {
                None if in_service >= waiting.to => waiting.there_at = Some(now),
                None => waiting.missing_at = now,
                Some(_) => {}
            }
            let Some(there) = waiting.there_at else { return now.duration_since(waiting.at) <= ARRIVAL_MAX };
            let is_open = now.duration_since(there) < METRICS_PATIENCE;
            if !is_open {
                let after = |moment: Timestamp| moment.duration_since(waiting.at).as_secs();
                let (least, most) = (after(waiting.missing_at), after(there));
                settled.push(configured_seconds.clamp(least, most.max(least)));
            }
            is_open
        });
        settled.into_iter().for_each(|seconds| self.learn(seconds));
    }

    /// Times the scale-outs that `observations`, in the order of time and of steps of `step_seconds`, saw arriving.
    pub fn measure(&mut self, observations: &[Observation], step_seconds: i64) {
        let counted = |row: &Observation| {
            let count = row.in_service_instances.filter(|count| count.is_finite())?;
            Some((row.timestamp, count))
        };
        let Some(first) = self.waiting.first() else { return };
        let before = SignedDuration::from_secs(2 * step_seconds);
        let is_recent = |row: &&Observation| first.at.duration_since(row.timestamp) <= before;
        let steps: Vec<_> = observations.iter().filter(is_recent).filter_map(counted).collect();
        let mut timed = Vec::new();
        self.waiting.retain(|waiting| match arrival(waiting, &steps, step_seconds) {
            Some(moment) => {
                timed.push(moment.duration_since(waiting.at).as_secs());
                false
            }
            None => true,
        });
        timed.into_iter().for_each(|seconds| self.learn(seconds));
    }

    fn learn(&mut self, seconds: i64) {
        self.samples.push(seconds.clamp(0, LEAD_TIME_SECONDS_MAX));
        let surplus = self.samples.len().saturating_sub(SAMPLES_MAX);
        self.samples.drain(..surplus);
    }
}

/// When the last instance of `waiting` came into service, by the mean counts of the steps that start at the given moments. `None`
/// where they do not tell, or not yet.
fn arrival(waiting: &Waiting, steps: &[(Timestamp, f64)], step_seconds: i64) -> Option<Timestamp> {
    let step = SignedDuration::from_secs(step_seconds);
    let to = f64::from(waiting.to) - COUNT_TOLERANCE;
    let complete = steps.iter().position(|(start, mean)| *start + step > waiting.at && *mean >= to)?;
    let start = steps[complete].0;
    if start <= waiting.at {
        // It was there within the step in which it was asked for.
        return Some(waiting.at);
    }
    let (before_start, before) = *steps[..complete].last()?;
    if before_start + step != start {
        return None;
    }
    let earlier = steps[..complete - 1].last().filter(|(start, _)| *start + step == before_start);
    let base = level_before(f64::from(waiting.from), earlier.map(|(_, mean)| *mean), before);
    // The step before rose from `base` to all of them: so much of it was after the last arrival.
    let missing = f64::from(waiting.to) - base;
    let share = if missing > 0.0 { ((before - base) / missing).clamp(0.0, 1.0) } else { 0.0 };
    let overtaken = steps[complete].1 > f64::from(waiting.to) + COUNT_TOLERANCE;
    if overtaken && share <= COUNT_TOLERANCE {
        // It came somewhere in a step in which more came.
        return None;
    }
    let after_arrival = SignedDuration::from_millis((share * step_seconds as f64 * 1000.0).round() as i64);
    Some((start - after_arrival).max(waiting.at))
}

/// The instances in service before the last ones of a scale-out `from` so many came, in a step with the mean `mean` after one with
/// the mean `earlier`.
fn level_before(from: f64, earlier: Option<f64>, mean: f64) -> f64 {
    match earlier {
        // Some of them came in the step before that already, at different times: the last one is taken to have come alone.
        Some(earlier) if earlier > from + COUNT_TOLERANCE => {
            let is_steady = (earlier - earlier.round()).abs() <= COUNT_TOLERANCE;
            if is_steady { earlier } else { mean.floor().max(earlier.ceil()) }
        }
        _ => from,
    }
}

#[cfg(test)]
mod tests;
