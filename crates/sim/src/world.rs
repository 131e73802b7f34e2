//! The world: one group under the load of a trace, minute by minute. Every policy and the simulated cloud live in it.

use std::sync::Arc;

use headroom_core::Observation;
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{account::Account, instances::Instances, rules::WorldRules, workload::Workload};

/// One replayed minute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// Its index in the trace.
    pub minute: usize,
    /// Load offered, in instance-equivalents.
    pub load: f64,
    /// The fewest instances that meet the objective.
    pub demand: u32,
    /// Instances asked for at its end.
    pub desired: u32,
    /// The fewest instances in service at any moment of it.
    pub in_service: u32,
}

impl Minute {
    /// Load over instances in service: above 1 where some of it was lost; infinite where nothing served it.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        if self.load > 0.0 { self.load / f64::from(self.in_service) } else { 0.0 }
    }

    /// Instances that demand had and service had not.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.demand.saturating_sub(self.in_service)
    }

    /// Whether fewer instances were in service than demand.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        self.in_service < self.demand
    }
}

/// The world of one group. It starts at the replayed part of the trace with as many instances as its first minute takes.
#[derive(Debug, Clone)]
pub struct World {
    workload: Arc<Workload>,
    rules: WorldRules,
    /// Size of the group that metrics show before the replayed part.
    history_instances: u32,
    instances: Instances,
    boots: ChaCha8Rng,
    /// Seconds since the start of the trace.
    second: i64,
    fewest_in_service: u32,
    minutes: Vec<Minute>,
    account: Account,
}

impl World {
    /// A world at the first minute of the replayed part. The seed decides how long each boot takes, where the rules let
    /// boots differ.
    ///
    /// # Panics
    /// Where the rules have a minimum above the maximum.
    #[must_use]
    pub fn new(workload: Arc<Workload>, rules: WorldRules, seed: u64) -> Self {
        let split = workload.split_minute();
        let first = rules.bounded(rules.demand(workload.load_at(split)));
        let second = workload.second_of(split);
        Self {
            history_instances: workload.static_peak(&rules),
            instances: Instances::new(first, second),
            boots: ChaCha8Rng::seed_from_u64(seed),
            second,
            fewest_in_service: first,
            minutes: Vec::new(),
            account: Account::default(),
            workload,
            rules,
        }
    }

    /// The load that is offered.
    #[must_use]
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The rules that hold now.
    #[must_use]
    pub fn rules(&self) -> &WorldRules {
        &self.rules
    }

    /// The time that the world has come to.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.workload.start_second() + self.second).expect("a second close to the trace")
    }

    /// The minute that has not ended yet.
    #[must_use]
    pub fn minute(&self) -> usize {
        usize::try_from(self.second / 60).expect("not before the trace")
    }

    /// Whole minutes of the trace that are still ahead. The world goes on beyond them, at the last load.
    #[must_use]
    pub fn minutes_left(&self) -> usize {
        self.workload.minutes().saturating_sub(self.minute())
    }

    /// Instances that take load now.
    #[must_use]
    pub fn in_service(&self) -> u32 {
        self.instances.in_service()
    }

    /// Instances that still boot.
    #[must_use]
    pub fn booting(&self) -> u32 {
        self.instances.booting()
    }

    /// Instances asked for.
    #[must_use]
    pub fn desired(&self) -> u32 {
        self.instances.desired()
    }

    /// The minutes that have ended since the start, in order.
    #[must_use]
    pub fn minutes(&self) -> &[Minute] {
        &self.minutes
    }

    /// Makes room for `minutes` more minutes at once.
    pub fn reserve(&mut self, minutes: usize) {
        self.minutes.reserve(minutes);
    }

    /// The minutes that have ended since the start, in order, and the end of this world.
    #[must_use]
    pub fn into_minutes(self) -> Vec<Minute> {
        self.minutes
    }

    /// The sums so far: of whole minutes, but billed to the second.
    #[must_use]
    pub fn account(&self) -> Account {
        Account { instance_seconds: self.instances.instance_seconds(), ..self.account }
    }

    /// How many minutes of the trace have metrics by now: those before this index.
    #[must_use]
    pub fn minutes_measured(&self) -> usize {
        let second = (self.second - i64::from(self.rules.metric_delay_seconds)).max(0);
        usize::try_from(second / 60).expect("not negative")
    }

    /// Lets time pass to `now`; a time before the world's own changes nothing.
    pub fn advance_to(&mut self, now: Timestamp) {
        self.advance_to_second(now.as_second() - self.workload.start_second());
    }

    /// Lets time pass to the start of minute `minute`; one before the world's own changes nothing.
    pub fn advance_to_minute(&mut self, minute: usize) {
        self.advance_to_second(self.workload.second_of(minute));
    }

    /// Asks for `desired` instances.
    ///
    /// # Panics
    /// Where `desired` lies outside of the bounds: whoever asks has to keep within them.
    pub fn set_desired(&mut self, desired: u32) {
        self.set_desired_late(desired, || 0);
    }

    /// The same, each boot taking `late_seconds()` more than by the rules.
    ///
    /// # Panics
    /// As [`World::set_desired`].
    pub(crate) fn set_desired_late(&mut self, desired: u32, mut late_seconds: impl FnMut() -> i64) {
        let Self { rules, instances, boots, account, .. } = self;
        assert_eq!(desired, rules.bounded(desired), "{}..={} instances are allowed", rules.instances_min, rules.instances_max);
        account.scale_outs += u64::from(desired > instances.desired());
        account.scale_ins += u64::from(desired < instances.desired());
        instances.set_desired(desired, || boot_seconds(rules, boots) + late_seconds());
        self.note_fewest();
    }

    /// Up to `count` instances fail and are replaced, each boot taking `late_seconds()` more than by the rules.
    pub(crate) fn fail_instances(&mut self, count: u32, mut late_seconds: impl FnMut() -> i64) {
        let Self { rules, instances, boots, .. } = self;
        instances.fail(count, || boot_seconds(rules, boots) + late_seconds());
        self.note_fewest();
    }

    fn note_fewest(&mut self) {
        let in_service = self.instances.in_service();
        let minute_begins = self.second % 60 == 0;
        self.fewest_in_service = if minute_begins { in_service } else { self.fewest_in_service.min(in_service) };
    }

    /// Sets the fewest instances, from now on, and raises the group to them at once, as EC2 does.
    ///
    /// # Panics
    /// Where `minimum` is above the maximum.
    pub fn set_minimum(&mut self, minimum: u32) {
        assert!(minimum <= self.rules.instances_max, "at most {} instances are allowed", self.rules.instances_max);
        self.rules.instances_min = minimum;
        if self.desired() < minimum {
            self.set_desired(minimum);
        }
    }

    /// What metrics say about the steps of `step_seconds` that start in `from..to`, as far as they have arrived. Before
    /// the replayed part they show a group at the static peak.
    #[must_use]
    pub fn observations(&self, step_seconds: i64, from: Timestamp, to: Timestamp) -> Vec<Observation> {
        let start = self.workload.start_second();
        let arrived = start + self.second - i64::from(self.rules.metric_delay_seconds);
        let (from, to) = (second_from(from), second_from(to));
        let first = from.max(start.div_euclid(step_seconds) * step_seconds);
        let first = first.div_euclid(step_seconds) + i64::from(first.rem_euclid(step_seconds) > 0);
        let split = self.workload.split_minute();
        let in_service = |minute: usize| match minute.checked_sub(split) {
            None => self.workload.measured(minute).then_some(self.history_instances),
            Some(index) => self.minutes.get(index).map(|minute| minute.in_service),
        };
        (first..)
            .map(|step| step * step_seconds)
            .take_while(|&step| step < to && step + step_seconds <= arrived)
            .filter_map(|step| self.workload.observe(step, step_seconds, in_service))
            .collect()
    }

    fn advance_to_second(&mut self, second: i64) {
        while self.second < second {
            let minute_end = (self.second / 60 + 1) * 60;
            self.second = minute_end.min(second);
            self.instances.pass_to(self.second);
            if self.second == minute_end {
                self.close_minute();
            }
        }
    }

    fn close_minute(&mut self) {
        let minute = self.minute() - 1;
        let load = self.workload.load_at(minute);
        let demand = self.rules.demand(load);
        let in_service = self.fewest_in_service;
        let missing = demand.saturating_sub(in_service);
        self.account.minutes += 1;
        self.account.violation_minutes += u64::from(missing > 0);
        self.account.unserved_instance_minutes += u64::from(missing);
        self.account.demand_instance_minutes += u64::from(demand);
        self.minutes.push(Minute { minute, load, demand, desired: self.instances.desired(), in_service });
        self.fewest_in_service = self.instances.in_service();
    }
}

/// The first whole second at or after `moment`.
fn second_from(moment: Timestamp) -> i64 {
    // Before 1970 the fraction is negative, and the whole second already lies after the moment.
    moment.as_second() + i64::from(moment.subsec_nanosecond() > 0)
}

/// How long the next boot takes by the rules.
fn boot_seconds(rules: &WorldRules, boots: &mut ChaCha8Rng) -> i64 {
    let delay = i64::from(rules.boot_delay_seconds);
    match i64::from(rules.boot_jitter_seconds) {
        0 => delay,
        jitter => (delay + boots.random_range(-jitter..=jitter)).max(0),
    }
}
