//! Deciding: one policy a file, the guards in theirs. Pure: the same situation gives the same decision.
//!
//! A policy says how many instances it wants; the guards then keep that from doing harm, in this order: the reactive floor; what
//! scale-in waits for; what an operator allocated; minimum, maximum and whole units; the step limits; someone else's changes; a size that is told late; a cloud that has run short. With
//! fresh metrics the result is therefore never below what the load measured now takes, as far as the maximum allows it, unless
//! the cloud has run short: then capacity is not raised before the next attempt.

mod blind;
mod foreign;
mod guards;
mod headroom;
mod late_size;
mod past;
mod reactive;
mod scale_in;
mod schedule;
mod shortage;
mod sudden_drop;
mod threshold;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use foreign::{ForeignChange, Known};
pub use late_size::LateSize;
pub use past::{Change, Need, Past, Tick, Written};
pub use shortage::Shortage;
pub use sudden_drop::{Expectation, SuddenDrop};

use crate::{
    decision::{Action, Decision, Outcome},
    fleet::{Allocated, Group, LEAD_TIME_SECONDS_MAX, PolicyName},
    forecast::Forecast,
    occurrences::Timeline,
    ports::CapacityState,
    reason::{NoForecast, Reason},
};

/// What was measured last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// End of the step.
    pub until: Timestamp,
    /// Its load in instance-equivalents.
    pub load: f64,
}

impl Measured {
    /// Whether the load is a number at all.
    fn is_number(&self) -> bool {
        self.load.is_finite()
    }

    fn age_seconds(&self, now: Timestamp) -> i64 {
        now.duration_since(self.until).as_secs()
    }

    fn is_fresh(&self, group: &Group, now: Timestamp) -> bool {
        self.age_seconds(now) <= group.stale_after_seconds
    }
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
    /// The forecast, or why there is none that is trusted.
    pub forecast: Result<&'a Forecast, NoForecast>,
    /// What earlier ticks left, with what this one found taken in: see [`Past::observe`].
    pub past: &'a Past,
    /// From a decision to an instance in service, in seconds: see [`Past::lead_time_seconds`].
    pub lead_time_seconds: i64,
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

    /// What an operator has allocated, while that holds.
    fn allocated(&self) -> Option<&Allocated> {
        self.group.allocated.as_ref().filter(|allocated| self.now < allocated.until)
    }

    /// Whether something went wrong that leaves unknown what a removal has to know.
    fn keeps_all(&self) -> bool {
        self.troubles.iter().any(Reason::keeps_all)
    }

    /// Instances that carry `load` below the objective; at least one.
    fn instances_for(&self, load: f64) -> u32 {
        instances_at(load, self.group.max_utilization)
    }

    /// When capacity that is asked for now and one tick later will be there.
    fn look_ahead(&self) -> Timestamp {
        let lead = self.lead_time_seconds.clamp(0, LEAD_TIME_SECONDS_MAX);
        self.now + SignedDuration::from_secs(lead + self.group.step_seconds)
    }
}

/// Instances that carry `load` (in instance-equivalents) at `utilization` (above 0, at most 1) each; at least one.
#[must_use]
pub fn instances_at(load: f64, utilization: f64) -> u32 {
    // A load that is exactly n instances' worth takes n, whatever the last bit of the division says.
    let exact = (load / utilization - 1e-9).ceil();
    if exact >= f64::from(u32::MAX) { u32::MAX } else { exact.max(1.0) as u32 }
}

/// What a policy asks for, before the guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ask {
    /// Instances that the load takes, as far as the policy sees it; remembered for the stabilization window.
    required: u32,
    /// Instances that the policy wants.
    wanted: u32,
}

/// What is to be done, without the words.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Instances that the load takes, before anything held it back.
    pub required: u32,
    /// The capacity to ask for.
    pub desired: u32,
    /// Whether someone has to look.
    pub alarm: bool,
    /// Every reason, in the order in which it shaped the result.
    pub reasons: Vec<Reason>,
}

/// Decides what capacity to ask for, without building the record of it: what a backtest calls.
///
/// # Panics
/// Where the result lies outside of the group's bounds, which can only be our own bug.
#[must_use]
pub fn plan(situation: &Situation<'_>) -> Plan {
    let mut plan = match blind::fresh_metrics(situation) {
        Err(stale) => blind::plan(situation, stale),
        Ok(measured) => {
            let mut reasons = Vec::with_capacity(4);
            let ask = match situation.group.policy {
                PolicyName::Headroom => headroom::ask(situation, measured, &mut reasons),
                PolicyName::Threshold => threshold::ask(situation, measured, &mut reasons),
                PolicyName::Reactive => reactive::ask(situation, measured, &mut reasons),
                PolicyName::Schedule => schedule::ask(situation, measured, &mut reasons),
            };
            guards::guarded(situation, measured, ask, reasons)
        }
    };
    let (min, max) = situation.bounds();
    assert!(
        plan.desired == situation.capacity.desired || (min..=max).contains(&plan.desired),
        "desired {} is outside of {min} to {max} in group `{}`",
        plan.desired,
        situation.group.id
    );
    // What keeps capacity up keeps it up for as long as nobody mends it.
    plan.alarm |= situation.keeps_all();
    plan
}

/// Decides what capacity to ask for, and writes it down for whoever carries it out and for people.
///
/// # Panics
/// As [`plan`].
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Decision {
    let Plan { required, desired, alarm, mut reasons } = plan(situation);
    reasons.splice(0..0, situation.troubles.iter().cloned());
    let group = situation.group;
    let before = situation.capacity;
    let action = Action::between(before.desired, desired);
    let mut decision = Decision {
        format: Decision::FORMAT,
        group: group.id.clone(),
        tick: situation.tick,
        at: situation.now,
        mode: group.mode,
        policy: group.policy,
        apply: group.apply,
        before,
        required,
        desired,
        action,
        load: situation.measured.filter(Measured::is_number).map(|measured| measured.load),
        measured_until: situation.measured.map(|measured| measured.until),
        lead_time_seconds: Some(situation.lead_time_seconds),
        risk: (group.policy == PolicyName::Headroom).then(|| group.risk()),
        savings: group.price_per_hour.and_then(|price| situation.past.ledger.savings(price)),
        accuracy: None,
        alarm,
        reasons,
        sentence: String::new(),
        outcome: Outcome::Pending,
    };
    decision.put_in_words();
    decision
}

#[cfg(test)]
mod tests;
