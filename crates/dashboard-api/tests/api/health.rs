//! The verdict on a group, for everything that it can be about.

use std::sync::Arc;

use headroom_core::{Decision, Forecast, decision::Outcome, quantiles::Quantiles};
use headroom_store::{
    Expect, MemoryStore, Store,
    controls::{self, Stop},
    history, keys,
};
use serde_json::{Value, json};

use crate::common::{NOW, app_at, at, decision, filled, forecast, json, minutes, observation};

/// The state that the tick of 12:05 leaves.
async fn leave(store: &dyn Store, last: &Decision, forecast: &Forecast, approvals: Value) {
    let state = json!({ "format": 1, "last": last, "forecast": forecast, "approvals": approvals });
    store.put(&keys::state("web"), state.to_string().as_bytes(), Expect::Anything).await.unwrap();
}

fn last() -> Decision {
    decision(at("2026-11-24T12:05:00Z"), 4, 4)
}

fn newest() -> Forecast {
    forecast(at("2026-11-24T12:05:00Z"))
}

async fn verdict(store: Arc<MemoryStore>, now: &str) -> (String, Vec<String>) {
    let health = json(&app_at(store, now), "/api/groups/web").await["health"].clone();
    let clauses = health["clauses"].as_array().unwrap().iter().map(|clause| clause.as_str().unwrap().to_owned());
    (health["level"].as_str().unwrap().to_owned(), clauses.collect())
}

/// The verdict on a group that is well but for what `spoil` does to it.
async fn check(what: &str, spoil: impl AsyncFnOnce(&MemoryStore), level: &str, clause: &str) {
    let store = Arc::new(filled().await);
    leave(&*store, &last(), &newest(), json!({})).await;
    spoil(&store).await;
    let (found, clauses) = verdict(store, NOW).await;
    assert_eq!(found, level, "{what}: {clauses:?}");
    assert!(clauses.first().is_some_and(|first| first.contains(clause)), "{what}: {clauses:?}");
}

#[tokio::test]
async fn a_group_that_is_well_has_nothing_to_say() {
    let store = Arc::new(filled().await);
    leave(&*store, &last(), &newest(), json!({})).await;
    assert_eq!(verdict(store, NOW).await, ("ok".to_owned(), vec![]));
}

#[tokio::test]
async fn what_is_wrong_is_told_the_gravest_first() {
    check("a switch", async |store: &MemoryStore| stop(store).await, "watch", "the kill switch is thrown").await;
    let broken = async |store: &MemoryStore| put(store, &keys::group_control("web"), b"{").await;
    check("a broken control", broken, "alarm", "its control object cannot be read").await;
    let standing = json!({ "standing": {
        "tick": "2026-11-24T12:05:00Z", "until": "2026-11-24T12:35:00Z", "action": "scale_in", "before": 5, "desired": 3,
    } });
    let proposal = async |store: &MemoryStore| leave(store, &last(), &newest(), standing).await;
    check("a proposal", proposal, "watch", "going from 5 to 3 instances waits").await;
    let alarm = async |store: &MemoryStore| leave(store, &Decision { alarm: true, ..last() }, &newest(), json!({})).await;
    check("an alarm", alarm, "alarm", "asks for someone to look").await;
    for (outcome, level, clause) in [
        (Outcome::Failed { error: "denied".to_owned() }, "alarm", "the cloud refused"),
        (Outcome::InsufficientCapacity { error: "none left".to_owned() }, "alarm", "no more instances"),
        (Outcome::Expired, "watch", "no operator answered"),
    ] {
        let with = Decision { outcome, ..last() };
        check(clause, async |store: &MemoryStore| leave(store, &with, &newest(), json!({})).await, level, clause).await;
    }
    let mut short = last();
    short.before.in_service = 1;
    let shortage = async |store: &MemoryStore| leave(store, &short, &newest(), json!({})).await;
    check("a shortage", shortage, "alarm", "1 in service, and the load takes").await;
    // Two things at once.
    let both = async |store: &MemoryStore| {
        stop(store).await;
        leave(store, &Decision { alarm: true, ..last() }, &newest(), json!({})).await;
    };
    check("both", both, "alarm", "asks for someone to look").await;
}

async fn put(store: &MemoryStore, key: &str, bytes: &[u8]) {
    store.put(key, bytes, Expect::Anything).await.unwrap();
}

async fn stop(store: &MemoryStore) {
    let stop = Stop { at: at(NOW), by: "anna".to_owned(), why: "an incident".to_owned() };
    controls::stop(store, Some("web"), &stop).await.unwrap();
}

#[tokio::test]
async fn silence_and_stale_metrics_are_alarms() {
    let store = Arc::new(filled().await);
    leave(&*store, &last(), &newest(), json!({})).await;
    let (level, clauses) = verdict(store.clone(), "2026-11-24T12:30:00Z").await;
    assert_eq!(level, "alarm");
    assert!(clauses.iter().any(|clause| clause.contains("the scaler is silent")), "{clauses:?}");
    assert!(clauses.iter().any(|clause| clause.contains("metrics are stale")), "{clauses:?}");
    let rows: Vec<_> = (0..5).map(|step| observation(at("2026-11-24T12:05:00Z") + minutes(5) * step, 60.0, 4.0)).collect();
    history::merge(&*store, "web", &rows).await.unwrap();
    let (_, clauses) = verdict(store, "2026-11-24T12:30:00Z").await;
    assert!(clauses.iter().all(|clause| !clause.contains("stale")), "the collector goes on: {clauses:?}");
}

#[tokio::test]
async fn an_hour_above_the_lower_of_both_maxima_is_told() {
    let mut ahead = newest();
    ahead.peaks = ahead.peaks.map(|peak| Quantiles(peak.0.map(|load| load + 5.0)));
    // The configuration's maximum is 10.
    for (cloud, most) in [(40, 10), (9, 9)] {
        let mut last = last();
        last.before.max = cloud;
        let spoil = async |store: &MemoryStore| leave(store, &last, &ahead, json!({})).await;
        check("a peak", spoil, "watch", &format!("the next hour may take 14 instances, and the most is {most}")).await;
    }
}

#[tokio::test]
async fn what_is_dated_in_the_future_is_an_alarm() {
    let store = Arc::new(filled().await);
    let tomorrow = decision(at("2026-11-25T12:05:00Z"), 4, 4);
    leave(&*store, &tomorrow, &newest(), json!({})).await;
    let (level, clauses) = verdict(store.clone(), NOW).await;
    assert_eq!((level.as_str(), clauses[0].as_str()), ("alarm", "its last decision is dated in the future: a clock is wrong"));

    leave(&*store, &last(), &newest(), json!({})).await;
    let before = json(&app_at(store.clone(), NOW), "/api/groups/web").await;
    history::merge(&*store, "web", &[observation(at("2026-11-25T09:00:00Z"), 60.0, 4.0)]).await.unwrap();
    let (level, clauses) = verdict(store.clone(), NOW).await;
    assert_eq!((level.as_str(), clauses[0].as_str()), ("alarm", "its newest metrics are dated in the future: a clock is wrong"));
    let after = json(&app_at(store, NOW), "/api/groups/web").await;
    for field in ["newest_observation", "data_age_seconds", "measured"] {
        assert_eq!(after[field], before[field], "what is measured now is shown: {field}");
    }
}

#[tokio::test]
async fn a_group_whose_record_is_broken_hides_no_other() {
    let store = Arc::new(filled().await);
    put(&store, &keys::history("web", "2026-11-24".parse().unwrap()), b"no,table\n\"").await;
    let groups = json(&app_at(store, NOW), "/api/groups").await;
    let told: Vec<(&str, &str)> = groups["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["id"].as_str().unwrap(), group["health"]["level"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("web", "alarm"), ("new", "unknown")]);
    assert_eq!(groups["groups"][0]["stopped"], Value::Null);
    let clause = groups["groups"][0]["health"]["clauses"][0].as_str().unwrap();
    assert!(clause.contains("history/group=web/date=2026-11-24.csv"), "{clause}");
}

#[tokio::test]
async fn a_group_whose_record_is_broken_still_says_that_it_is_stopped() {
    let store = Arc::new(filled().await);
    put(&store, &keys::history("web", "2026-11-24".parse().unwrap()), b"no,table\n\"").await;
    stop(&store).await;
    let web = async || json(&app_at(store.clone(), NOW), "/api/groups").await["groups"][0].clone();
    let told = web().await;
    assert_eq!((told["stopped"].as_str(), told["control"]["stop"]["by"].as_str()), (Some("group"), Some("anna")));
    controls::stop(&*store, None, &Stop { at: at(NOW), by: "bob".to_owned(), why: "an incident".to_owned() }).await.unwrap();
    assert_eq!(web().await["stopped"], "fleet");
}

/// 8.5 instances' worth takes ten at 85 %, whatever the last bit of the division says: the page counts as the scaler does.
#[tokio::test]
async fn a_load_that_fits_exactly_is_no_shortage() {
    let store = Arc::new(filled().await);
    let mut exact = last();
    exact.before.in_service = 10;
    exact.before.max = 20;
    leave(&*store, &exact, &newest(), json!({})).await;
    for (cpu, instances, expected) in [(85.0, 10.0, 10), (85.0, 3.0, 3), (85.0, 7.0, 7), (0.0, 4.0, 1)] {
        history::merge(&*store, "web", &[observation(at("2026-11-24T12:00:00Z"), cpu, instances)]).await.unwrap();
        let web = json(&app_at(store.clone(), NOW), "/api/groups/web").await;
        assert_eq!(web["measured"]["required"], expected, "{instances} at {cpu} %");
    }
}
