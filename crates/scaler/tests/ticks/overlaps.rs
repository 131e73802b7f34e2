//! Runs that overlap in every order that a seed can think of: the latest decision stands, and nobody else is accused.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use headroom_core::{
    Group, Reason,
    decision::Outcome,
    fleet::Apply,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{Expect, MemoryStore, Object, Store, StoreError, Version};
use jiff::Timestamp;
use proptest::prelude::*;
use scaler::Cloud;

use crate::{
    claims::{load, setting},
    doubles::{GroupDouble, Shown},
    setting::{STEP, noon, random_share},
};

/// Lets other runs in a number of times before and after each call, as the seed says.
struct Shuffled<'a> {
    store: &'a MemoryStore,
    cloud: &'a GroupDouble,
    seed: u64,
    calls: AtomicU64,
}

impl Shuffled<'_> {
    async fn pause(&self) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let times = (random_share(self.seed.wrapping_add(call)) * 8.0) as usize;
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Store for Shuffled<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.pause().await;
        let object = self.store.get(key).await;
        self.pause().await;
        object
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.pause().await;
        let version = self.store.put(key, bytes, expect).await;
        self.pause().await;
        version
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.store.list(prefix).await
    }
}

#[async_trait]
impl ReadCapacity for Shuffled<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.pause().await;
        let size = self.cloud.describe(group).await;
        self.pause().await;
        size
    }
}

#[async_trait]
impl WriteCapacity for Shuffled<'_> {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.pause().await;
        let done = self.cloud.set_desired(group, desired).await;
        self.pause().await;
        done
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.pause().await;
        let done = self.cloud.set_minimum(group, minimum).await;
        self.pause().await;
        done
    }
}

/// What the runs of `wishes`, each a tick (0, 1, 2, ...) and the instances that it wants, come to when they all overlap.
async fn check_overlap(seed: u64, wishes: &[(u32, u32)]) -> Result<(), TestCaseError> {
    let mut setting = setting();
    setting.group.apply = if seed.is_multiple_of(2) { Apply::Desired } else { Apply::Floor };
    setting.cloud.resize(|size| size.desired = 10);
    let sized = |size: CapacityState| if seed.is_multiple_of(2) { size.desired } else { size.min };
    let shuffled = Shuffled { store: &setting.store, cloud: &setting.cloud, seed, calls: AtomicU64::new(0) };
    let runs = wishes.iter().map(|&(step, instances)| {
        let (setting, shuffled) = (&setting, &shuffled);
        async move {
            let sight = Shown(move |_| Some(load(instances)));
            let now = noon() + STEP * i32::try_from(step).unwrap();
            scaler::tick_with(&sight, &setting.group, Cloud::ReadWrite(shuffled), shuffled, now).await
        }
    });
    let results = futures_util::future::join_all(runs).await;

    let state = setting.state().await;
    let last = state.last.clone().expect("someone has had a tick");
    let claim = state.claim.expect("and claimed it");
    prop_assert_eq!(claim.tick, last.tick, "nobody is under way");
    let newest = wishes.iter().map(|(step, _)| noon() - STEP / 5 + STEP * i32::try_from(*step).unwrap()).max().unwrap();
    prop_assert_eq!(last.tick, newest, "the latest tick has the last word");
    let told = format!("seed {seed}, {wishes:?}: {results:?}");
    prop_assert_eq!(sized(setting.cloud.size()), claim.leaves, "{}", told);
    let expected = if last.outcome == Outcome::Applied { last.desired } else { last.before.desired };
    prop_assert_eq!(claim.leaves, expected, "{}", told);
    let mut ticks: Vec<Timestamp> = setting.decisions().await.iter().map(|decision| decision.tick).collect();
    ticks.sort();
    let recorded = ticks.len();
    ticks.dedup();
    prop_assert_eq!(ticks.len(), recorded, "one decision a tick");
    // And the ticks after that see nobody else.
    let next = setting.follow(last.tick + STEP, load(7)).await;
    prop_assert!(
        !next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })),
        "{}: {}",
        told,
        next.sentence
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn however_runs_overlap_the_latest_decision_stands(
        seed in any::<u64>(),
        wishes in proptest::collection::vec((0_u32..3, 2_u32..40), 2..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(check_overlap(seed, &wishes))?;
    }
}
