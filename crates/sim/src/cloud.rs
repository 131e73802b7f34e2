//! The simulated cloud: one group of the world behind the ports that a real cloud has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use headroom_core::{
    Group, Observation,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use jiff::Timestamp;

use crate::{
    account::Account,
    rules::WorldRules,
    workload::Workload,
    world::{Minute, World},
};

/// A cloud with one group, under the load of a workload. Time passes only when [`SimulatedCloud::advance_to`] is told.
#[derive(Debug)]
pub struct SimulatedCloud {
    group: String,
    world: Mutex<World>,
}

impl SimulatedCloud {
    /// A cloud whose one group is named `group`, at the first minute of the replayed part. The seed decides everything
    /// that the rules leave to chance.
    ///
    /// # Panics
    /// Where the rules have a minimum above the maximum.
    #[must_use]
    pub fn new(group: &str, workload: Arc<Workload>, rules: WorldRules, seed: u64) -> Self {
        Self { group: group.to_owned(), world: Mutex::new(World::new(workload, rules, seed)) }
    }

    /// Lets time pass to `now`, minute by minute; a time before the cloud's own changes nothing. Beyond the end of the
    /// trace the last load goes on: ask [`SimulatedCloud::minutes_left`].
    pub fn advance_to(&self, now: Timestamp) {
        self.world().advance_to(now);
    }

    /// The time that the cloud has come to.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world().now()
    }

    /// Whole minutes of the trace that are still ahead.
    #[must_use]
    pub fn minutes_left(&self) -> usize {
        self.world().minutes_left()
    }

    /// The sums so far.
    #[must_use]
    pub fn account(&self) -> Account {
        self.world().account()
    }

    /// The replayed minutes that have ended, from the `skip`th on: what was offered and what was in service.
    #[must_use]
    pub fn minutes_from(&self, skip: usize) -> Vec<Minute> {
        self.world().minutes().iter().skip(skip).copied().collect()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic of another thread leaves the world as it was at its last whole step.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn world_of(&self, group: &Group) -> Result<MutexGuard<'_, World>, PortError> {
        if group.id == self.group {
            return Ok(self.world());
        }
        Err(PortError::NotFound(format!("the simulated cloud has no group `{}`: its one group is `{}`", group.id, self.group)))
    }
}

impl SimulatedCloud {
    /// What metrics tell of one window by now.
    pub(crate) fn measured(&self, window: &Window<'_>) -> Result<Vec<Observation>, PortError> {
        let Window { group, step_seconds, from, to } = *window;
        let world = self.world_of(group)?;
        if step_seconds < 60 || step_seconds % 60 != 0 {
            return Err(PortError::Other(format!(
                "`step_seconds` = {step_seconds} of group `{}` is not a whole number of minutes: use 60 or 300",
                group.id
            )));
        }
        Ok(world.observations(step_seconds, from, to))
    }

    /// Sets the desired capacity, each boot taking `late_seconds()` more than by the rules.
    pub(crate) fn set_desired_late(
        &self,
        group: &Group,
        desired: u32,
        late_seconds: impl FnMut() -> i64,
    ) -> Result<(), PortError> {
        let mut world = self.world_of(group)?;
        let WorldRules { instances_min, instances_max, .. } = *world.rules();
        if world.rules().bounded(desired) != desired {
            return Err(PortError::Conflict(format!(
                "group `{}` has {instances_min} to {instances_max} instances, not {desired}: decide again within these bounds",
                group.id
            )));
        }
        world.set_desired_late(desired, late_seconds);
        Ok(())
    }

    /// Sets the minimum, each boot taking `late_seconds()` more than by the rules.
    pub(crate) fn set_minimum_late(
        &self,
        group: &Group,
        minimum: u32,
        late_seconds: impl FnMut() -> i64,
    ) -> Result<(), PortError> {
        let mut world = self.world_of(group)?;
        let instances_max = world.rules().instances_max;
        if minimum > instances_max {
            return Err(PortError::Conflict(format!(
                "group `{}` has at most {instances_max} instances, which a minimum of {minimum} is above: decide again within \
                 this bound",
                group.id
            )));
        }
        if world.desired() < minimum {
            world.set_desired_late(minimum, late_seconds);
        }
        world.set_minimum(minimum);
        Ok(())
    }
}

#[async_trait]
impl Metrics for SimulatedCloud {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        windows.iter().map(|window| self.measured(window)).collect()
    }
}

#[async_trait]
impl ReadCapacity for SimulatedCloud {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        let world = self.world_of(group)?;
        Ok(CapacityState {
            desired: world.desired(),
            min: world.rules().instances_min,
            max: world.rules().instances_max,
            in_service: world.in_service(),
            pending: world.booting(),
            unit: 1,
        })
    }
}

#[async_trait]
impl WriteCapacity for SimulatedCloud {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.set_desired_late(group, desired, || 0)
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.set_minimum_late(group, minimum, || 0)
    }
}
