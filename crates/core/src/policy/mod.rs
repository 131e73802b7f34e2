//! Deciding: one policy a file, the guards in theirs. Pure: the same situation gives the same decision.

mod guards;
mod headroom;
mod threshold;

use jiff::{SignedDuration, Timestamp};

use crate::{
    decision::{Action, Decision, Outcome, sentence},
    fleet::{Group, PolicyName},
    forecast::Forecast,
    occurrences::Timeline,
    ports::CapacityState,
    reason::{NoForecast, Reason},
};

/// What was needed at an earlier tick.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Need {
    /// When it was decided.
    pub at: Timestamp,
    /// Instances that the load ahead took then.
    pub required: u32,
}

/// What was measured last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// End of the step.
    pub until: Timestamp,
    /// Its load in instance-equivalents.
    pub load: f64,
}

/// Everything that a decision depends on.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The group and what its owner wants.
    pub group: &'a Group,
    /// The present.
    pub now: Timestamp,
    /// The tick that is decided: the start of the step that `now` lies in.
    pub tick: Timestamp,
    /// The group's size.
    pub capacity: CapacityState,
    /// The newest measured load.
    pub measured: Option<Measured>,
    /// The forecast, or why there is none.
    pub forecast: Result<&'a Forecast, NoForecast>,
    /// What earlier ticks needed, any order.
    pub needs: &'a [Need],
    /// The events around now.
    pub events: &'a Timeline,
    /// What went wrong before the decision and did not stop it.
    pub troubles: Vec<Reason>,
}

impl Situation<'_> {
    /// Fewest and most instances: the configuration's, else the group's own.
    fn bounds(&self) -> (u32, u32) {
        let min = self.group.min_instances.unwrap_or(self.capacity.min);
        let max = self.group.max_instances.unwrap_or(self.capacity.max);
        (min.min(max), max)
    }

    /// Instances that carry `load` below the objective; at least one.
    fn instances_for(&self, load: f64) -> u32 {
        // A load that is exactly n instances' worth takes n, whatever the last bit of the division says.
        let exact = (load / self.group.max_utilization - 1e-9).ceil();
        if exact >= f64::from(u32::MAX) { u32::MAX } else { exact.max(1.0) as u32 }
    }

    /// When capacity that is asked for now and one tick later will be there.
    fn look_ahead(&self) -> Timestamp {
        self.now + SignedDuration::from_secs(self.group.lead_time_seconds + self.group.step_seconds)
    }
}

/// What a policy makes of a situation, before the decision is written down.
struct Plan {
    required: u32,
    desired: u32,
    reasons: Vec<Reason>,
}

/// Decides what capacity to ask for.
///
/// # Panics
/// Where the result lies outside of the group's bounds, which can only be our own bug.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Decision {
    let mut plan = match guards::fresh_metrics(situation) {
        Err(held) => held,
        Ok(measured) => match situation.group.policy {
            PolicyName::Headroom => headroom::plan(situation, measured),
            PolicyName::Threshold => threshold::plan(situation, measured),
        },
    };
    plan.reasons.splice(0..0, situation.troubles.iter().cloned());
    let before = situation.capacity.desired;
    let (min, max) = situation.bounds();
    assert!(
        plan.desired == before || (min..=max).contains(&plan.desired),
        "desired {} is outside of {min} to {max} in group `{}`",
        plan.desired,
        situation.group.id
    );
    let action = match plan.desired.cmp(&before) {
        std::cmp::Ordering::Greater => Action::ScaleOut,
        std::cmp::Ordering::Less => Action::ScaleIn,
        std::cmp::Ordering::Equal => Action::Hold,
    };
    Decision {
        format: Decision::FORMAT,
        group: situation.group.id.clone(),
        tick: situation.tick,
        at: situation.now,
        mode: situation.group.mode,
        policy: situation.group.policy,
        before: situation.capacity,
        required: plan.required,
        desired: plan.desired,
        action,
        load: situation.measured.map(|measured| measured.load),
        sentence: sentence(action, before, plan.desired, &plan.reasons),
        reasons: plan.reasons,
        outcome: Outcome::Pending,
    }
}

#[cfg(test)]
mod tests;
