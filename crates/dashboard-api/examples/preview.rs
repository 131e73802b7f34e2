//! Serves the page with made-up data: `cargo run -p dashboard-api --example preview -- 8099` for work on the page, and
//! `… -- 8099 100` with a hundred groups in a local folder, as a server of `headroom serve` has them, to measure answers.
//! `scripts/bench-dashboard` does that.
//!
//! Without a number, four groups: `web` lives through a shop's days with sales; `api` only observes, and its model is so far off that it is
//! demoted; `batch`, which nothing predicts, has gone silent; of `new` nothing is stored yet. Each second of real time is a step of five minutes.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use dashboard_api::{
    Access, AppState, Sites,
    access::{Limits, Rate, Role, mint},
    random_id, router,
};
use headroom_core::{
    Action, Decision, Fleet, Forecast, Observation, Reason,
    anomaly::Anomaly,
    decision::{Outcome, sentence},
    feedback::Feedback,
    forecast::{HORIZON, ModelName, Outlook},
    ports::CapacityState,
    quantiles::Quantiles,
};
use headroom_store::{Expect, LocalStore, MemoryStore, Store, StoreError, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

const FLEET: &str = r#"
[defaults]
provider = "simulated"
min_instances = 2
max_instances = 30
price_per_hour = 0.0832
[[group]]
id = "web"
mode = "active"
[[group]]
id = "api"
mode = "observe"
[[group]]
id = "batch"
mode = "scale-out-only"
[[group]]
id = "new"
"#;

const CALENDAR: &str = r#"{"time_zone": "Europe/Berlin", "events": [
    {"name": "Evening sale", "kind": "sale", "start": "2026-11-24T18:00", "duration_minutes": 150, "intensity": 1.8, "ramp_minutes": 30, "groups": ["web"]},
    {"name": "Black Friday", "kind": "sale", "start": "2026-11-27T00:00", "end": "2026-11-30T23:59", "intensity": 2.5, "ramp_minutes": 60},
    {"name": "newsletter", "kind": "mail", "start": "2026-11-03T09:00", "duration_minutes": 90, "repeat": "FREQ=WEEKLY;BYDAY=TU,WE"}]}"#;

const START: &str = "2026-11-24T17:01:00Z";
const STEP: SignedDuration = SignedDuration::from_mins(5);
const MODEL: &str = "2026-11-23T04-00";
const CARD: &str = r#"{"format": 1, "version": "2026-11-23T04-00", "model": "lstm", "created_at": "2026-11-23T04:00:12Z",
    "command": "trainer train --config fleet.toml --store file:///srv/headroom --group web",
    "data": {"rows": 8064, "missing_rows": 12, "first": "2026-10-26T00:00:00Z", "last": "2026-11-22T23:55:00Z", "step_seconds": 300, "calendar": true},
    "scores": [{"model": "last value", "mae": {"mean": 0.3022}, "wql": 0.0981}, {"model": "lstm", "mae": {"mean": 0.2141}, "wql": 0.0512},
        {"model": "same time yesterday", "mae": {"mean": 0.5518}, "wql": 0.1204}],
    "shape": {"hidden": 32, "layers": 1, "steps": 36}}"#;

/// A fleet of so many groups, of the three kinds that have something to show in turn.
fn fleet_of(count: usize) -> Result<Fleet, headroom_core::fleet::FleetError> {
    let kinds = [("web", "active"), ("api", "observe"), ("batch", "scale-out-only")];
    let (defaults, _) = FLEET.split_once("[[group]]").expect("groups come after the defaults");
    let group = |index: usize| {
        let (kind, mode) = kinds[index % kinds.len()];
        format!("[[group]]\nid = \"{kind}-{index}\"\nmode = \"{mode}\"\n")
    };
    Fleet::from_toml(&format!("{defaults}{}", (0..count).map(group).collect::<String>()))
}

/// What kind of life a group has: its name, or what comes before its number.
fn kind(group: &str) -> &str {
    group.split('-').next().unwrap_or(group)
}

/// A cheap, fixed wobble in -1..1: the same moment always looks the same.
fn wobble(seed: i64) -> f64 {
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 23) - 1.0
}

/// The load that the made-up world offers to `group`, without noise.
fn expected_load(group: &str, at: Timestamp) -> f64 {
    let hour = (at.as_second() % 86_400) as f64 / 3600.0;
    let daily = 5.0 - 3.6 * ((hour - 2.5) / 24.0 * std::f64::consts::TAU).cos();
    let evening = if kind(group) == "web" { sale(at) } else { 0.0 };
    let scale = if kind(group) == "api" { 1.6 } else { 1.0 };
    (daily * scale + evening).max(0.4)
}

fn sale(at: Timestamp) -> f64 {
    let minutes = (at.as_second() - "2026-11-24T17:00:00Z".parse::<Timestamp>().expect("a time").as_second()) as f64 / 60.0;
    let ramp = ((minutes + 30.0) / 30.0).clamp(0.0, 1.0) * ((180.0 - minutes) / 30.0).clamp(0.0, 1.0);
    6.5 * ramp
}

fn measured_load(group: &str, at: Timestamp) -> f64 {
    let spike = if at.as_second() % 86_400 == 39_900 { 2.4 } else { 0.0 };
    expected_load(group, at) * (1.0 + 0.05 * wobble(at.as_second() / 300)) + spike
}

fn instances(group: &str, at: Timestamp) -> u32 {
    let ahead = (0..4).map(|step| expected_load(group, at + STEP * step)).fold(0.0, f64::max);
    let late = if kind(group) == "web" && (30_000..32_000).contains(&(at.as_second() % 86_400)) { 1.6 } else { 0.0 };
    ((ahead * 1.08 - late) / 0.85).ceil().clamp(2.0, 30.0) as u32
}

fn observation(group: &str, at: Timestamp) -> Observation {
    let (load, count) = (measured_load(group, at), f64::from(instances(group, at)));
    Observation {
        cpu_utilization: Some((load / count * 100.0).min(100.0)),
        network_in: Some(load * 4.1e8),
        request_count: Some((load * 9_000.0).round()),
        in_service_instances: Some(count),
        ..Observation::at(at)
    }
}

fn forecast(group: &str, origin: Timestamp) -> Forecast {
    let step = |index: i32| {
        let told = expected_load(group, origin + STEP * index) * (1.0 + 0.02 * wobble(origin.as_second() / 300 + 7));
        let middle = match kind(group) {
            "api" => 1.2 * told,
            "batch" => measured_load(group, origin - STEP),
            _ => told,
        };
        let spread = middle * (0.035 + 0.008 * f64::from(index));
        Quantiles::rectified([middle - spread, middle, middle + spread, middle + 1.4 * spread, middle + 2.1 * spread])
    };
    let steps: [Quantiles; HORIZON] = std::array::from_fn(|index| step(i32::try_from(index).expect("small")));
    let peaks = std::array::from_fn(|last| {
        Quantiles(std::array::from_fn(|level| steps[..=last].iter().map(|step| step.0[level]).fold(0.0, f64::max)))
    });
    let model = ModelName { name: "lstm".to_owned(), version: Some(MODEL.to_owned()) };
    let predictable = kind(group) != "batch";
    Forecast { predictable, ..Forecast::new(group, origin, 300, model, Outlook { steps, peaks }) }
}

fn decision(group: &headroom_core::Group, origin: Timestamp) -> Decision {
    let (now, next) = (instances(&group.id, origin), instances(&group.id, origin + STEP));
    let load = measured_load(&group.id, origin - STEP);
    let action = match next.cmp(&now) {
        std::cmp::Ordering::Greater => Action::ScaleOut,
        std::cmp::Ordering::Less => Action::ScaleIn,
        std::cmp::Ordering::Equal => Action::Hold,
    };
    let mut reasons = vec![Reason::PeakAhead { load: f64::from(next) * 0.82, quantile: 0.95, within_minutes: 8, required: next }];
    if kind(&group.id) == "web" && sale(origin + STEP) > 0.0 {
        reasons.push(Reason::Event {
            name: "Evening sale".to_owned(),
            event_kind: "sale".to_owned(),
            start: "2026-11-24T17:00:00Z".parse().expect("a time"),
            end: "2026-11-24T19:30:00Z".parse().expect("a time"),
        });
    }
    let outcome = match (action, kind(&group.id)) {
        (Action::Hold, _) => Outcome::Unchanged,
        (_, "api") => Outcome::NotAllowed,
        _ => Outcome::Applied,
    };
    Decision {
        format: Decision::FORMAT,
        group: group.id.clone(),
        tick: origin,
        at: origin + SignedDuration::from_secs(60),
        mode: group.mode,
        policy: group.policy,
        apply: group.apply,
        before: CapacityState { desired: now, min: 2, max: 30, in_service: now, pending: 0, unit: 1 },
        required: next,
        desired: next,
        action,
        load: Some(load),
        measured_until: None,
        lead_time_seconds: None,
        risk: None,
        savings: None,
        accuracy: None,
        alarm: false,
        sentence: sentence(action, now, next, &reasons),
        reasons,
        outcome,
    }
}

/// What the scaler would have made of the forecasts of the week before `until`.
fn feedback(group: &str, until: Timestamp) -> Feedback {
    let mut feedback = Feedback::default();
    let hour = SignedDuration::from_hours(1);
    let first = until - SignedDuration::from_hours(7 * 24);
    for origin in std::iter::successors(Some(first), |at| Some(*at + STEP)).take_while(|at| *at + hour <= until) {
        let forecast = forecast(group, origin);
        let loads = std::array::from_fn(|step| measured_load(group, origin + STEP * i32::try_from(step).expect("small")));
        feedback.serve(&forecast.model);
        feedback.score(&forecast, measured_load(group, origin - STEP), &loads);
        feedback.judge(origin, origin + hour);
    }
    feedback
}

/// Records a day's entries: of a day that has none yet as a whole, which is much faster than each in its turn.
async fn journalize<T: Serialize + DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    records: &[T],
    identity: impl Fn(&T) -> String,
) -> Result<(), StoreError> {
    if store.get(key).await?.is_some() {
        return journal::record_all(store, key, records, identity).await.map(drop);
    }
    let line = |record| serde_json::to_string(record).expect("a record is JSON") + "\n";
    store.put(key, records.iter().map(line).collect::<String>().as_bytes(), Expect::Absent).await.map(drop)
}

/// Writes what the functions would have recorded for the steps that start in `from..to`.
async fn record(store: &dyn Store, group: &headroom_core::Group, from: Timestamp, to: Timestamp) -> Result<(), StoreError> {
    let steps: Vec<Timestamp> = std::iter::successors(Some(from), |at| Some(*at + STEP)).take_while(|at| *at < to).collect();
    let rows: Vec<Observation> = steps.iter().map(|at| observation(&group.id, *at)).collect();
    history::merge(store, &group.id, &rows).await?;
    for day in steps.chunk_by(|a, b| keys::day(*a + STEP) == keys::day(*b + STEP)) {
        let origins: Vec<Timestamp> = day.iter().map(|at| *at + STEP).collect();
        let date = keys::day(origins[0]);
        let forecasts: Vec<Forecast> = origins.iter().map(|origin| forecast(&group.id, *origin)).collect();
        journalize(store, &keys::forecasts(&group.id, date), &forecasts, |forecast| forecast.origin.to_string()).await?;
        let decisions: Vec<Decision> = origins.iter().map(|origin| decision(group, *origin)).collect();
        journalize(store, &keys::decisions(&group.id, date), &decisions, |decision| decision.tick.to_string()).await?;
    }
    for at in steps.iter().filter(|at| at.as_second() % 86_400 == 39_900) {
        let (load, expected) = (measured_load(&group.id, *at), expected_load(&group.id, *at));
        let odd = Anomaly { format: Anomaly::FORMAT, group: group.id.clone(), timestamp: *at, load, expected, score: 6.4 };
        journal::record(store, &keys::anomalies(&group.id, keys::day(*at)), &odd, |odd| odd.timestamp.to_string()).await?;
    }
    let state = serde_json::json!({
        "format": 1, "last": decision(group, to), "forecast": forecast(&group.id, to), "feedback": feedback(&group.id, to),
    });
    store.put(&keys::state(&group.id), state.to_string().as_bytes(), Expect::Anything).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "tells where it is")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(8099), |text| text.parse())?;
    let groups: Option<usize> = std::env::args().nth(2).map(|text| text.parse()).transpose()?;
    let folder = std::env::temp_dir().join(format!("headroom-preview-{}", std::process::id()));
    let fleet = Arc::new(groups.map_or_else(|| Fleet::from_toml(FLEET), fleet_of)?);
    let store: Arc<dyn Store> = match groups {
        Some(_) => Arc::new(LocalStore::open(&folder)?),
        None => Arc::new(MemoryStore::default()),
    };
    store.put(keys::CALENDAR, CALENDAR.as_bytes(), Expect::Anything).await?;
    let start: Timestamp = START.parse()?;
    let first_step = start - SignedDuration::from_secs(60);
    for group in fleet.groups.iter().filter(|group| group.id != "new") {
        let silent = if group.id == "batch" { SignedDuration::from_mins(50) } else { SignedDuration::ZERO };
        models::publish(store.as_ref(), &group.id, MODEL, b"weights", CARD.as_bytes()).await?;
        record(store.as_ref(), group, first_step - SignedDuration::from_hours(28 * 24), first_step - silent).await?;
    }
    let (clock, ticks) = simulated_clock(start);
    // Many groups stand still, so that what is measured is the server alone.
    if groups.is_none() {
        tokio::spawn(play(Arc::clone(&store), Arc::clone(&fleet), first_step, ticks));
    }
    let secret: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    let access = Access::secret(&secret, AUDIENCE, Arc::new(Timestamp::now))?.with_limits(endless());
    let token = mint(&secret, AUDIENCE, "preview", Role::Admin, SignedDuration::from_hours(12), Timestamp::now())?;
    let (refresh_seconds, keep_view_for) = if groups.is_some() { (30, Duration::from_secs(2)) } else { (1, Duration::ZERO) };
    let sites = Sites::default();
    let state =
        AppState { store, fleet: Arc::new(fleet), clock, ids: Arc::new(random_id), refresh_seconds, keep_view_for, sites };
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    println!("dashboard: http://{}/#token={token}", listener.local_addr()?);
    let app = router(state, Arc::new(access)).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    if groups.is_some() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

const AUDIENCE: &str = "preview";

/// What is measured is not the limit of requests.
fn endless() -> Limits {
    let endless = Rate { per_second: 1_000_000.try_into().expect("not zero"), burst: 1_000_000.try_into().expect("not zero") };
    Limits { callers: endless, failures: endless }
}

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

fn simulated_clock(start: Timestamp) -> (Clock, Arc<std::sync::atomic::AtomicI64>) {
    let ticks = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let read = Arc::clone(&ticks);
    let now = move || start + SignedDuration::from_secs(300 * read.load(std::sync::atomic::Ordering::Relaxed));
    (Arc::new(now), ticks)
}

async fn play(store: Arc<dyn Store>, fleet: Arc<Fleet>, first_step: Timestamp, ticks: Arc<std::sync::atomic::AtomicI64>) {
    let mut from = first_step;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let to = from + STEP;
        ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for group in fleet.groups.iter().filter(|group| !["batch", "new"].contains(&group.id.as_str())) {
            if record(store.as_ref(), group, from, to).await.is_err() {
                return;
            }
        }
        from = to;
    }
}
