//! The calendar is edited by whoever has read its newest version.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use dashboard_api::access::Role;
use headroom_store::{Expect, MemoryStore, Store, keys, load_calendar};
use serde_json::{Value, json};

use crate::common::{NOW, app_at, bytes, filled, json, request, send};

/// Puts `body` where the version `etag` is still there; without one, where nothing is.
async fn put(app: &axum::Router, path: &str, etag: Option<&str>, body: &Value) -> (StatusCode, Value) {
    let mut asked = request(Method::PUT, path, Some(Role::Operator), Some(body));
    match etag {
        Some(etag) => asked.headers_mut().insert("if-match", etag.parse().unwrap()),
        None => asked.headers_mut().insert("if-none-match", "*".parse().unwrap()),
    };
    let response = send(app, asked).await;
    let status = response.status();
    (status, serde_json::from_slice(&bytes(response).await).unwrap())
}

#[tokio::test]
async fn a_change_needs_the_version_it_was_made_on() {
    let store = Arc::new(filled().await);
    let app = app_at(store.clone(), NOW);
    let read = json(&app, "/api/calendar").await;
    assert_eq!((read["time_zone"].as_str(), read["events"].as_array().unwrap().len()), (Some("Europe/Berlin"), 2));
    let etag = read["etag"].as_str().unwrap();
    let header = crate::common::get(&app, "/api/calendar").await.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(header, etag, "the header is what `If-Match` wants");
    let sale =
        json!({ "name": "sale", "kind": "sale", "start": "2026-11-27T00:00", "end": "2026-11-28T00:00", "intensity": 2.0 });
    let new = json!({ "time_zone": "Europe/Paris", "events": [read["events"][0], sale] });

    let unconditional = send(&app, request(Method::PUT, "/api/calendar", Some(Role::Operator), Some(&new))).await;
    assert_eq!(unconditional.status(), StatusCode::PRECONDITION_REQUIRED);
    let (status, written) = put(&app, "/api/calendar", Some(etag), &new).await;
    assert_eq!((status, written["events"][1]["name"].as_str()), (StatusCode::OK, Some("sale")));
    let stored = load_calendar(&*store).await.unwrap();
    assert_eq!(stored.events().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["lunch", "sale"]);
    assert_eq!(json(&app, "/api/calendar").await, written, "the new version is the one that was told");

    for (etag, what) in [(Some(etag), "an older version"), (Some("\"none\""), "no version"), (None, "nothing there")] {
        let (status, problem) = put(&app, "/api/calendar", etag, &new).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{what}: {problem}");
    }
}

#[tokio::test]
async fn the_first_calendar_needs_none_before_it() {
    let store = Arc::new(MemoryStore::default());
    let app = app_at(store.clone(), NOW);
    let read = json(&app, "/api/calendar").await;
    assert_eq!(read, json!({ "etag": null, "time_zone": "UTC", "events": [] }));
    let new = json!({ "time_zone": "UTC", "events": [] });
    assert_eq!(put(&app, "/api/calendar", Some("\"x\""), &new).await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(put(&app, "/api/calendar", None, &new).await.0, StatusCode::OK);
    assert!(store.get(keys::CALENDAR).await.unwrap().is_some());
}

#[tokio::test]
async fn an_entry_that_cannot_be_is_named_and_nothing_is_stored() {
    let store = Arc::new(filled().await);
    let app = app_at(store.clone(), NOW);
    let before = store.get(keys::CALENDAR).await.unwrap();
    let etag = json(&app, "/api/calendar").await["etag"].as_str().unwrap().to_owned();
    let good = json!({ "name": "sale", "start": "2026-11-27T00:00", "duration_minutes": 60 });
    let with = |change: Value| {
        let mut event = good.clone();
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({ "time_zone": "UTC", "events": [good, event] })
    };
    for (body, field) in [
        (with(json!({ "start": "soon" })), "events[1]"),
        (with(json!({ "end": "2026-11-27T02:00" })), "events[1]"),
        (with(json!({ "repeat": "FREQ=SOMETIMES" })), "events[1]"),
        (with(json!({ "time_zone": "Mars/Olympus" })), "events[1]"),
        (with(json!({ "duration_minutes": u32::MAX })), "events[1]"),
        (with(json!({ "intensity": 1001 })), "events[1]"),
        (with(json!({ "repeat": "FREQ=DAILY\nEXDATE:20261128T000000" })), "events[1]"),
        (with(json!({ "groups": ["web", "nope"] })), "events[1].groups"),
        (with(json!({ "intensity": "strong" })), "events[1].intensity"),
        (with(json!({ "colour": "red" })), "events[1].colour"),
        (json!({ "time_zone": "Mars/Olympus", "events": [] }), "time_zone"),
    ] {
        let (status, problem) = put(&app, "/api/calendar", Some(&etag), &body).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{problem}");
    }
    assert_eq!(store.get(keys::CALENDAR).await.unwrap(), before);
}

#[tokio::test]
async fn a_groups_own_entries_change_alone() {
    let store = Arc::new(filled().await);
    let app = app_at(store.clone(), NOW);
    let of_new = json(&app, "/api/groups/new/calendar").await;
    let told: Vec<_> = of_new["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["event"]["name"].as_str().unwrap(), entry["shared"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("lunch", true), ("elsewhere", false)]);
    let etag = of_new["etag"].as_str().unwrap();
    let own = json!({ "events": [{ "name": "launch", "start": "2026-12-01T09:00", "duration_minutes": 30 }] });
    let (status, written) = put(&app, "/api/groups/new/calendar", Some(etag), &own).await;
    assert_eq!((status, written["events"].as_array().unwrap().len()), (StatusCode::OK, 2));
    let names: Vec<_> = load_calendar(&*store).await.unwrap().events().map(|event| event.name.clone()).collect();
    assert_eq!(names, ["lunch", "launch"], "its own entry went, the shared one stayed");
    let of_web = json(&app, "/api/groups/web/calendar").await;
    assert_eq!(of_web["events"].as_array().unwrap().len(), 1);

    let shared = json!({ "events": [{ "name": "x", "start": "2026-12-01T09:00", "duration_minutes": 30, "groups": ["web"] }] });
    let (status, problem) = put(&app, "/api/groups/new/calendar", written["etag"].as_str(), &shared).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("events[0].groups")));
}

#[tokio::test]
async fn a_calendar_of_the_legacy_form_keeps_its_flag() {
    let store = Arc::new(MemoryStore::default());
    store.put(keys::CALENDAR, br#"{"is_sale_active": 1}"#, Expect::Absent).await.unwrap();
    let app = app_at(store.clone(), NOW);
    let read = json(&app, "/api/calendar").await;
    assert_eq!(read["is_sale_active"], 1.0);
    let own = json!({ "events": [{ "name": "launch", "start": "2026-12-01T09:00", "duration_minutes": 30 }] });
    assert_eq!(put(&app, "/api/groups/web/calendar", read["etag"].as_str(), &own).await.0, StatusCode::OK);
    assert_eq!(load_calendar(&*store).await.unwrap().always(), Some(1.0));
}
