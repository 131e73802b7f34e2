//! A fleet of two groups and what the functions recorded about the first; the second is new.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use dashboard_api::{
    Access, AppState, Sites,
    access::{Limits, Rate, Role, mint},
    router,
};
use headroom_core::{
    Action, Decision, Fleet, Forecast, Observation, Reason,
    decision::{Outcome, sentence},
    fleet::{Apply, Mode, PolicyName},
    forecast::{ModelName, Outlook},
    ports::CapacityState,
    quantiles::Quantiles,
};
use headroom_store::{Expect, MemoryStore, Store, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const NOW: &str = "2026-11-24T12:06:00Z";

const FLEET: &str = r#"
[[group]]
id = "web"
mode = "active"
max_instances = 10
price_per_hour = 0.0832
[[group]]
id = "new"
"#;

const CALENDAR: &str = r#"{"time_zone": "Europe/Berlin", "events": [
    {"name": "lunch", "kind": "mail", "start": "2026-11-24T12:00", "duration_minutes": 90, "repeat": "FREQ=DAILY"},
    {"name": "elsewhere", "start": "2026-11-24T12:00", "duration_minutes": 90, "groups": ["new"]}]}"#;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// The router over `store` at the moment `now`.
pub(crate) fn app_at(store: Arc<dyn Store>, now: &str) -> Router {
    let now = at(now);
    let names = AtomicU64::new(0);
    let state = AppState {
        store,
        fleet: Arc::new(Arc::new(Fleet::from_toml(FLEET).unwrap())),
        clock: Arc::new(move || now),
        ids: Arc::new(move || format!("order-{}", names.fetch_add(1, Ordering::Relaxed))),
        refresh_seconds: 1,
        keep_view_for: Duration::ZERO,
        sites: Sites::default(),
    };
    router(state, Arc::new(access(now)))
}

const SECRET: &[u8] = b"a secret of the tests, long enough for HS256";

const AUDIENCE: &str = "tests";

/// Callers with tokens of [`token`], who may ask without end.
fn access(now: Timestamp) -> Access {
    let endless = Rate { per_second: 1_000_000.try_into().unwrap(), burst: 1_000_000.try_into().unwrap() };
    let limits = Limits { callers: endless, failures: endless };
    Access::secret(SECRET, AUDIENCE, Arc::new(move || now)).unwrap().with_limits(limits)
}

/// A token for someone in `role` who is called like it.
pub(crate) fn token(role: Role) -> String {
    let hour = SignedDuration::from_hours(24 * 365);
    mint(SECRET, AUDIENCE, role.name(), role, hour, at(NOW) - SignedDuration::from_hours(24 * 30)).unwrap()
}

/// The router over two hours of records that end at [`NOW`].
pub(crate) async fn app() -> Router {
    app_at(Arc::new(filled().await), NOW)
}

pub(crate) fn observation(timestamp: Timestamp, cpu: f64, instances: f64) -> Observation {
    Observation {
        cpu_utilization: Some(cpu),
        network_in: Some(123_456_789.0),
        request_count: Some(4_321.0),
        in_service_instances: Some(instances),
        ..Observation::at(timestamp)
    }
}

pub(crate) fn forecast(origin: Timestamp) -> Forecast {
    let steps = std::array::from_fn(|step| Quantiles([1.0, 2.0, 3.0, 4.0, 5.0].map(|level| level + step as f64 / 10.0)));
    let model = ModelName { name: "lstm".to_owned(), version: Some("v1".to_owned()) };
    Forecast::new("web", origin, 300, model, Outlook { steps, peaks: steps })
}

pub(crate) fn decision(tick: Timestamp, before: u32, desired: u32) -> Decision {
    let action = match desired.cmp(&before) {
        std::cmp::Ordering::Greater => Action::ScaleOut,
        std::cmp::Ordering::Less => Action::ScaleIn,
        std::cmp::Ordering::Equal => Action::Hold,
    };
    let reasons = vec![Reason::PeakAhead { load: 3.9, quantile: 0.95, within_minutes: 8, required: desired }];
    Decision {
        format: Decision::FORMAT,
        group: "web".to_owned(),
        tick,
        at: tick + minutes(1),
        mode: Mode::Active,
        policy: PolicyName::Headroom,
        apply: Apply::Desired,
        before: CapacityState { desired: before, min: 2, max: 10, in_service: before, pending: 0, unit: 1 },
        required: desired,
        desired,
        action,
        load: Some(3.2),
        measured_until: None,
        lead_time_seconds: None,
        risk: None,
        savings: None,
        accuracy: None,
        alarm: false,
        sentence: sentence(action, before, desired, &reasons),
        reasons,
        outcome: if action == Action::Hold { Outcome::Unchanged } else { Outcome::Applied },
    }
}

/// 24 rows, forecasts and decisions up to 12:05, of which every twelfth decision scales out; one anomaly; a model.
pub(crate) async fn filled() -> MemoryStore {
    let store = MemoryStore::default();
    store.put(keys::CALENDAR, CALENDAR.as_bytes(), Expect::Absent).await.unwrap();
    models::publish(&store, "web", "v1", b"weights", br#"{"name": "lstm", "scores": {"lstm": {"mae": 0.2}}}"#).await.unwrap();
    let first = at("2026-11-24T10:05:00Z");
    for step in 0..24_i32 {
        let start = first + minutes(5) * step;
        let cpu = if step == 20 { 95.0 } else { 60.0 + f64::from(step) };
        history::merge(&store, "web", &[observation(start, cpu, 4.0)]).await.unwrap();
        let origin = start + minutes(5);
        let day = keys::day(origin);
        journal::record(&store, &keys::forecasts("web", day), &forecast(origin), |one| one.origin.to_string()).await.unwrap();
        let decided = decision(origin, 4, if step % 12 == 11 { 5 } else { 4 });
        journal::record(&store, &keys::decisions("web", day), &decided, |one| one.tick.to_string()).await.unwrap();
    }
    let odd = serde_json::json!({
        "format": 1, "group": "web", "timestamp": "2026-11-24T11:45:00Z", "load": 3.8, "expected": 2.1, "score": 7.5,
    });
    journal::record(&store, &keys::anomalies("web", keys::day(first)), &odd, |one| one["timestamp"].to_string()).await.unwrap();
    store
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn get(app: &Router, path: &str) -> Response<Body> {
    send(app, request(Method::GET, path, Some(Role::Viewer), None)).await
}

/// A request of someone in `role`, or of nobody, with a body where there is one.
pub(crate) fn request(method: Method, path: &str, role: Option<Role>, body: Option<&Value>) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    if let Some(role) = role {
        builder = builder.header(header::AUTHORIZATION, format!("Bearer {}", token(role)));
    }
    match body {
        Some(body) => builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap(),
        None => builder.body(Body::empty()).unwrap(),
    }
}

/// The answer to an order of an operator: status and body.
pub(crate) async fn order(app: &Router, method: Method, path: &str, role: Role, body: Option<&Value>) -> (StatusCode, Value) {
    let response = send(app, request(method, path, Some(role), body)).await;
    let status = response.status();
    (status, serde_json::from_slice(&bytes(response).await).unwrap())
}

pub(crate) async fn bytes(response: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
}

/// The answer to a request that must succeed.
pub(crate) async fn json(app: &Router, path: &str) -> Value {
    let response = get(app, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json", "{path}");
    serde_json::from_slice(&bytes(response).await).unwrap()
}

/// The problem document of a request that must fail.
pub(crate) async fn problem(app: &Router, path: &str) -> Value {
    let response = get(app, path).await;
    let status = response.status();
    assert!(status.is_client_error() || status.is_server_error(), "{path}: {status}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{path}");
    let body: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    assert_eq!(body["status"], status.as_u16(), "{path}");
    assert!(body["cure"].as_str().is_some_and(|cure| !cure.is_empty()), "{path}: {body}");
    body
}
