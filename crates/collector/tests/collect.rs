//! The collector against metrics made by hand: late, overlapping, absent, failing.

use std::sync::Mutex;

use async_trait::async_trait;
use collector::{CollectError, Collected, collect, collect_fleet};
use headroom_core::{
    Calendar, Fleet, Group, Observation,
    ports::{Metrics, PortError},
};
use headroom_store::{Expect, LocalStore, MemoryStore, Store, StoreError, history, keys};
use jiff::Timestamp;

/// A cloud that has the rows it was given, and notes what it was asked for.
#[derive(Default)]
struct Cloud {
    rows: Mutex<Vec<Observation>>,
    asked: Mutex<Vec<(Timestamp, Timestamp)>>,
    denied_group: Option<&'static str>,
}

impl Cloud {
    fn with(rows: impl IntoIterator<Item = Observation>) -> Self {
        Self { rows: Mutex::new(rows.into_iter().collect()), ..Self::default() }
    }

    fn publish(&self, rows: impl IntoIterator<Item = Observation>) {
        self.rows.lock().unwrap().extend(rows);
    }

    fn asked_last(&self) -> (Timestamp, Timestamp) {
        *self.asked.lock().unwrap().last().unwrap()
    }
}

#[async_trait]
impl Metrics for Cloud {
    async fn observations(&self, group: &Group, from: Timestamp, to: Timestamp) -> Result<Vec<Observation>, PortError> {
        self.asked.lock().unwrap().push((from, to));
        if self.denied_group == Some(group.id.as_str()) {
            return Err(PortError::Denied("allow cloudwatch:GetMetricData".to_owned()));
        }
        // The end is left to the collector, as with a cloud that has a different idea of it.
        Ok(self.rows.lock().unwrap().iter().filter(|row| row.timestamp >= from).copied().collect())
    }
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-27T{text}Z").parse().unwrap()
}

fn cpu(text: &str, percent: f64) -> Observation {
    Observation { cpu_utilization: Some(percent), ..Observation::at(at(text)) }
}

fn requests(text: &str, count: f64) -> Observation {
    Observation { request_count: Some(count), ..Observation::at(at(text)) }
}

async fn run(cloud: &Cloud, store: &dyn Store, now: &str) -> Collected {
    collect(&Group::simulated("web"), &Calendar::default(), cloud, store, at(now)).await.unwrap()
}

async fn stored(store: &dyn Store) -> Vec<Observation> {
    history::read(store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap()
}

#[tokio::test]
async fn steps_that_ended_are_stored_on_the_grid_and_others_wait() {
    let (store, cloud) =
        (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0), cpu("10:05:02.5", 2.0), cpu("10:10:00", 3.0)]));
    let first = run(&cloud, &store, "10:14:59").await;
    assert_eq!(first, Collected { newest: Some(at("10:05:00")), rows_added: 2, rows_changed: 0 });
    assert_eq!(stored(&store).await, [cpu("10:00:00", 1.0), cpu("10:05:00", 2.0)]);
    let second = run(&cloud, &store, "10:15:00").await;
    assert_eq!(second, Collected { newest: Some(at("10:10:00")), rows_added: 1, rows_changed: 0 });
}

#[tokio::test]
async fn a_second_run_writes_the_same_bytes() {
    let (store, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0), cpu("10:05:00", 2.0)]));
    run(&cloud, &store, "10:15:00").await;
    let key = keys::history("web", keys::day(at("10:00:00")));
    let before = store.get(&key).await.unwrap();
    assert_eq!(run(&cloud, &store, "10:15:00").await, Collected { newest: Some(at("10:05:00")), rows_added: 0, rows_changed: 0 });
    assert_eq!(store.get(&key).await.unwrap(), before);
}

#[tokio::test]
async fn late_points_and_columns_are_filled_in() {
    let (store, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0), cpu("10:10:00", 3.0)]));
    run(&cloud, &store, "10:15:00").await;
    cloud.publish([cpu("10:05:00", 2.0), requests("10:10:00", 70.0), cpu("10:00:00", 1.5)]);
    let filled = run(&cloud, &store, "12:55:00").await;
    assert_eq!(filled, Collected { newest: Some(at("10:10:00")), rows_added: 1, rows_changed: 2 });
    let whole = Observation { request_count: Some(70.0), ..cpu("10:10:00", 3.0) };
    assert_eq!(stored(&store).await, [cpu("10:00:00", 1.5), cpu("10:05:00", 2.0), whole]);
}

#[tokio::test]
async fn absent_stays_absent_and_erases_nothing() {
    let store = MemoryStore::default();
    let nothing = [Observation::at(at("10:05:00")), cpu("10:10:00", f64::NAN)];
    run(&Cloud::with([cpu("10:00:00", 1.0), requests("10:00:00", 5.0)].into_iter().chain(nothing)), &store, "10:20:00").await;
    run(&Cloud::with([requests("10:00:00", 6.0)]), &store, "10:20:00").await;
    run(&Cloud::default(), &store, "10:20:00").await;
    assert_eq!(stored(&store).await, [Observation { request_count: Some(6.0), ..cpu("10:00:00", 1.0) }]);
}

#[tokio::test]
async fn the_window_is_three_hours_or_back_to_the_newest_row_or_a_day() {
    let (store, cloud) = (MemoryStore::default(), Cloud::default());
    let yesterday: Timestamp = "2026-11-26T20:00:00Z".parse().unwrap();
    assert_eq!(run(&cloud, &store, "20:02:00").await.newest, None);
    assert_eq!(cloud.asked_last(), (yesterday, at("20:00:00")), "a new group");
    for (newest, from) in [("19:50:00", "17:00:00"), ("16:00:00", "16:00:00"), ("00:00:00", "00:00:00")] {
        let store = MemoryStore::default();
        history::merge(&store, "web", &[cpu(newest, 1.0)]).await.unwrap();
        assert_eq!(run(&cloud, &store, "20:02:00").await.newest, Some(at(newest)));
        assert_eq!(cloud.asked_last(), (at(from), at("20:00:00")), "the newest row is of {newest}");
    }
    let old = Observation { cpu_utilization: Some(1.0), ..Observation::at("2026-11-20T00:00:00Z".parse().unwrap()) };
    history::merge(&store, "web", &[old]).await.unwrap();
    run(&cloud, &store, "20:02:00").await;
    assert_eq!(cloud.asked_last().0, yesterday, "a long outage");
}

#[tokio::test]
async fn an_outage_heals() {
    let (store, cloud) = (MemoryStore::default(), Cloud::default());
    let steps: Vec<_> = (0..120).map(|step| cpu(&format!("{:02}:{:02}:00", step / 12, step % 12 * 5), f64::from(step))).collect();
    cloud.publish(steps.iter().copied());
    run(&cloud, &store, "01:00:00").await;
    assert_eq!(stored(&store).await, steps[..12]);
    assert_eq!(run(&cloud, &store, "10:00:00").await.rows_added, 108);
    assert_eq!(stored(&store).await, steps);
}

#[tokio::test]
async fn overlapping_runs_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let group = Group::simulated("web");
    let steps: Vec<_> = (0..24).map(|step| cpu(&format!("10:{:02}:00", step * 2), f64::from(step))).collect();
    let group = Group { step_seconds: 60, ..group };
    // Each run sees only some of the points, all write the same day at the same time.
    let clouds: Vec<_> = (0..6).map(|run| Cloud::with(steps.iter().skip(run).step_by(6).copied())).collect();
    let calendar = Calendar::default();
    let runs = clouds.iter().map(|cloud| collect(&group, &calendar, cloud, &store, at("11:00:00")));
    let added: usize = futures_util::future::join_all(runs).await.into_iter().map(|result| result.unwrap().rows_added).sum();
    assert_eq!(added, 24);
    assert_eq!(stored(&store).await, steps);
}

#[tokio::test]
async fn the_calendar_marks_measured_steps_unless_the_metrics_do() {
    let calendar = Calendar::from_json(
        r#"{"events": [{"name": "sale", "start": "2026-11-27T10:05", "duration_minutes": 10, "intensity": 2.5, "groups": ["web"]}]}"#,
    )
    .unwrap();
    let told = Observation { is_sale_active: Some(1.0), ..cpu("10:10:00", 3.0) };
    let rows = [cpu("10:00:00", 1.0), cpu("10:05:00", 2.0), told, Observation::at(at("10:15:00"))];
    for (id, flags) in [("web", [0.0, 2.5, 1.0]), ("api", [0.0, 0.0, 1.0])] {
        let store = MemoryStore::default();
        collect(&Group::simulated(id), &calendar, &Cloud::with(rows), &store, at("10:20:00")).await.unwrap();
        let stored = history::read(&store, id, Timestamp::MIN, Timestamp::MAX).await.unwrap();
        assert_eq!(stored.iter().map(|row| row.is_sale_active).collect::<Vec<_>>(), flags.map(Some), "{id}");
    }
}

#[tokio::test]
async fn one_failing_group_stops_no_other() {
    let fleet = Fleet::from_toml(
        "[[group]]\nid = \"web\"\n[[group]]\nid = \"denied\"\n[[group]]\nid = \"idle\"\nmode = \"off\"\n[[group]]\nid = \"api\"\n",
    );
    let fleet = fleet.unwrap();
    let cloud = Cloud { denied_group: Some("denied"), ..Cloud::with([cpu("10:00:00", 1.0)]) };
    let store = MemoryStore::default();
    let results = collect_fleet(&fleet, &Calendar::default(), &cloud, &store, at("10:20:00")).await;
    let ids: Vec<_> = results.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["web", "denied", "api"], "in the fleet's order, without the group that is off");
    assert!(results[0].1.is_ok() && results[2].1.is_ok());
    let error = results[1].1.as_ref().unwrap_err();
    assert!(matches!(error, CollectError::Metrics { source: PortError::Denied(_), .. }));
    assert_eq!(error.to_string(), "reading the metrics of group `denied`");
    let day = |id| keys::history(id, keys::day(at("10:00:00")));
    assert_eq!(store.list("").await.unwrap(), [day("api"), day("web")]);
}

#[tokio::test]
async fn a_corrupt_yesterday_is_told_and_today_is_stored() {
    let (store, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0)]));
    let key = keys::history("web", "2026-11-26".parse().unwrap());
    store.put(&key, b"timestamp,cpu_utilization\nyesterday,1\n", Expect::Absent).await.unwrap();
    let error = collect(&Group::simulated("web"), &Calendar::default(), &cloud, &store, at("10:20:00")).await.unwrap_err();
    let CollectError::Store { source: StoreError::Corrupt { key: named, message }, .. } = error else { panic!("{error}") };
    assert!(named == key && message.contains("line 2"), "{named}: {message}");
    let today = history::read(&store, "web", at("00:00:00"), Timestamp::MAX).await;
    assert_eq!(today.unwrap(), [cpu("10:00:00", 1.0)]);
}

#[test]
fn the_future_may_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let fleet = Fleet { groups: Vec::new() };
    movable(collect_fleet(&fleet, &Calendar::default(), &Cloud::default(), &MemoryStore::default(), at("00:00:00")));
}
