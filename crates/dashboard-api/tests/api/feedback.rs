//! What the groups' summary tells of past forecasts.

use std::sync::Arc;

use headroom_core::{Forecast, feedback::Feedback};
use headroom_store::{Expect, MemoryStore, Store, journal, keys};
use serde_json::{Value, json as value};

use crate::common::{NOW, app, app_at, at, filled, forecast, json, minutes};

/// The feedback on `count` forecasts of the made-up model, whose median is 1 and more below a load of 4.
fn poor(count: i32) -> Feedback {
    let mut feedback = Feedback::default();
    let first = at("2026-11-23T00:00:00Z");
    feedback.serve(&forecast(first).model);
    for step in 0..count {
        let origin = first + minutes(5) * step;
        let wobble = f64::from(step % 3) / 10.0;
        feedback.score(&forecast(origin), 4.0, &std::array::from_fn(|_| 4.0 + wobble));
        feedback.judge(origin, origin + minutes(60));
    }
    feedback
}

/// The feedback of group `web` where its state is `state`.
async fn told(store: MemoryStore, state: &[u8]) -> Value {
    store.put(&keys::state("web"), state, Expect::Anything).await.unwrap();
    json(&app_at(Arc::new(store), NOW), "/api/groups").await["groups"][0]["feedback"].take()
}

#[tokio::test]
async fn scores_drift_demotion_and_the_wish_to_retrain_are_told() {
    let state = value!({"format": 1, "last": null, "feedback": poor(280)});
    let told = told(filled().await, &serde_json::to_vec(&state).unwrap()).await;
    assert_snapshot_of!(told);
}

#[tokio::test]
async fn without_scores_there_is_no_verdict() {
    assert_eq!(json(&app().await, "/api/groups").await["groups"][0]["feedback"], Value::Null);
    let none = value!({"report": null, "drifts": [], "demoted": null, "retraining": null});
    assert_eq!(told(filled().await, br#"{"format": 1, "last": null}"#).await, none, "a state from before there was feedback");
    assert_eq!(told(filled().await, b"{").await, Value::Null, "the next tick writes the state afresh");
}

#[tokio::test]
async fn the_newest_forecast_says_whether_the_group_can_be_forecast() {
    let store = filled().await;
    let newest = Forecast { predictable: false, ..forecast(at("2026-11-24T12:05:00Z")) };
    let key = keys::forecasts("web", keys::day(newest.origin));
    journal::record(&store, &key, &newest, |one| one.origin.to_string()).await.unwrap();
    let groups = json(&app_at(Arc::new(store), NOW), "/api/groups").await["groups"].take();
    assert_eq!((&groups[0]["predictable"], &groups[1]["predictable"]), (&value!(false), &value!(true)));
}
