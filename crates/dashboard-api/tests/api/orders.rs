//! What operators order: that it is stored where the next tick finds it, and recorded with who gave it.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use dashboard_api::access::Role;
use headroom_core::fleet::Mode;
use headroom_store::{
    Expect, MemoryStore, Store,
    audit::{self, Outcome, Record},
    controls, history, keys,
    refusing::{Call, Refusing, denied},
    training,
};
use serde_json::{Value, json};

use crate::common::{NOW, app_at, at, filled, json, minutes, order, request, send};

/// The newest record of an order.
async fn recorded(store: &dyn Store) -> Record {
    let mut records = audit::read(store, at(NOW) - minutes(60), at(NOW) + minutes(60)).await.unwrap();
    records.sort_by(|a, b| a.id.cmp(&b.id));
    records.pop().expect("a record")
}

async fn filled_app() -> (axum::Router, Arc<MemoryStore>) {
    let store = Arc::new(filled().await);
    (app_at(store.clone(), NOW), store)
}

#[tokio::test]
async fn a_kill_switch_is_thrown_and_taken_back() {
    let (app, store) = filled_app().await;
    for (path, group) in [("/api/stop", None), ("/api/groups/web/stop", Some("web"))] {
        let why = json!({ "why": " an incident " });
        let (status, thrown) = order(&app, Method::PUT, path, Role::Operator, Some(&why)).await;
        let expected = json!({ "stop": { "at": NOW, "by": "operator", "why": "an incident" }, "changed": true });
        assert_eq!((status, thrown), (StatusCode::OK, expected));
        let control = controls::read(&*store, group).await.unwrap();
        assert_eq!(control.stop.unwrap().by, "operator");
        let record = recorded(&*store).await;
        assert_eq!((record.action.as_str(), record.group.as_deref(), record.by.as_str()), ("stop", group, "operator"));
        assert_eq!((record.role.as_deref(), &record.outcome), (Some("operator"), &Outcome::Done));

        let (_, again) = order(&app, Method::PUT, path, Role::Admin, Some(&json!({ "why": "me too" }))).await;
        assert_eq!(
            (again["changed"].as_bool(), again["stop"]["by"].as_str()),
            (Some(false), Some("operator")),
            "who was first stays"
        );
        let seen = json(&app, "/api/groups/web").await;
        assert_eq!(seen["stopped"], if group.is_some() { "group" } else { "fleet" });

        let (_, resumed) = order(&app, Method::DELETE, path, Role::Operator, None).await;
        assert_eq!(resumed, json!({ "stop": null, "changed": true }));
        assert_eq!(recorded(&*store).await.action, "resume");
        assert_eq!(controls::read(&*store, group).await.unwrap().stop, None);
        assert_eq!(json(&app, "/api/groups/web").await["stopped"], Value::Null);
    }
}

#[tokio::test]
async fn a_mode_holds_until_it_is_taken_back() {
    let (app, store) = filled_app().await;
    let path = "/api/groups/web/mode";
    let wish = json!({ "mode": "observe", "why": "a load test" });
    let (status, control) = order(&app, Method::PUT, path, Role::Operator, Some(&wish)).await;
    assert_eq!((status, control["mode"]["mode"].as_str()), (StatusCode::OK, Some("observe")));
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().mode.unwrap().mode, Mode::Observe);
    let seen = json(&app, "/api/groups/web").await;
    assert_eq!((seen["mode"].as_str(), seen["configured_mode"].as_str()), (Some("observe"), Some("active")));
    let record = recorded(&*store).await;
    assert_eq!((record.action.as_str(), record.what["mode"].as_str()), ("mode", Some("observe")));

    let (status, control) = order(&app, Method::DELETE, path, Role::Operator, None).await;
    assert_eq!((status, &control["mode"]), (StatusCode::OK, &Value::Null));
    assert_eq!(json(&app, "/api/groups/web").await["mode"], "active");
    let (status, problem) =
        order(&app, Method::PUT, path, Role::Operator, Some(&json!({ "mode": "off", "why": "enough" }))).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("mode")));
}

/// The state that a tick leaves while a change waits for an operator.
async fn propose(store: &dyn Store) {
    let state = json!({ "format": 1, "approvals": { "standing": {
        "tick": "2026-11-24T12:05:00Z", "until": "2026-11-24T12:35:00Z", "action": "scale_in", "before": 5, "desired": 3,
    } } });
    store.put(&keys::state("web"), state.to_string().as_bytes(), Expect::Anything).await.unwrap();
}

#[tokio::test]
async fn an_answer_counts_for_the_very_proposal_and_for_no_other() {
    let (app, store) = filled_app().await;
    let path = "/api/groups/web/approval";
    let answer = |desired: u32, verdict: &str| json!({ "tick": "2026-11-24T12:05:00Z", "action": "scale_in", "desired": desired, "verdict": verdict });
    let (status, _) = order(&app, Method::POST, path, Role::Operator, Some(&answer(3, "approved"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing waits");

    propose(&*store).await;
    assert_eq!(json(&app, "/api/groups/web").await["proposal"]["desired"], 3);
    let (status, problem) = order(&app, Method::POST, path, Role::Operator, Some(&answer(2, "approved"))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("from 5 to 3"), "{problem}");
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().answer, None);

    for (word, verdict, action) in
        [("approved", controls::Verdict::Approved, "approve"), ("rejected", controls::Verdict::Rejected, "reject")]
    {
        let (status, answered) = order(&app, Method::POST, path, Role::Operator, Some(&answer(3, word))).await;
        assert_eq!(
            (status, answered["verdict"].as_str(), answered["by"].as_str()),
            (StatusCode::OK, Some(word), Some("operator"))
        );
        let stored = controls::read(&*store, Some("web")).await.unwrap().answer.unwrap();
        assert_eq!((stored.verdict, stored.desired, stored.by.as_str()), (verdict, 3, "operator"));
        assert_eq!(recorded(&*store).await.action, action);
    }

    let late = app_at(store.clone(), "2026-11-24T12:35:00Z");
    let (status, _) = order(&late, Method::POST, path, Role::Operator, Some(&answer(3, "approved"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "its time is up");
    assert_eq!(json(&late, "/api/groups/web").await["proposal"], Value::Null);
}

#[tokio::test]
async fn an_allocation_is_a_size_with_an_end() {
    let (app, store) = filled_app().await;
    let path = "/api/resources/allocate";
    let wish = json!({ "group": "web", "instances": 7, "minutes": 90, "why": "a broadcast" });
    let (status, allocation) = order(&app, Method::POST, path, Role::Operator, Some(&wish)).await;
    let expected = json!({ "instances": 7, "until": "2026-11-24T13:36:00Z", "at": NOW, "by": "operator", "why": "a broadcast" });
    assert_eq!((status, &allocation), (StatusCode::OK, &expected));
    assert_eq!(json(&app, "/api/groups/web").await["control"]["allocation"], expected);
    let (status, control) = order(&app, Method::DELETE, &format!("{path}?group=web"), Role::Operator, None).await;
    assert_eq!((status, &control["allocation"]), (StatusCode::OK, &Value::Null));
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().allocation, None);

    for (change, field) in [
        (json!({ "instances": 0 }), "instances"),
        (json!({ "instances": 11 }), "instances"),
        (json!({ "minutes": 0 }), "minutes"),
        (json!({ "minutes": 20_000 }), "minutes"),
        (json!({ "why": "  " }), "why"),
        (json!({ "why": "two\nlines" }), "why"),
        (json!({ "instances": 1.5 }), "instances"),
        (json!({ "size": 3 }), "size"),
    ] {
        let mut bad = wish.clone();
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, problem) = order(&app, Method::POST, path, Role::Operator, Some(&bad)).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{bad}: {problem}");
    }
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().allocation, None, "nothing of that is stored");
}

#[tokio::test]
async fn a_training_is_asked_for_once() {
    let (app, store) = filled_app().await;
    let wish = json!({ "group": "web" });
    let (status, asked) = order(&app, Method::POST, "/api/predictions/train", Role::Admin, Some(&wish)).await;
    assert_eq!((status, asked), (StatusCode::ACCEPTED, json!({ "group": "web", "asked_at": NOW, "by": "admin" })));
    assert!(training::requested(&*store, "web").await.unwrap().unwrap().is_open());
    let later = app_at(store.clone(), "2026-11-24T12:16:00Z");
    let (_, again) = order(&later, Method::POST, "/api/predictions/train", Role::Admin, Some(&wish)).await;
    assert_eq!(again["asked_at"], NOW, "one that is open stays");
    assert_eq!(json(&app, "/api/groups/web").await["training"]["done"], false);
}

#[tokio::test]
async fn rows_are_taken_in_or_refused_whole() {
    let (app, store) = filled_app().await;
    let rows = json!([
        { "timestamp": "2026-11-23T10:00:00Z", "cpu_utilization": 40.0, "in_service_instances": 3.0 },
        { "timestamp": "2026-11-23T10:05:00Z", "request_count": 120.0 },
    ]);
    let new = json!({ "group": "web", "rows": rows });
    let (status, taken) = order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&new)).await;
    assert_eq!((status, taken), (StatusCode::OK, json!({ "rows_added": 2, "rows_changed": 0 })));
    let read = json(&app, "/api/metrics?group=web&from=2026-11-23T00:00:00Z&to=2026-11-23T23:00:00Z").await;
    assert_eq!((&read["rows"], read["total"].as_u64()), (&rows, Some(2)));
    let (_, again) = order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&new)).await;
    assert_eq!(again, json!({ "rows_added": 0, "rows_changed": 0 }), "twice is once");

    let all = history::read_all(&*store, "web").await.unwrap();
    for (row, field) in [
        (json!({ "timestamp": "2026-11-23T11:01:00Z", "cpu_utilization": 1.0 }), "rows[1].timestamp"),
        (json!({ "timestamp": "2026-11-25T11:00:00Z", "cpu_utilization": 1.0 }), "rows[1].timestamp"),
        (json!({ "timestamp": "2026-11-23T11:00:00Z", "cpu_utilization": -1.0 }), "rows[1].cpu_utilization"),
        (json!({ "timestamp": "2026-11-23T11:00:00Z", "cpu_utilization": 1e300 }), "rows[1].cpu_utilization"),
        (json!({ "timestamp": "2026-11-23T11:00:00Z" }), "rows[1].timestamp"),
        (json!({ "timestamp": "noon", "cpu_utilization": 1.0 }), "rows[1].timestamp"),
    ] {
        let good = json!({ "timestamp": "2026-11-23T10:55:00Z", "cpu_utilization": 1.0 });
        let bad = json!({ "group": "web", "rows": [good, row] });
        let (status, problem) = order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&bad)).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{problem}");
    }
    for rows in [json!([]), Value::Array(vec![rows[0].clone(); 5_001])] {
        let (status, problem) =
            order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&json!({ "group": "web", "rows": rows }))).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("rows")));
    }
    assert_eq!(history::read_all(&*store, "web").await.unwrap(), all);
}

#[tokio::test]
async fn rows_of_a_month_are_taken_at_once_and_not_of_more() {
    let (app, store) = filled_app().await;
    // Two a day, so that the days are counted and not the rows.
    let rows = |days: i64| -> Value {
        let moments = (0..2 * days).map(|half| at("2026-10-01T00:00:00Z") + minutes(12 * 60 * half));
        moments.map(|moment| json!({ "timestamp": moment, "cpu_utilization": 40.0 })).collect()
    };
    let wish = |days: i64| json!({ "group": "web", "rows": rows(days) });
    let (status, taken) = order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&wish(31))).await;
    assert_eq!((status, taken["rows_added"].as_u64()), (StatusCode::OK, Some(62)));
    let all = history::read_all(&*store, "web").await.unwrap();
    let (status, problem) = order(&app, Method::POST, "/api/metrics", Role::Admin, Some(&wish(32))).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("rows")));
    assert_eq!(problem["detail"], "the rows are of 32 days");
    assert_eq!(problem["cure"], "send those of at most 31 days in UTC at once");
    assert_eq!(history::read_all(&*store, "web").await.unwrap(), all);
}

#[tokio::test]
async fn bodies_are_json_of_a_bounded_size() {
    let (app, _) = filled_app().await;
    let long = json!({ "why": "x".repeat(1_000_001) });
    let (status, problem) = order(&app, Method::PUT, "/api/stop", Role::Operator, Some(&long)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");
    let mut form = request(Method::PUT, "/api/stop", Some(Role::Operator), Some(&json!({ "why": "x" })));
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(send(&app, form).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn the_record_of_orders_is_for_admins_and_in_parts() {
    let (app, _) = filled_app().await;
    for number in 0..5 {
        let why = json!({ "why": format!("reason {number}") });
        order(&app, Method::PUT, "/api/stop", Role::Operator, Some(&why)).await;
        order(&app, Method::DELETE, "/api/stop", Role::Operator, None).await;
    }
    let (_, first) = order(&app, Method::GET, "/api/audit?limit=4", Role::Admin, None).await;
    assert_eq!((first["total"].as_u64(), first["records"].as_array().unwrap().len()), (Some(10), 4));
    let next = first["next"].as_str().unwrap();
    let (_, rest) = order(&app, Method::GET, &format!("/api/audit?limit=10&cursor={next}"), Role::Admin, None).await;
    assert_eq!((rest["records"].as_array().unwrap().len(), &rest["next"]), (6, &Value::Null));
    assert_eq!(rest["records"][5]["what"]["why"], "reason 0");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done_but_for_a_stop() {
    let store = Arc::new(filled().await);
    let unrecorded =
        Refusing::new(store.clone(), |call, key| (call == Call::Put && key.starts_with("audit/")).then(|| denied(key)));
    let app = app_at(Arc::new(unrecorded), NOW);
    let wish = json!({ "mode": "observe", "why": "a test" });
    let (status, _) = order(&app, Method::PUT, "/api/groups/web/mode", Role::Operator, Some(&wish)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().mode, None);
    let (status, _) = order(&app, Method::PUT, "/api/stop", Role::Operator, Some(&json!({ "why": "now" }))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(controls::read(&*store, None).await.unwrap().stop.is_some());
    let (status, _) = order(&app, Method::DELETE, "/api/stop", Role::Operator, None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "to go on is an order like any other");
}

#[tokio::test]
async fn on_a_day_whose_record_is_full_orders_are_refused_and_a_stop_is_not() {
    let (app, store) = filled_app().await;
    let wish = json!({ "mode": "observe", "why": "a test" });
    let put = async |path: &str, body: &Value| order(&app, Method::PUT, path, Role::Operator, Some(body)).await;
    assert_eq!(put("/api/groups/web/mode", &wish).await.0, StatusCode::OK);
    let key = "audit/date=2026-11-24.jsonl";
    let mut day = store.get(key).await.unwrap().unwrap().bytes;
    day.resize(audit::DAY_BYTES_MAX, b' ');
    store.put(key, &day, Expect::Anything).await.unwrap();

    let (status, problem) = put("/api/groups/web/mode", &json!({ "mode": "active", "why": "a test" })).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem["detail"], format!("`{key}` is full: no further order of today can be recorded"));
    assert!(problem["cure"].as_str().unwrap().contains("after midnight UTC"), "{problem}");
    assert_eq!(controls::read(&*store, Some("web")).await.unwrap().mode.unwrap().mode, Mode::Observe);

    assert_eq!(put("/api/stop", &json!({ "why": "an incident" })).await.0, StatusCode::OK);
    assert!(controls::read(&*store, None).await.unwrap().stop.is_some());
    assert_eq!(recorded(&*store).await.action, "stop");
}
