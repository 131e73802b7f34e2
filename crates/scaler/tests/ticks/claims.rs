//! Runs that overlap: one carries a tick out, and a later decision is never overwritten by an earlier one.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use headroom_core::{
    Decision, Group, Reason,
    decision::Outcome,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{
    Expect, MemoryStore, Object, Store, StoreError, Version,
    controls::{self, Stop},
};
use jiff::Timestamp;
use scaler::Cloud;
use tokio::sync::Notify;

use crate::{
    doubles::{GroupDouble, Shown},
    setting::{STEP, Setting, noon},
};

/// A cloud that is reached late: its writes wait at a gate.
struct Gated<'a> {
    cloud: &'a GroupDouble,
    reached: Notify,
    opened: Notify,
}

impl<'a> Gated<'a> {
    fn new(cloud: &'a GroupDouble) -> Self {
        Self { cloud, reached: Notify::new(), opened: Notify::new() }
    }

    async fn wait(&self) {
        self.reached.notify_one();
        self.opened.notified().await;
    }
}

#[async_trait]
impl ReadCapacity for Gated<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.cloud.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for Gated<'_> {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.wait().await;
        self.cloud.set_desired(group, desired).await
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.wait().await;
        self.cloud.set_minimum(group, minimum).await
    }
}

/// Ten instances that follow the load at once.
pub(crate) fn setting() -> Setting {
    let mut setting = Setting::without_history(10);
    setting.group.stabilization_minutes = 0;
    setting.group.sudden_drop_hold_minutes = 0;
    setting
}

/// The load that takes so many instances.
pub(crate) fn load(instances: u32) -> f64 {
    f64::from(instances) * 0.85
}

/// A tick that wants `instances`, through `cloud`.
async fn tick(setting: &Setting, cloud: &dyn WriteCapacity, now: Timestamp, instances: u32) -> Decision {
    let sight = Shown(move |_| Some(load(instances)));
    scaler::tick_with(&sight, &setting.group, Cloud::ReadWrite(cloud), &setting.store, now).await.unwrap()
}

/// The first tick wants `early` instances and its write is held up until the second one, which wants `late`, is over.
async fn overtaken(setting: &Setting, early: u32, late: u32) -> (Decision, Decision) {
    let gated = Gated::new(&setting.cloud);
    let second = async {
        gated.reached.notified().await;
        let decision = tick(setting, &setting.cloud, noon() + STEP, late).await;
        gated.opened.notify_one();
        // For what is put back.
        gated.reached.notified().await;
        gated.opened.notify_one();
        decision
    };
    tokio::join!(tick(setting, &gated, noon(), early), second)
}

#[tokio::test]
async fn a_write_that_arrives_after_that_of_a_later_tick_is_taken_back() {
    // The later one scales, or holds what it found.
    for (early, late) in [(14, 20), (14, 4), (4, 20), (20, 10), (4, 10)] {
        let setting = setting();
        let (first, second) = overtaken(&setting, early, late).await;
        assert_eq!(setting.cloud.desired(), late, "{} / {}", first.sentence, second.sentence);
        assert_eq!((first.desired, &first.outcome), (early, &Outcome::Superseded));
        assert_eq!(first.reasons.last(), Some(&Reason::Superseded { tick: second.tick }));
        assert_eq!((second.before.desired, second.desired), (10, late));
        assert_eq!(setting.decisions().await, [second.clone(), first], "both are on record");
        assert_eq!(setting.state().await.last, Some(second));

        let next = setting.follow(noon() + STEP * 2, load(late)).await;
        assert_eq!((next.before.desired, &next.outcome), (late, &Outcome::Unchanged), "{}", next.sentence);
    }
}

#[tokio::test]
async fn what_cannot_be_put_back_is_told() {
    let setting = setting();
    let gated = Gated::new(&setting.cloud);
    let second = async {
        gated.reached.notified().await;
        tick(&setting, &setting.cloud, noon() + STEP, 20).await;
        gated.opened.notify_one();
        gated.reached.notified().await;
        setting.cloud.fail(PortError::Throttled("rate exceeded".to_owned()));
        gated.opened.notify_one();
    };
    let (first, ()) = tokio::join!(tick(&setting, &gated, noon(), 14), second);
    let error = "putting back 20, which a later tick decided: rate exceeded".to_owned();
    assert_eq!(first.outcome, Outcome::Failed { error });
    assert_eq!(setting.decisions().await[1], first);
    // The next tick finds what we left there ourselves, and decides anew.
    let next = setting.follow(noon() + STEP * 2, load(20)).await;
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
    assert_eq!((next.before.desired, setting.cloud.desired()), (14, 20));
}

#[tokio::test]
async fn what_a_stopped_tick_leaves_is_what_it_found_and_nothing_is_put_back_while_stopped() {
    let setting = setting();
    let gated = Gated::new(&setting.cloud);
    let stop = Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() };
    let second = async {
        gated.reached.notified().await;
        controls::stop(&setting.store, None, &stop).await.unwrap();
        let decision = tick(&setting, &setting.cloud, noon() + STEP, 20).await;
        gated.opened.notify_one();
        decision
    };
    let (first, second) = tokio::join!(tick(&setting, &gated, noon(), 14), second);
    assert_eq!((&first.outcome, &second.outcome), (&Outcome::Superseded, &Outcome::Stopped));
    assert_eq!(setting.cloud.writes(), [14], "it was on its way when it was stopped, and no other write followed");
    assert_eq!(setting.state().await.claim.map(|claim| claim.leaves), Some(10));
    controls::resume(&setting.store, None).await.unwrap();
    let next = setting.follow(noon() + STEP * 2, load(14)).await;
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "it was us: {}", next.sentence);
}

#[tokio::test]
async fn the_same_tick_twice_writes_once() {
    let setting = setting();
    let gated = Gated::new(&setting.cloud);
    let duplicate = async {
        gated.reached.notified().await;
        let decision = tick(&setting, &setting.cloud, noon(), 14).await;
        gated.opened.notify_one();
        decision
    };
    let (first, duplicate) = tokio::join!(tick(&setting, &gated, noon(), 14), duplicate);
    assert_eq!((&first.outcome, &duplicate.outcome), (&Outcome::Applied, &Outcome::Superseded));
    assert_eq!((setting.cloud.writes(), setting.decisions().await), (vec![14], vec![first]));
}

/// A store that is reached late by one of the writes to the state: a run's first is its claim, the second what it leaves.
struct GatedStore<'a> {
    store: &'a MemoryStore,
    gated: usize,
    writes: AtomicUsize,
    reached: Notify,
    opened: Notify,
}

impl<'a> GatedStore<'a> {
    fn at_claim(store: &'a MemoryStore) -> Self {
        Self { store, gated: 0, writes: AtomicUsize::new(0), reached: Notify::new(), opened: Notify::new() }
    }

    fn at_end(store: &'a MemoryStore) -> Self {
        Self { gated: 1, ..Self::at_claim(store) }
    }
}

#[async_trait]
impl Store for GatedStore<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.store.get(key).await
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        if key.starts_with("state/") && self.writes.fetch_add(1, Ordering::Relaxed) == self.gated {
            self.reached.notify_one();
            self.opened.notified().await;
        }
        self.store.put(key, bytes, expect).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.store.list(prefix).await
    }
}

/// A tick that wants `instances`, through `cloud` and `store`.
async fn tick_in(setting: &Setting, cloud: &dyn WriteCapacity, store: &dyn Store, now: Timestamp, instances: u32) -> Decision {
    let sight = Shown(move |_| Some(load(instances)));
    scaler::tick_with(&sight, &setting.group, Cloud::ReadWrite(cloud), store, now).await.unwrap()
}

#[tokio::test]
async fn an_earlier_tick_that_claims_late_writes_nothing() {
    let setting = setting();
    // The first run has read everything when the second goes from beginning to end.
    let store = GatedStore::at_claim(&setting.store);
    let second = async {
        store.reached.notified().await;
        let decision = tick(&setting, &setting.cloud, noon() + STEP, 14).await;
        store.opened.notify_one();
        decision
    };
    let (first, second) = tokio::join!(tick_in(&setting, &setting.cloud, &store, noon(), 4), second);
    assert_eq!((first.desired, &first.outcome), (4, &Outcome::Superseded), "{}", first.sentence);
    assert_eq!((setting.cloud.writes(), setting.decisions().await), (vec![14], vec![second.clone(), first]));
    assert_eq!(setting.state().await.last, Some(second));
}

#[tokio::test]
async fn a_later_tick_decides_again_where_an_earlier_one_has_gone_on() {
    let setting = setting();
    let store = GatedStore::at_claim(&setting.store);
    // It decides on ten instances, and then there are fourteen.
    let later = tick_in(&setting, &setting.cloud, &store, noon() + STEP, 14);
    let earlier = async {
        store.reached.notified().await;
        let decision = tick(&setting, &setting.cloud, noon(), 14).await;
        store.opened.notify_one();
        decision
    };
    let (later, earlier) = tokio::join!(later, earlier);
    assert_eq!((&earlier.outcome, &later.outcome), (&Outcome::Applied, &Outcome::Unchanged), "{}", later.sentence);
    assert_eq!((later.before.desired, setting.cloud.writes()), (14, vec![14]));
    assert!(!later.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", later.sentence);
}

#[tokio::test]
async fn a_later_tick_that_looked_before_the_write_and_claims_after_it_has_its_way() {
    let setting = setting();
    let (cloud, end) = (Gated::new(&setting.cloud), GatedStore::at_end(&setting.store));
    let claim = GatedStore::at_claim(&setting.store);
    let earlier = tick_in(&setting, &cloud, &end, noon(), 4);
    let later = async {
        cloud.reached.notified().await;
        let decision = tick_in(&setting, &setting.cloud, &claim, noon() + STEP, 10).await;
        end.opened.notify_one();
        // For what is put back.
        cloud.reached.notified().await;
        cloud.opened.notify_one();
        decision
    };
    let order = async {
        claim.reached.notified().await;
        cloud.opened.notify_one();
        end.reached.notified().await;
        claim.opened.notify_one();
    };
    let (earlier, later, ()) = tokio::join!(earlier, later, order);
    assert_eq!((later.before.desired, &later.outcome), (10, &Outcome::Unchanged), "it found ten, and wants ten");
    assert_eq!(&earlier.outcome, &Outcome::Superseded, "{}", earlier.sentence);
    assert_eq!((setting.cloud.writes(), setting.cloud.desired()), (vec![4, 10], 10));
    let next = setting.follow(noon() + STEP * 2, load(10)).await;
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
}

#[tokio::test]
async fn a_run_that_dies_at_its_write_is_not_repeated_and_is_not_taken_for_someone_else() {
    for written in [false, true] {
        let setting = setting();
        let gated = Gated::new(&setting.cloud);
        tokio::select! {
            _ = tick(&setting, &gated, noon(), 14) => panic!("it waits at the gate"),
            () = gated.reached.notified() => {}
        }
        if written {
            setting.cloud.resize(|size| size.desired = 14);
        }
        let again = tick(&setting, &setting.cloud, noon(), 14).await;
        assert_eq!((&again.outcome, setting.decisions().await), (&Outcome::Superseded, vec![]));
        let next = tick(&setting, &setting.cloud, noon() + STEP, 14).await;
        assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
        assert_eq!((next.before.desired, setting.cloud.desired()), (if written { 14 } else { 10 }, 14));
        assert_eq!(setting.cloud.writes().len(), usize::from(!written));
    }
}

#[tokio::test]
async fn a_run_that_died_long_ago_is_not_taken_for_someone_else_either() {
    for came in [14, 12] {
        let setting = setting();
        let gated = Gated::new(&setting.cloud);
        tokio::select! {
            _ = tick(&setting, &gated, noon(), 14) => panic!("it waits at the gate"),
            () = gated.reached.notified() => {}
        }
        // All of it, or as much as there was.
        setting.cloud.resize(|size| size.desired = came);
        let next = tick(&setting, &setting.cloud, noon() + STEP * 12, came).await;
        assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
        assert_eq!((next.before.desired, next.outcome), (came, Outcome::Unchanged));
    }
}

#[tokio::test]
async fn a_write_that_arrives_after_the_run_was_given_up_is_not_taken_for_someone_else() {
    let setting = setting();
    let gated = Gated::new(&setting.cloud);
    tokio::select! {
        _ = tick(&setting, &gated, noon(), 14) => panic!("it waits at the gate"),
        () = gated.reached.notified() => {}
    }
    // The next tick finds ten and holds; then the write of the dead run arrives.
    let held = tick(&setting, &setting.cloud, noon() + STEP, 10).await;
    assert_eq!(held.outcome, Outcome::Unchanged);
    setting.cloud.resize(|size| size.desired = 14);
    let next = tick(&setting, &setting.cloud, noon() + STEP * 2, 10).await;
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
    assert_eq!((next.before.desired, setting.cloud.desired()), (14, 10));
}

#[tokio::test]
async fn a_write_that_arrives_at_the_end_of_a_long_life_is_recognised_whenever_someone_looks_again() {
    let setting = setting();
    let gated = Gated::new(&setting.cloud);
    tokio::select! {
        _ = tick(&setting, &gated, noon(), 14) => panic!("it waits at the gate"),
        () = gated.reached.notified() => {}
    }
    // Ten minutes later a tick finds ten; the write arrives after that, and the next tick comes when the run is long over.
    let held = tick(&setting, &setting.cloud, noon() + STEP * 2, 10).await;
    assert_eq!(held.outcome, Outcome::Unchanged);
    setting.cloud.resize(|size| size.desired = 14);
    let next = tick(&setting, &setting.cloud, noon() + STEP * 4, 14).await;
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
    // From then on it is someone else.
    setting.cloud.resize(|size| size.desired = 10);
    tick(&setting, &setting.cloud, noon() + STEP * 5, 10).await;
    setting.cloud.resize(|size| size.desired = 14);
    let next = tick(&setting, &setting.cloud, noon() + STEP * 6, 14).await;
    assert!(next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
}
