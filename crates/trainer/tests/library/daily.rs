//! The daily training of a fleet in a store: turns, time, and failures that stay with their group.

use std::sync::atomic::{AtomicI64, Ordering};

use headroom_core::{Calendar, Fleet, Group, Observation, fleet::Mode};
use headroom_store::{Expect, MemoryStore, Store, history, keys, models, refusing::Refusing};
use jiff::SignedDuration;
use trainer::{
    Networks,
    daily::{Turn, train_fleet},
    group::{GroupError, Plan},
};

use crate::{monday, reference, small};

fn plan() -> Plan {
    let now = monday() + SignedDuration::from_hours(48);
    Plan { settings: small(), networks: Networks::WherePaying, command: "a test".to_owned(), even_if_worse: false, now }
}

fn fleet(ids: &[&str]) -> Fleet {
    Fleet { groups: ids.iter().map(|id| Group::simulated(id)).collect() }
}

/// Two days of history for each of `ids`.
async fn store_of(ids: &[&str]) -> MemoryStore {
    let store = MemoryStore::default();
    for id in ids {
        history::merge(&store, id, &reference(2)).await.unwrap();
    }
    store
}

async fn run(
    fleet: &Fleet,
    store: &dyn Store,
    plan: &Plan,
    left: &(dyn Fn() -> SignedDuration + Sync),
) -> Vec<(String, Result<Turn, GroupError>)> {
    train_fleet(fleet, &Calendar::default(), store, plan, left).await
}

fn in_time() -> SignedDuration {
    SignedDuration::from_mins(15)
}

#[tokio::test]
async fn each_group_gets_what_it_can_and_the_longest_without_a_model_goes_first() {
    let store = store_of(&["web", "broken"]).await;
    store.put(&keys::history("broken", "2026-06-01".parse().unwrap()), b"no table", Expect::Anything).await.unwrap();
    let requests: Vec<Observation> = reference(2)
        .iter()
        .map(|row| Observation { request_count: row.cpu_utilization, ..Observation::at(row.timestamp) })
        .collect();
    history::merge(&store, "unitless", &requests).await.unwrap();
    for (id, version) in [("web", "20260530T000000Z-00000000"), ("broken", "20260501T000000Z-00000000")] {
        models::publish(&store, id, version, b"", b"{}").await.unwrap();
    }
    let mut fleet = fleet(&["web", "broken", "young", "off", "unitless"]);
    fleet.groups[3].mode = Mode::Off;
    let results = run(&fleet, &store, &plan(), &in_time).await;
    let ids: Vec<&str> = results.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["young", "unitless", "broken", "web"]);
    let Ok(Turn { serves: false, version: None, sentence }) = &results[0].1 else { panic!("{results:?}") };
    assert!(sentence.contains("too little history") && sentence.contains("trainer import --group young"), "{sentence}");
    assert!(matches!(results[1].1, Err(GroupError::NoCpu)), "{results:?}");
    let error = results[2].1.as_ref().unwrap_err().to_string();
    assert!(error.contains("history/group=broken/date=2026-06-01.csv"), "{error}");

    let Ok(Turn { serves: true, version: Some(version), sentence }) = &results[3].1 else { panic!("{results:?}") };
    assert_eq!(*sentence, format!("group `web` is served by `{version}` from now on"), "a model that cannot be read is no rival");
    let current = models::current(&store, "web").await.unwrap().unwrap();
    assert_eq!((&current.version, current.previous.as_slice()), (version, &["20260530T000000Z-00000000".to_owned()][..]));
    let stored = models::load(&store, "web", version).await.unwrap();
    let card = headroom_core::model_card::ModelCard::from_json(&stored.card).unwrap();
    assert_eq!((card.command.as_str(), card.scored_on.as_str(), card.data.rows), ("a test", "test", 576));
    assert!(card.champion(&stored.weights).is_ok());

    // The same again a day later: the same model, which is no worse than itself, on rows that neither has seen.
    let later = Plan { now: plan().now + SignedDuration::from_hours(24), ..plan() };
    let again = run(&Fleet { groups: vec![Group::simulated("web")] }, &store, &later, &in_time).await;
    let Ok(Turn { serves: true, version: Some(second), sentence }) = &again[0].1 else { panic!("{again:?}") };
    assert!(second > version && sentence.contains("104 origins that neither has seen"), "{sentence}");
    assert_eq!(models::current(&store, "web").await.unwrap().unwrap().previous[0], *version);
}

#[tokio::test]
async fn a_run_out_of_time_says_so_and_what_serves_stays() {
    let store = store_of(&["api", "web"]).await;
    let nothing_published = async || {
        for id in ["api", "web"] {
            assert_eq!(models::current(&store, id).await.unwrap(), None, "{id}");
        }
    };
    let fleet = fleet(&["api", "web"]);
    // Before anything was begun.
    for (id, result) in run(&fleet, &store, &plan(), &|| SignedDuration::from_secs(119)).await {
        let error = result.unwrap_err();
        assert!(matches!(&error, GroupError::OutOfTime { group } if *group == id));
        let cure = format!(
            r#"name fewer groups per event, as in {{"groups": ["{id}"]}}, or train it with `trainer train --group {id}`"#
        );
        assert!(error.to_string().ends_with(&cure), "{error}");
    }
    nothing_published().await;
    // In the middle of the first: each look at the clock finds it twenty seconds later.
    let left = AtomicI64::new(300);
    let clock = || SignedDuration::from_secs(left.fetch_sub(20, Ordering::Relaxed));
    let results = run(&fleet, &store, &plan(), &clock).await;
    assert!(results.iter().all(|(_, result)| matches!(result, Err(GroupError::OutOfTime { .. }))), "{results:?}");
    assert!(left.into_inner() > 0, "it ends before the time does");
    nothing_published().await;
    // A group takes no more than its five minutes, however long the run may last.
    let left = AtomicI64::new(3600);
    let clock = || SignedDuration::from_secs(left.fetch_sub(60, Ordering::Relaxed));
    let results = run(&fleet, &store, &plan(), &clock).await;
    assert!(results.iter().all(|(_, result)| matches!(result, Err(GroupError::OutOfTime { .. }))), "{results:?}");
    assert!(left.into_inner() > 3600 - 2 * 8 * 60, "each group looked at the clock a few times");
    nothing_published().await;
}

#[tokio::test]
async fn the_default_model_stays_until_a_group_s_own_is_no_worse() {
    let store = store_of(&["web"]).await;
    let results = run(&fleet(&["web"]), &store, &plan(), &in_time).await;
    let turn = results[0].1.as_ref().unwrap();
    assert_eq!(models::current(&store, "web").await.unwrap().map(|current| current.version).is_some(), turn.serves);
    assert!(turn.sentence.contains("the default model"), "{}", turn.sentence);
    // Half a day tells nothing: what serves stays.
    let store = MemoryStore::default();
    history::merge(&store, "web", &reference(1)[..144]).await.unwrap();
    let results = run(&fleet(&["web"]), &store, &plan(), &in_time).await;
    let turn = results[0].1.as_ref().unwrap();
    assert!(!turn.serves && turn.sentence.contains("too few to tell it from the default model"), "{}", turn.sentence);
    assert_eq!(models::current(&store, "web").await.unwrap(), None);
    let forced = run(&fleet(&["web"]), &store, &Plan { even_if_worse: true, ..plan() }, &in_time).await;
    assert!(forced[0].1.as_ref().unwrap().serves);
    assert!(models::current(&store, "web").await.unwrap().is_some());
}

#[tokio::test]
async fn the_newest_four_hundred_days_are_learned_from() {
    let store = MemoryStore::default();
    let rows = reference(2);
    let old = rows.iter().map(|row| Observation { timestamp: row.timestamp - SignedDuration::from_hours(24 * 401), ..*row });
    history::merge(&store, "web", &old.collect::<Vec<_>>()).await.unwrap();
    history::merge(&store, "web", &rows).await.unwrap();
    run(&fleet(&["web"]), &store, &Plan { even_if_worse: true, ..plan() }, &in_time).await;
    let version = models::current(&store, "web").await.unwrap().unwrap().version;
    let stored = models::load(&store, "web", &version).await.unwrap();
    let card = headroom_core::model_card::ModelCard::from_json(&stored.card).unwrap();
    assert_eq!((card.data.first, card.data.rows), (monday(), 576));
}

#[tokio::test]
async fn a_panic_in_one_group_stops_no_other() {
    let memory = store_of(&["buggy"]).await;
    let store = Refusing::new(&memory, |_, key| key.starts_with("history/group=buggy/").then(|| panic!("a bug at `{key}`")));
    // Too young to be trained, which is told: none of them takes the time of a training.
    let results = run(&fleet(&["api", "buggy", "web"]), &store, &plan(), &in_time).await;
    let [(_, api), (_, buggy), (_, web)] = &results[..] else { panic!("{results:?}") };
    assert!(api.is_ok() && web.is_ok(), "{results:?}");
    let Err(error @ GroupError::Panicked { .. }) = buggy else { panic!("{results:?}") };
    assert!(error.to_string().starts_with("the training panicked: a bug at `history/group=buggy/"), "{error}");
}
