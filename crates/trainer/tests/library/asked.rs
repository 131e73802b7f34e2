//! Trainings that someone asked for: who is trained, what is answered, and what stays open.

use headroom_core::{Calendar, Fleet, Group, Observation, fleet::Mode};
use headroom_store::{
    Expect, MemoryStore, Store, history, keys, models,
    training::{self, Request},
};
use jiff::{SignedDuration, Timestamp};
use trainer::{
    Networks,
    asked::train_asked,
    daily::Turn,
    group::{GroupError, Plan},
};

use crate::{monday, reference, small};

fn now() -> Timestamp {
    monday() + SignedDuration::from_hours(48)
}

async fn run(
    store: &MemoryStore,
    fleet: &Fleet,
    left: &(dyn Fn() -> SignedDuration + Sync),
) -> Vec<(String, Result<Turn, GroupError>)> {
    let plan = Plan {
        settings: small(),
        networks: Networks::WherePaying,
        command: "a test".to_owned(),
        even_if_worse: true,
        now: now(),
    };
    train_asked(fleet, &Calendar::default(), store, &plan, left).await.unwrap()
}

async fn request(store: &MemoryStore, group: &str) -> Request {
    training::requested(store, group).await.unwrap().unwrap()
}

async fn ask(store: &MemoryStore, group: &str, minutes_ago: i64) {
    training::ask(store, group, "anna", now() - SignedDuration::from_mins(minutes_ago)).await.unwrap();
}

fn fleet() -> Fleet {
    let mut fleet = Fleet { groups: ["web", "api", "broken", "off"].map(Group::simulated).to_vec() };
    fleet.groups[3].mode = Mode::Off;
    fleet
}

#[tokio::test]
async fn those_that_were_asked_for_are_trained_and_told_what_came_of_it() {
    let store = MemoryStore::default();
    for id in ["web", "api", "broken"] {
        let rows: Vec<Observation> = reference(2);
        history::merge(&store, id, &rows).await.unwrap();
    }
    store.put(&keys::history("broken", "2026-06-01".parse().unwrap()), b"no table", Expect::Anything).await.unwrap();
    for (id, minutes_ago) in [("web", 10), ("broken", 20), ("gone", 30), ("off", 40)] {
        ask(&store, id, minutes_ago).await;
    }
    let results = run(&store, &fleet(), &|| SignedDuration::from_mins(15)).await;
    let ids: Vec<&str> = results.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["off", "gone", "broken", "web"], "who asked first comes first, and `api` was not asked for");
    let web = request(&store, "web").await.done.unwrap();
    assert_eq!((web.at, web.serves), (now(), Some(true)), "{}", web.sentence);
    assert!(models::current(&store, "web").await.unwrap().is_some());
    assert_eq!(models::current(&store, "api").await.unwrap(), None);
    for (id, error) in [("broken", "history/group=broken/date=2026-06-01.csv"), ("gone", "no group `gone`"), ("off", "not `off`")]
    {
        let done = request(&store, id).await.done.unwrap();
        assert_eq!(done.serves, None);
        assert!(
            done.sentence.starts_with(&format!("group `{id}` was not trained: ")) && done.sentence.contains(error),
            "{done:?}"
        );
    }
    assert_eq!(run(&store, &fleet(), &|| SignedDuration::from_mins(15)).await.len(), 0, "nothing is asked for any more");
}

#[tokio::test]
async fn what_there_is_no_time_to_begin_stays_asked_for() {
    let store = MemoryStore::default();
    history::merge(&store, "web", &reference(2)).await.unwrap();
    ask(&store, "web", 10).await;
    let results = run(&store, &fleet(), &|| SignedDuration::from_secs(119)).await;
    assert!(matches!(results[0].1, Err(GroupError::OutOfTime { .. })), "{results:?}");
    assert!(request(&store, "web").await.is_open());
}
