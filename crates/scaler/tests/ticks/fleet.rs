//! A fleet's ticks, side by side.

use headroom_core::{Calendar, Fleet, decision::Outcome};
use headroom_store::{MemoryStore, history};
use scaler::{Cloud, Scaler};

use crate::{
    doubles::{Elsewhere, GroupDouble},
    setting::{at, group, noon, rows_of},
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

#[test]
fn the_futures_may_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let (scaler, fleet, store, cloud) =
        (Scaler::default(), Fleet { groups: Vec::new() }, MemoryStore::default(), GroupDouble::default());
    movable(scaler::tick_fleet(&scaler, &fleet, &cloud, &store, noon()));
    let (group, calendar) = (group("web"), Ok(Calendar::default()));
    movable(scaler::tick(&scaler, &group, &calendar, Cloud::ReadWrite(&cloud), &store, noon()));
}
