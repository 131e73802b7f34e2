//! `target-tracking` and `target-tracking-fast`: capacity follows the utilization that was measured, up soon, down slowly.

use crate::{
    replay::{Policy, Seen},
    world::Minute,
};

/// Minutes in a row above the target before `target-tracking` adds.
const MINUTES_ABOVE: usize = 3;

/// The same for `target-tracking-fast`.
const MINUTES_ABOVE_FAST: usize = 1;

/// Minutes in a row well below the target before capacity is cut.
const MINUTES_BELOW: usize = 15;

/// What counts as well below, as a share of the target.
const WELL_BELOW: f64 = 0.9;

/// The rule of a cloud's target tracking: two alarms, one on either side of a target utilization.
///
/// The cloud evaluates its alarms itself, so that they see a minute as it ends. That is the reading which favours the rule: with
/// the 60 s that metrics take to arrive elsewhere it would be later still. Minutes from before a boot go on counting after it, and
/// are taken at the size of now, so that a steep rise ends in more than it takes.
#[derive(Debug, Clone, Copy)]
pub struct TargetTracking {
    target: f64,
    minutes_above: usize,
}

impl TargetTracking {
    /// Keeps utilization at `target`, a share of 1; adds after three minutes above it.
    #[must_use]
    pub fn at(target: f64) -> Self {
        Self { target, minutes_above: MINUTES_ABOVE }
    }

    /// The same, adding after one minute above the target.
    #[must_use]
    pub fn fast_at(target: f64) -> Self {
        Self { target, minutes_above: MINUTES_ABOVE_FAST }
    }

    /// The instances that bring `utilization` of `in_service` instances to the target. A group without any counts as one,
    /// or it would stay at none.
    fn sized(&self, in_service: u32, utilization: f64) -> u32 {
        (f64::from(in_service.max(1)) * utilization.min(1.0) / self.target).ceil() as u32
    }
}

impl Policy for TargetTracking {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        if seen.booting > 0 {
            return None;
        }
        let above = latest(seen, self.minutes_above)?;
        if above.iter().all(|minute| minute.utilization() > self.target) {
            return Some(self.sized(seen.in_service, above.last()?.utilization()));
        }
        let below = latest(seen, MINUTES_BELOW)?;
        // The latest first: most often it is the one that is not below.
        if below.iter().rev().all(|minute| minute.utilization() < WELL_BELOW * self.target) {
            let highest = below.iter().map(Minute::utilization).fold(0.0, f64::max);
            return Some(self.sized(seen.in_service, highest));
        }
        None
    }
}

/// The last `minutes` minutes that have ended; none before there are so many.
fn latest<'a>(seen: &Seen<'a>, minutes: usize) -> Option<&'a [Minute]> {
    Some(&seen.ended[seen.ended.len().checked_sub(minutes)?..])
}
