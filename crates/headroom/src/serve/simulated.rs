//! A simulated cloud for trials of `headroom serve` itself: each group is a web shop of its own.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use async_trait::async_trait;
use headroom_core::{
    Fleet, Group, Observation, Series,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use headroom_sim::{FaultPlan, FaultyCloud, Profile, Workload, WorldRules, generate};
use headroom_store::{Store, history, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::GroupState;

use super::clock::Clock;

/// Days that are generated: four fifths of them are history.
const DAYS: u32 = 70;

/// Days of faults, where there are any: a simulation that goes on after them has none.
const FAULT_DAYS: i64 = 120;

/// Instances that carry a shop's peak.
const PEAK_INSTANCES: f64 = 20.0;

/// The simulated clouds of a fleet.
pub(super) struct SimulatedFleet {
    clock: Arc<dyn Clock>,
    start: Timestamp,
    faults: Option<u64>,
    shops: Mutex<BTreeMap<String, Arc<Shop>>>,
}

/// One group and what it has to carry.
struct Shop {
    cloud: FaultyCloud,
    workload: Arc<Workload>,
    rules: WorldRules,
}

impl SimulatedFleet {
    /// It begins at `start`, and time passes by `clock`. What goes wrong in it is drawn from the seed `faults`, where there is one.
    pub(super) fn starting_at(start: Timestamp, clock: Arc<dyn Clock>, faults: Option<u64>) -> Self {
        Self { clock, start, faults, shops: Mutex::default() }
    }

    /// Puts the history of each group into the store, where there is none.
    ///
    /// # Errors
    /// Where a shop cannot be generated, or the store does not answer.
    pub(super) async fn backfill(&self, fleet: &Fleet, store: &dyn Store) -> Result<()> {
        for group in &fleet.groups {
            let id = &group.id;
            let context = || format!("backfilling the simulated group `{id}`");
            let shop = self.shop(group).with_context(context)?;
            if history::read_all(store, id).await.with_context(context)?.is_empty() {
                let in_service = shop.workload.static_peak(&shop.rules);
                let rows = shop.workload.history_observations(group.step_seconds, in_service);
                history::merge(store, id, &rows).await.with_context(context)?;
            }
        }
        Ok(())
    }

    /// The group's shop as it is by now.
    fn shop(&self, group: &Group) -> Result<Arc<Shop>, PortError> {
        let mut shops = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        let shop = match shops.get(&group.id) {
            Some(shop) => Arc::clone(shop),
            None => {
                let shop = Arc::new(self.generated(group).map_err(|error| PortError::Other(format!("{error:#}")))?);
                shops.insert(group.id.clone(), Arc::clone(&shop));
                shop
            }
        };
        drop(shops);
        shop.cloud.advance_to(self.clock.now());
        Ok(shop)
    }

    fn generated(&self, group: &Group) -> Result<Shop> {
        // The same name, the same shop, whoever starts it.
        let seed = BuildHasherDefault::<DefaultHasher>::default().hash_one(&group.id);
        let first = self.start - SignedDuration::from_hours(24 * i64::from(DAYS) * 4 / 5);
        let rows = generate(Profile::Shop, DAYS, seed, first).observations;
        let workload = Arc::new(Workload::from_series(&Series::from_observations(&rows)?, PEAK_INSTANCES)?);
        let usual = WorldRules::default();
        let rules = WorldRules {
            instances_min: group.min_instances.unwrap_or(usual.instances_min),
            instances_max: group.max_instances.unwrap_or(usual.instances_max),
            max_utilization: group.max_utilization,
            ..usual
        };
        // A plan of its own for each shop, so that not everything fails everywhere at the same time.
        let until = self.start + SignedDuration::from_hours(24 * FAULT_DAYS);
        let plan = self.faults.map(|faults| FaultPlan::draw(seed ^ faults, self.start, until)).unwrap_or_default();
        Ok(Shop { cloud: FaultyCloud::new(group, Arc::clone(&workload), rules, plan, seed, None), workload, rules })
    }
}

/// When a simulation in `store` begins: now, or where another one there has come to, which ran faster.
///
/// # Errors
/// Where the store does not answer.
pub(super) async fn start(store: &dyn Store, now: Timestamp) -> Result<Timestamp> {
    let mut start = now;
    for key in store.list(keys::STATES).await.context("looking for an earlier simulation")? {
        let Some(group) = keys::group_of_state(&key) else { continue };
        let state = GroupState::read(store, group).await.with_context(|| format!("reading `{key}`"))?;
        start = state.last.map_or(start, |last| start.max(last.at));
    }
    Ok(start)
}

#[async_trait]
impl Metrics for SimulatedFleet {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let mut results = Vec::with_capacity(windows.len());
        for window in windows {
            results.push(match self.shop(window.group) {
                Ok(shop) => shop.cloud.observations_of(*window).await,
                Err(error) => Err(error),
            });
        }
        results
    }
}

#[async_trait]
impl ReadCapacity for SimulatedFleet {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.shop(group)?.cloud.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for SimulatedFleet {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.shop(group)?.cloud.set_desired(group, desired).await
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.shop(group)?.cloud.set_minimum(group, minimum).await
    }
}
