//! A fleet's ticks, side by side.

use async_trait::async_trait;
use headroom_core::{
    Calendar, Fleet, Group, Reason,
    decision::Outcome,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{MemoryStore, history};
use scaler::{Cloud, Scaler, TickError};

use crate::{
    doubles::{Elsewhere, GroupDouble},
    setting::{STEP, at, group, noon, rows_of},
};

#[tokio::test]
async fn results_come_in_the_fleets_order_whatever_fails() {
    let ids: Vec<String> = (0..20).map(|index| format!("group-{index}")).collect();
    let fleet = Fleet { groups: ids.iter().map(|id| group(id)).collect() };
    let store = MemoryStore::default();
    for id in &ids {
        history::merge(&store, id, &rows_of(at("11:00:00"), at("12:00:00"), |_| 17.0)).await.unwrap();
    }
    let cloud = GroupDouble::with_instances(3).hiding("group-7");
    let silent = Elsewhere { unreadable: Some("state/group=group-11.json"), ..Elsewhere::of(&store) };
    let results = scaler::tick_fleet(&Scaler::default(), &fleet, &cloud, &silent, noon()).await;
    assert_eq!(results.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), ids);
    for (id, result) in &results {
        match (id.as_str(), result) {
            ("group-7" | "group-11", result) => assert!(result.is_err(), "{id}"),
            (_, Ok(decision)) => assert_eq!((decision.group.as_str(), decision.desired), (id.as_str(), 20)),
            (_, Err(error)) => panic!("{id}: {error}"),
        }
    }
    let decisions: Vec<_> = results.into_iter().filter_map(|(_, result)| result.ok()).collect();
    assert!(decisions.iter().any(|decision| decision.outcome == Outcome::Applied));
}

/// A bug that is met where the size of `reads` is read, and once `writes` was set.
struct Buggy<'a> {
    cloud: &'a GroupDouble,
    reads: &'static str,
    writes: &'static str,
}

#[async_trait]
impl ReadCapacity for Buggy<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        assert_ne!(group.id, self.reads, "a bug");
        self.cloud.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for Buggy<'_> {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.cloud.set_desired(group, desired).await?;
        assert_ne!(group.id, self.writes, "a bug");
        Ok(())
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.cloud.set_minimum(group, minimum).await
    }
}

#[tokio::test]
async fn a_panic_in_one_group_stops_no_other() {
    // They share one group of the cloud, so that the first is the one that writes.
    for (reads, writes) in [("api", ""), ("", "web")] {
        let fleet = Fleet { groups: ["web", "api", "batch"].iter().map(|id| group(id)).collect() };
        let store = MemoryStore::default();
        for Group { id, .. } in &fleet.groups {
            history::merge(&store, id, &rows_of(at("11:00:00"), at("12:05:00"), |_| 17.0)).await.unwrap();
        }
        let (scaler, cloud) = (Scaler::default(), GroupDouble::with_instances(3));
        let results = scaler::tick_fleet(&scaler, &fleet, &Buggy { cloud: &cloud, reads, writes }, &store, noon()).await;
        let failed: Vec<_> = results.iter().filter_map(|(_, result)| result.as_ref().err()).collect();
        let [TickError::Panicked { group, message }] = &failed[..] else { panic!("{results:?}") };
        assert!([reads, writes].contains(&group.as_str()) && message.contains("a bug"), "{group}: {message}");

        let next = scaler::tick_fleet(&scaler, &fleet, &cloud, &store, noon() + STEP).await;
        for (id, result) in next {
            let decision = result.unwrap_or_else(|error| panic!("{id}: {error}"));
            let is_foreign = decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. }));
            assert_eq!((decision.desired, is_foreign), (20, false), "{id}: {}", decision.sentence);
        }
    }
}

#[test]
fn the_futures_may_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let (scaler, fleet, store, cloud) =
        (Scaler::default(), Fleet { groups: Vec::new() }, MemoryStore::default(), GroupDouble::default());
    movable(scaler::tick_fleet(&scaler, &fleet, &cloud, &store, noon()));
    let (group, calendar) = (group("web"), Ok(Calendar::default()));
    movable(scaler::tick(&scaler, &group, &calendar, Cloud::ReadWrite(&cloud), &store, noon()));
}
