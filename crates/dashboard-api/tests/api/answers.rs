//! What the routes answer about a filled and about an empty store.

use std::sync::Arc;

use axum::http::StatusCode;
use headroom_core::{Decision, Forecast, Observation};
use headroom_store::{Expect, MemoryStore, Store, history, journal, keys};
use jiff::SignedDuration;
use serde_json::Value;

use crate::common::{NOW, app, app_at, at, bytes, decision, filled, forecast, get, json, minutes, observation, problem};

/// The promise of every answer.
const BYTES_MAX: usize = 300_000;

#[tokio::test]
async fn health_tells_that_the_api_answers_and_nothing_of_the_fleet() {
    let health = json(&app().await, "/api/health").await;
    assert_eq!(health, serde_json::json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
}

#[tokio::test]
async fn groups_at_a_glance() {
    assert_snapshot_of!(json(&app().await, "/api/groups").await);
}

#[tokio::test]
async fn a_row_of_history_has_load_utilization_and_the_columns() {
    let history = json(&app().await, "/api/groups/web/history?hours=1").await;
    assert_eq!(history["rows"].as_array().unwrap().len(), 12, "11:10 to 12:05: the step of 12:05 has not ended");
    assert_snapshot_of!(history["rows"][11]);
    assert_eq!(history["bucket_seconds"], 300);
    assert_eq!(history["over_objective_seconds"], 300, "one step at 95 %");
}

#[tokio::test]
async fn the_newest_forecast_is_told_as_stored() {
    let told = json(&app().await, "/api/groups/web/forecast").await;
    assert_eq!(serde_json::from_value::<Forecast>(told).unwrap(), forecast(at("2026-11-24T12:05:00Z")));
}

#[tokio::test]
async fn past_forecasts_are_told_one_step_ahead() {
    let past = json(&app().await, "/api/groups/web/forecasts?hours=1").await;
    let rows = past["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    assert_snapshot_of!(rows[0]);
}

#[tokio::test]
async fn decisions_come_newest_first_and_can_be_narrowed() {
    let app = app().await;
    let all = json(&app, "/api/groups/web/decisions").await;
    let decisions: Vec<Decision> = serde_json::from_value(all["decisions"].clone()).unwrap();
    assert_eq!((decisions.len(), all["total"].as_u64()), (24, Some(24)));
    assert_eq!(decisions[0], decision(at("2026-11-24T12:05:00Z"), 4, 5));
    assert!(decisions.is_sorted_by(|newer, older| newer.at > older.at));
    let few = json(&app, "/api/groups/web/decisions?limit=3&hours=1").await;
    assert_eq!((few["decisions"].as_array().unwrap().len(), few["total"].as_u64()), (3, Some(13)));
    let changes = json(&app, "/api/groups/web/decisions?changes=true").await;
    assert_eq!(changes["total"], 2);
    assert!(changes["decisions"].as_array().unwrap().iter().all(|decision| decision["action"] == "scale_out"));
}

#[tokio::test]
async fn events_around_now_are_those_of_the_group() {
    let app = app().await;
    assert_snapshot_of!(json(&app, "/api/groups/web/events?hours=2&ahead_hours=24").await);
    let now_only = json(&app, "/api/groups/web/events?hours=1&ahead_hours=0").await;
    assert_eq!(now_only["events"].as_array().unwrap().len(), 1, "lunch goes on");
}

#[tokio::test]
async fn anomalies_are_passed_on_whole() {
    let app = app().await;
    assert_snapshot_of!(json(&app, "/api/groups/web/anomalies").await);
    let later = app_at(Arc::new(filled().await), "2026-11-24T13:46:00Z");
    assert_eq!(json(&later, "/api/groups/web/anomalies?hours=2").await["anomalies"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn the_card_is_that_of_the_version_that_serves() {
    assert_snapshot_of!(json(&app().await, "/api/groups/web/model").await);
}

#[tokio::test]
async fn an_empty_store_is_no_error() {
    let app = app_at(Arc::new(MemoryStore::default()), NOW);
    let groups = json(&app, "/api/groups").await;
    assert_snapshot_of!(groups["groups"][0]);
    for (route, list) in
        [("history", "rows"), ("forecasts", "rows"), ("decisions", "decisions"), ("events", "events"), ("anomalies", "anomalies")]
    {
        assert_eq!(json(&app, &format!("/api/groups/web/{route}")).await[list], Value::Array(Vec::new()), "{route}");
    }
    assert_snapshot_of!([problem(&app, "/api/groups/web/forecast").await, problem(&app, "/api/groups/web/model").await]);
}

#[tokio::test]
async fn old_records_are_found_and_called_stale() {
    let late = app_at(Arc::new(filled().await), "2026-12-24T00:00:00Z");
    let web = json(&late, "/api/groups").await["groups"][0].take();
    assert_eq!(web["is_stale"], true);
    assert_eq!(web["newest_observation"], "2026-11-24T12:00:00Z");
    assert_eq!(web["data_age_seconds"], 29 * 86_400 + 11 * 3_600 + 55 * 60);
    assert_eq!(web["peak"], Value::Null, "a forecast that has run out says nothing about the coming hour");
    assert_eq!(web["decision"]["tick"], "2026-11-24T12:05:00Z");
    assert_eq!(web["model"]["version"], "v1");
}

#[tokio::test]
async fn data_is_stale_only_beyond_the_limit() {
    let store = Arc::new(filled().await);
    let stale_at = async |now: &str| json(&app_at(store.clone(), now), "/api/groups").await["groups"][0]["is_stale"].clone();
    assert_eq!(stale_at("2026-11-24T12:20:00Z").await, false, "900 s after the end of the newest step");
    assert_eq!(stale_at("2026-11-24T12:20:01Z").await, true);
}

#[tokio::test]
async fn what_midnight_recorded_is_told_at_midnight() {
    let store = MemoryStore::default();
    let midnight = at("2026-11-25T00:00:00Z");
    let mut made = decision(midnight, 4, 4);
    made.at = midnight;
    journal::record(&store, &keys::decisions("web", keys::day(midnight)), &made, |one| one.tick.to_string()).await.unwrap();
    let app = app_at(Arc::new(store), "2026-11-25T00:00:00Z");
    assert_eq!(json(&app, "/api/groups/web/decisions").await["total"], 1);
    assert_eq!(json(&app, "/api/groups").await["groups"][0]["decision"]["at"], "2026-11-25T00:00:00Z");
}

#[tokio::test]
async fn a_source_without_counts_is_one_instance() {
    let store = MemoryStore::default();
    let row = Observation { cpu_utilization: Some(40.0), ..Observation::at(at("2026-11-24T12:00:00Z")) };
    history::merge(&store, "web", &[row]).await.unwrap();
    let rows = json(&app_at(Arc::new(store), NOW), "/api/groups/web/history").await["rows"].take();
    assert_snapshot_of!(rows);
}

#[tokio::test]
async fn four_weeks_are_thinned_out_to_the_worst_and_stay_small() {
    let store = MemoryStore::default();
    let now = at(NOW);
    let rows: Vec<Observation> = (1..=672 * 12)
        .map(|back| observation(at("2026-11-24T12:05:00Z") - minutes(5) * back, 100.0 / 3.0 + f64::from(back % 7), 7.0 / 3.0))
        .collect();
    history::merge(&store, "web", &rows).await.unwrap();
    let peak = observation(at("2026-11-04T11:00:00Z"), 98.0, 9.0);
    history::merge(&store, "web", &[peak]).await.unwrap();
    let app = app_at(Arc::new(store), NOW);
    for hours in [24, 101, 168, 672] {
        let response = get(&app, &format!("/api/groups/web/history?hours={hours}")).await;
        let body = bytes(response).await;
        assert!(body.len() < BYTES_MAX, "{hours} h take {} bytes", body.len());
        let history: Value = serde_json::from_slice(&body).unwrap();
        let oldest = at(history["rows"][0]["timestamp"].as_str().unwrap());
        let reach = now.duration_since(oldest) - SignedDuration::from_hours(hours);
        assert!(reach.as_secs() > -600 && reach.as_secs() < 3_600, "{hours} h reach back by {reach} too much");
    }
    let thinned = json(&app, "/api/groups/web/history?hours=672").await;
    let bucket = thinned["rows"].as_array().unwrap().iter().find(|row| row["timestamp"] == "2026-11-04T11:00:00Z").unwrap();
    assert_eq!(bucket["load"], 8.82, "the one peak is not lost");
    assert_eq!(bucket["in_service_instances"], 2.33333, "nor are the fewest instances");
    assert_eq!(bucket["utilization"], 0.98, "which were not there at the same time: 8.82 / 2.33 never was");
    assert_eq!(thinned["over_objective_seconds"], 300);
}

#[tokio::test]
async fn many_decisions_stay_small() {
    let store = MemoryStore::default();
    let last = at("2026-11-24T12:00:00Z");
    let made: Vec<Decision> = (0..288).map(|back| decision(last - minutes(5) * back, 4, 4)).collect();
    for day in made.chunk_by(|a, b| keys::day(a.tick) == keys::day(b.tick)) {
        journal::record_all(&store, &keys::decisions("web", keys::day(day[0].tick)), day, |one| one.tick.to_string())
            .await
            .unwrap();
    }
    let response = get(&app_at(Arc::new(store), NOW), "/api/groups/web/decisions?hours=672&limit=200").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(bytes(response).await.len() < BYTES_MAX);
}

#[tokio::test]
async fn a_corrupt_object_is_named() {
    let store = MemoryStore::default();
    store.put(keys::CALENDAR, b"{", Expect::Absent).await.unwrap();
    let problem = problem(&app_at(Arc::new(store), NOW), "/api/groups/web/events").await;
    assert_eq!(problem["status"], 500);
    assert!(problem["detail"].as_str().unwrap().contains(keys::CALENDAR), "{problem}");
}
