//! What earlier ticks left, as far as a decision depends on it. Pure: facts come in, in the order of time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Measured,
    foreign::{self, ForeignChange, Known},
    late_size::LateSize,
    shortage::{self, Shortage},
    sudden_drop::{self, Expectation, SuddenDrop},
};
use crate::{
    decision::{Decision, Outcome},
    fleet::{Group, Mode, STABILIZATION_MINUTES_MAX},
    forecast::Forecast,
    lead_time::LeadTime,
    ports::CapacityState,
    savings::Ledger,
};

/// What was needed at an earlier tick.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// When it was decided.
    pub at: Timestamp,
    /// Instances that the load ahead took then.
    pub required: u32,
}

/// A change of capacity that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was asked for.
    pub at: Timestamp,
    /// Instances asked for before.
    pub from: u32,
    /// Instances asked for since.
    pub to: u32,
}

/// What became of a tick's capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Nothing was written.
    Nothing,
    /// The cloud took it.
    Applied,
    /// The cloud has no more instances.
    NoCapacity,
    /// The cloud gave an error: it may have been carried out all the same.
    Unsure,
}

/// One tick in numbers: what [`Past::record`] takes in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// When it was decided.
    pub at: Timestamp,
    /// The group's mode then.
    pub mode: Mode,
    /// The size found.
    pub before: CapacityState,
    /// Instances that the load ahead takes.
    pub required: u32,
    /// The capacity to ask for.
    pub desired: u32,
    /// The newest measurement.
    pub measured: Option<Measured>,
    /// What became of it.
    pub written: Written,
}

/// Needs and changes are remembered this long; no window that looks back on them is longer.
pub(super) const KEPT: SignedDuration = SignedDuration::from_mins(STABILIZATION_MINUTES_MAX as i64);

/// Everything that earlier ticks left and that a decision depends on.
///
/// A tick calls [`Past::observe`] with what it found, decides, and calls [`Past::record`] (or [`Past::remember`]) with what became
/// of it and [`Past::expect`] with its forecast.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    /// What the ticks of the last hours needed, oldest first.
    pub needs: Vec<Need>,
    /// Changes of the last hours that were carried out, oldest first.
    pub changes: Vec<Change>,
    /// The capacity that the last tick left behind.
    pub known: Option<Known>,
    /// That someone else changed the capacity, the last time.
    pub foreign: Option<ForeignChange>,
    /// That the cloud gave less than was asked for, while it does.
    pub shortage: Option<Shortage>,
    /// What the last forecast expected of the steps that are measured now.
    pub expected: Option<Expectation>,
    /// That the load fell suddenly, the last time.
    pub drop: Option<SuddenDrop>,
    /// What was measured last.
    pub measured: Option<Measured>,
    /// Since when metrics have been missing or stale, while they are.
    pub blind_since: Option<Timestamp>,
    /// What past scale-outs taught.
    pub lead_time: LeadTime,
    /// What was spent and saved.
    pub ledger: Ledger,
}

impl Past {
    /// From a decision to an instance in service, in seconds: as learned, else as configured.
    #[must_use]
    pub fn lead_time_seconds(&self, group: &Group) -> i64 {
        self.lead_time.seconds().unwrap_or(group.lead_time_seconds)
    }

    /// Takes in what a tick finds, before it decides: notices that someone else changed the capacity, that instances do not
    /// come, that the load fell suddenly, that metrics are missing.
    pub fn observe(&mut self, group: &Group, capacity: CapacityState, measured: Option<Measured>, now: Timestamp) {
        self.forget(now);
        let measured = measured.filter(Measured::is_number);
        foreign::notice(self, group, capacity, now);
        let desired = self.left(group, capacity.desired, now);
        self.lead_time.see(now, capacity.in_service, desired, group.lead_time_seconds);
        shortage::notice(self, group, CapacityState { desired, ..capacity }, now);
        if let Some(measured) = measured {
            sudden_drop::notice(self, group, measured, now);
        }
        let fresh = measured.is_some_and(|measured| measured.is_fresh(group, now));
        self.blind_since = if fresh { None } else { Some(self.blind_since.unwrap_or(now)) };
        let run = capacity.in_service.saturating_add(capacity.pending);
        self.ledger.tick(group, now, run, measured.map(|measured| measured.load));
        self.measured = measured.or(self.measured);
    }

    /// That the cloud, which tells of `told` instances at `now`, is late: our own last change is not in it yet. That is believed
    /// of the size which that change replaced, and at the very next tick only: after that someone has put it back.
    #[must_use]
    pub fn late_size(&self, group: &Group, told: u32, now: Timestamp) -> Option<LateSize> {
        let Known { at, desired: asked, replaced, .. } = self.known.filter(|_| group.mode.writes())?;
        let tick = |moment: Timestamp| moment.as_second().div_euclid(group.step_seconds.max(1));
        let is_next = (0..=1).contains(&(tick(now) - tick(at)));
        (is_next && replaced == Some(told)).then_some(LateSize { at, told, asked })
    }

    /// The size that a tick starts from which finds `found`: what was asked for last, where that is not told yet.
    fn left(&self, group: &Group, found: u32, now: Timestamp) -> u32 {
        self.late_size(group, found, now).map_or(found, |late| late.asked)
    }

    /// Takes in a tick that is over.
    pub fn record(&mut self, group: &Group, tick: &Tick) {
        let Tick { at, before, required, desired, .. } = *tick;
        self.needs.retain(|need| need.at >= at - KEPT && need.at < at);
        self.needs.push(Need { at, required });
        self.measured = tick.measured.filter(Measured::is_number).or(self.measured);
        shortage::record(self, group, tick);
        let in_part = tick.written == Written::NoCapacity;
        let perhaps = (in_part || tick.written == Written::Unsure).then_some(desired);
        let left = self.left(group, before.desired, at);
        self.known = Some(Known { perhaps, in_part, ..Known::surely(at, left) });
        match tick.written {
            Written::Applied => {
                let run = before.in_service.saturating_add(before.pending);
                self.carried_out(Change { at, from: left, to: desired }, run);
            }
            Written::Nothing | Written::NoCapacity | Written::Unsure => {}
        }
        if !tick.mode.writes() {
            // What others do to a group that is only watched is their business.
            self.known = None;
        }
    }

    /// Takes in a change that was carried out, also one that an operator let pass after its tick.
    pub fn applied(&mut self, change: Change) {
        self.carried_out(change, change.from);
    }

    /// The same where `run` instances were there or on their way.
    fn carried_out(&mut self, change: Change, run: u32) {
        self.known = Some(Known::after(change));
        if change.from == change.to {
            return;
        }
        self.changes.push(change);
        // A minimum that is raised to what runs anyway launches nothing, and tells nothing of how long a launch takes.
        let from = change.from.max(run);
        if change.to < change.from || change.to > from {
            self.lead_time.asked(change.at, from.min(change.to), change.to);
        }
    }

    /// Takes in a decision that is over.
    pub fn remember(&mut self, group: &Group, decision: &Decision) {
        let written = match decision.outcome {
            Outcome::Applied => Written::Applied,
            Outcome::InsufficientCapacity { .. } => Written::NoCapacity,
            Outcome::Failed { .. } => Written::Unsure,
            Outcome::Pending
            | Outcome::Unchanged
            | Outcome::NotAllowed
            | Outcome::AwaitingApproval { .. }
            | Outcome::Rejected
            | Outcome::Expired
            | Outcome::Superseded
            | Outcome::Stopped => Written::Nothing,
        };
        let measured = decision.measured_until.zip(decision.load).map(|(until, load)| Measured { until, load });
        let Decision { at, mode, before, required, desired, .. } = *decision;
        self.record(group, &Tick { at, mode, before, required, desired, measured, written });
    }

    /// Takes in what a trusted forecast expects of the steps that the next ticks measure; without one, nothing is expected.
    pub fn expect(&mut self, forecast: Option<&Forecast>) {
        self.expected = forecast.and_then(Expectation::of);
    }

    /// Forgets what is too old to matter, and what is dated after `now`: the clock went back.
    fn forget(&mut self, now: Timestamp) {
        let past = |at: &Timestamp| *at <= now;
        self.changes.retain(|change| past(&change.at) && change.at >= now - KEPT);
        self.needs.retain(|need| past(&need.at) && need.at >= now - KEPT);
        self.foreign = self.foreign.filter(|foreign| past(&foreign.at));
        self.shortage = self.shortage.filter(|shortage| past(&shortage.since));
        self.drop = self.drop.filter(|drop| past(&drop.since));
        self.blind_since = self.blind_since.filter(past);
    }
}
