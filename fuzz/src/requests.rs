//! Requests to the API: paths, parameters, headers, tokens and bodies.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderName, HeaderValue, Request, StatusCode},
};
use dashboard_api::{
    Access, AppState, Sites,
    access::{Limits, Rate, Role, mint},
    router,
};
use headroom_core::{Fleet, Observation};
use headroom_store::{Expect, MemoryStore, Overlay, Store, history, keys};
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt as _;

use super::run;

const SECRET: &[u8] = b"a secret of the fuzzers, long enough for HS256";
const AUDIENCE: &str = "fuzz";

const FLEET: &str = "[[group]]\nid = \"web\"\nmode = \"active\"\nmax_instances = 10\n[[group]]\nid = \"new\"\n";

const CALENDAR: &str = r#"{"time_zone": "Europe/Berlin", "events": [{"name": "lunch", "kind": "mail", "start": "2026-11-24T12:00",
    "duration_minutes": 90, "repeat": "FREQ=DAILY"}]}"#;

fn now() -> Timestamp {
    "2026-11-24T12:06:00Z".parse().expect("a moment")
}

/// A request as text: its method and target, its headers, an empty line, its body. `{viewer}`, `{operator}` and `{admin}` in a header
/// stand for a good token. It is answered, never by 500; whoever has no good token sees nothing, and what is answered can be read whole.
pub fn api(data: &[u8]) -> bool {
    let Some((request, has_token)) = request(data) else { return false };
    let path = request.uri().path().to_owned();
    run(async {
        let store: Arc<dyn Store> = Arc::new(Overlay::over(filled()));
        let status = answer(store, now, request).await;
        assert!(
            has_token || !(path.starts_with("/api/groups") && status.is_success()),
            "{path} was answered to nobody by {status}"
        );
        status.is_success()
    })
}

/// The answer to `request` over `store` at the moment `now`: it can be read whole, and is never 500.
async fn answer(store: Arc<dyn Store>, now: fn() -> Timestamp, request: Request<Body>) -> StatusCode {
    let state = AppState {
        store,
        fleet: Arc::new(Arc::new(Fleet::from_toml(FLEET).expect("a fleet"))),
        clock: Arc::new(now),
        ids: Arc::new(|| "order".to_owned()),
        refresh_seconds: 1,
        keep_view_for: Duration::ZERO,
        sites: Sites::default(),
    };
    let endless = Rate { per_second: 1_000_000.try_into().expect("not 0"), burst: 1_000_000.try_into().expect("not 0") };
    let limits = Limits { callers: endless, failures: endless };
    let access = Access::secret(SECRET, AUDIENCE, Arc::new(now)).expect("a good secret").with_limits(limits);
    let response = router(state, Arc::new(access)).oneshot(request).await.expect("a router answers");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("an answer can be read whole");
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{}", String::from_utf8_lossy(&body));
    status
}

/// What the page shows of the group `web` to someone who may see it: whatever `store` holds, the group is shown.
pub(super) async fn show(store: Arc<dyn Store>, now: fn() -> Timestamp) {
    let bearer = format!("Bearer {}", token(Role::Viewer, now));
    let get = async |path: &str| {
        let request = Request::get(path).header("authorization", &bearer).body(Body::empty()).expect("a request");
        answer(Arc::clone(&store), now, request).await
    };
    assert_eq!(get("/api/groups/web").await, StatusCode::OK);
    // There may be none.
    let _ = get("/api/groups/web/forecast").await;
}

/// The request, and whether a good token is in it.
fn request(data: &[u8]) -> Option<(Request<Body>, bool)> {
    let split = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = split.map_or((data, &[][..]), |at| (&data[..at], &data[at + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut builder = Request::builder().method(method).uri(target);
    let mut has_token = false;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let mut value = line[colon + 1..].trim_ascii().to_vec();
        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            let place = format!("{{{}}}", role.name());
            if let Some(at) = value.windows(place.len()).position(|part| part == place.as_bytes()) {
                value.splice(at..at + place.len(), token(role, now).bytes());
                has_token = true;
            }
        }
        builder = builder.header(name, HeaderValue::from_bytes(&value).ok()?);
    }
    Some((builder.body(Body::from(body.to_vec())).ok()?, has_token))
}

fn token(role: Role, now: fn() -> Timestamp) -> String {
    mint(SECRET, AUDIENCE, role.name(), role, SignedDuration::from_hours(24), now()).expect("a good secret")
}

/// A store with a calendar and two hours of rows, under what a request writes.
fn filled() -> &'static MemoryStore {
    static FILLED: OnceLock<MemoryStore> = OnceLock::new();
    FILLED.get_or_init(|| {
        let store = MemoryStore::default();
        let work = async {
            store.put(keys::CALENDAR, CALENDAR.as_bytes(), Expect::Absent).await.expect("memory takes every object");
            let row = |step: i32| Observation {
                cpu_utilization: Some(50.0 + f64::from(step)),
                in_service_instances: Some(4.0),
                ..Observation::at(
                    "2026-11-24T10:05:00Z".parse::<Timestamp>().expect("a moment") + SignedDuration::from_mins(5) * step,
                )
            };
            history::merge(&store, "web", &(0..24).map(row).collect::<Vec<_>>()).await.expect("rows on the grid");
        };
        std::thread::scope(|scope| scope.spawn(|| run(work)).join()).expect("a store is filled");
        store
    })
}
