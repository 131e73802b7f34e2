//! The replay of a trace through a policy: same world, same minutes, another rule.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    account::Account,
    rules::WorldRules,
    workload::Workload,
    world::{Minute, World},
};

/// Minutes between two ticks of a policy that does not decide every minute.
pub const TICK_MINUTES: usize = 5;

/// What a policy gets to see at the start of a minute. What lies ahead is not in it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Start of the minute.
    pub now: Timestamp,
    /// Its index in the trace.
    pub minute: usize,
    /// Load of every minute whose metrics have arrived, from the first of the trace on, history included.
    pub loads: &'a [f64],
    /// The replayed minutes whose metrics have arrived.
    pub replayed: &'a [Minute],
    /// The replayed minutes that have ended: what an alarm sees that the cloud itself evaluates as each minute ends. The last
    /// of them are not yet in `replayed`.
    pub ended: &'a [Minute],
    /// Instances that take load now.
    pub in_service: u32,
    /// Instances that still boot.
    pub booting: u32,
    /// Instances asked for.
    pub desired: u32,
    /// The rules of the world.
    pub rules: &'a WorldRules,
}

impl<'a> Seen<'a> {
    /// What `world` shows at its present minute.
    #[must_use]
    pub fn of(world: &'a World) -> Self {
        let measured = world.minutes_measured();
        let (loads, replayed) = (world.workload().loads(), world.minutes());
        let measured_replayed = measured.saturating_sub(world.workload().split_minute());
        Self {
            now: world.now(),
            minute: world.minute(),
            loads: &loads[..measured.min(loads.len())],
            replayed: &replayed[..measured_replayed.min(replayed.len())],
            ended: replayed,
            in_service: world.in_service(),
            booting: world.booting(),
            desired: world.desired(),
            rules: world.rules(),
        }
    }

    /// Whether the metrics of a whole 5-minute step (on the clock's grid) have just arrived: when rules that do not
    /// decide every minute decide, as the planner does.
    #[must_use]
    pub fn is_tick(&self) -> bool {
        let delay = i64::from(self.rules.metric_delay_seconds.div_ceil(60)) * 60;
        (self.now.as_second() - delay).rem_euclid(TICK_MINUTES as i64 * 60) == 0
    }

    /// Mean utilization of the last `minutes` replayed minutes seen; none before there are so many.
    #[must_use]
    pub fn mean_utilization(&self, minutes: usize) -> Option<f64> {
        let first = self.replayed.len().checked_sub(minutes).filter(|_| minutes > 0)?;
        Some(self.replayed[first..].iter().map(Minute::utilization).sum::<f64>() / minutes as f64)
    }
}

/// What sizes a group, minute by minute.
pub trait Policy {
    /// The instances to ask for from this minute on; none to leave them as they are. What lies outside of the world's
    /// bounds is brought within them.
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32>;
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Start of the first minute.
    pub from: Timestamp,
    /// The sums.
    pub account: Account,
    /// Every minute.
    pub minutes: Vec<Minute>,
}

/// Plays the first `minutes` minutes of the replayed part through `policy`, which decides at the start of each.
/// Fewer where the trace ends earlier.
#[must_use]
pub fn replay(workload: &Arc<Workload>, rules: WorldRules, seed: u64, policy: &mut dyn Policy, minutes: usize) -> Replay {
    let mut world = World::new(Arc::clone(workload), rules, seed);
    let (from, minutes) = (world.now(), minutes.min(world.minutes_left()));
    world.reserve(minutes);
    for _ in 0..minutes {
        if let Some(desired) = policy.decide(&Seen::of(&world)) {
            world.set_desired(rules.bounded(desired));
        }
        world.advance_to_minute(world.minute() + 1);
    }
    Replay { from, account: world.account(), minutes: world.into_minutes() }
}
