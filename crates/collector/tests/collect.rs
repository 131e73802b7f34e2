//! The collector against metrics made by hand: late, overlapping, absent, failing.

use std::sync::Mutex;

use async_trait::async_trait;
use collector::{CollectError, Collected, collect, collect_fleet};
use headroom_core::{
    Calendar, Fleet, Group, Observation,
    ports::{Metrics, PortError, Window},
};
use headroom_store::{
    Expect, LocalStore, MemoryStore, Store, StoreError, history, keys,
    refusing::{Refusing, silent},
};
use jiff::Timestamp;

/// A cloud that has the rows it was given, and notes what it was asked for, call by call.
#[derive(Default)]
struct Cloud {
    rows: Mutex<Vec<Observation>>,
    asked: Mutex<Vec<Vec<(String, Timestamp, Timestamp)>>>,
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
        let asked = self.asked.lock().unwrap();
        let (_, from, to) = asked.last().unwrap().last().unwrap();
        (*from, *to)
    }

    fn answer(&self, window: &Window<'_>) -> Result<Vec<Observation>, PortError> {
        if self.denied_group == Some(window.group.id.as_str()) {
            return Err(PortError::Denied("allow cloudwatch:GetMetricData".to_owned()));
        }
        // The end is left to the collector, as with a cloud that has a different idea of it.
        Ok(self.rows.lock().unwrap().iter().filter(|row| row.timestamp >= window.from).copied().collect())
    }
}

#[async_trait]
impl Metrics for Cloud {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        self.asked.lock().unwrap().push(windows.iter().map(|window| (window.group.id.clone(), window.from, window.to)).collect());
        windows.iter().map(|window| self.answer(window)).collect()
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

/// A fleet of `count` groups, `g0` and so on.
fn fleet_of(count: usize, step_seconds: i64) -> Fleet {
    Fleet { groups: (0..count).map(|place| Group { step_seconds, ..Group::simulated(&format!("g{place}")) }).collect() }
}

#[tokio::test]
async fn many_groups_share_a_call_and_a_large_fleet_takes_several() {
    for (groups, step_seconds, calls) in [(1, 300, &[1][..]), (100, 300, &[100]), (101, 300, &[100, 1]), (41, 60, &[20, 20, 1])] {
        let (store, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0)]));
        let fleet = fleet_of(groups, step_seconds);
        let results = collect_fleet(&fleet, &Calendar::default(), &cloud, &store, at("10:20:00")).await;
        assert!(results.iter().zip(&fleet.groups).all(|((id, result), group)| *id == group.id && result.is_ok()));
        let asked: Vec<_> = cloud.asked.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(asked, calls, "{groups} groups of {step_seconds} s");
        assert_eq!(store.list("history/").await.unwrap().len(), groups);
    }
}

#[tokio::test]
async fn groups_that_catch_up_ask_for_the_same_steps() {
    let (store, cloud) = (MemoryStore::default(), Cloud::default());
    for (id, newest) in [("g0", "15:05:00"), ("g1", "15:55:00"), ("g2", "19:45:00")] {
        history::merge(&store, id, &[cpu(newest, 1.0)]).await.unwrap();
    }
    collect_fleet(&fleet_of(3, 300), &Calendar::default(), &cloud, &store, at("20:02:00")).await;
    let asked = cloud.asked.lock().unwrap();
    let windows = [("g0", "15:00:00"), ("g1", "15:00:00"), ("g2", "17:00:00")];
    assert_eq!(*asked, [windows.map(|(id, from)| (id.to_owned(), at(from), at("20:00:00"))).to_vec()]);
}

#[tokio::test]
async fn a_column_that_came_hours_late_is_filled_in() {
    let store = MemoryStore::default();
    let row = |text: &str| Observation { request_count: Some(7.0), ..cpu(text, 1.0) };
    let cloud = Cloud::with([row("10:00:00"), cpu("14:00:00", 2.0), cpu("18:00:00", 3.0)]);
    run(&cloud, &store, "18:10:00").await;
    run(&cloud, &store, "18:15:00").await;
    assert_eq!(cloud.asked_last().0, at("10:00:00"), "as long as a column lags, what it lags is read again");
    cloud.publish([requests("14:00:00", 8.0), requests("18:00:00", 9.0)]);
    assert_eq!(run(&cloud, &store, "18:20:00").await.rows_changed, 2);
    let counts: Vec<_> = stored(&store).await.iter().map(|row| row.request_count).collect();
    assert_eq!(counts, [Some(7.0), Some(8.0), Some(9.0)]);
    run(&cloud, &store, "18:25:00").await;
    assert_eq!(cloud.asked_last().0, at("15:25:00"));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_stops_no_other() {
    let (memory, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0)]));
    let store = Refusing::new(&memory, |_, key| key.contains("group=g1/").then(|| silent(key)));
    let results = collect_fleet(&fleet_of(3, 300), &Calendar::default(), &cloud, &store, at("10:20:00")).await;
    let failed: Vec<_> = results.iter().map(|(id, result)| (id.as_str(), result.is_err())).collect();
    assert_eq!(failed, [("g0", false), ("g1", true), ("g2", false)]);
    assert!(matches!(results[1].1, Err(CollectError::Store { source: StoreError::Other { .. }, .. })));
    let asked: Vec<_> = cloud.asked.lock().unwrap()[0].iter().map(|(id, _, _)| id.clone()).collect();
    assert_eq!(asked, ["g0", "g2"], "each answer meets its own group");
    for id in ["g0", "g2"] {
        assert_eq!(history::read(&store, id, Timestamp::MIN, Timestamp::MAX).await.unwrap(), [cpu("10:00:00", 1.0)]);
    }
}

/// A bug in what is asked for all groups at once.
struct BuggyCloud;

#[async_trait]
impl Metrics for BuggyCloud {
    async fn observations(&self, _: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        panic!("a page without an end")
    }
}

#[tokio::test]
async fn a_panic_in_one_group_stops_no_other() {
    let (memory, cloud) = (MemoryStore::default(), Cloud::with([cpu("10:00:00", 1.0)]));
    let store = Refusing::new(&memory, |_, key| key.contains("group=g1/").then(|| panic!("a bug at `{key}`")));
    let results = collect_fleet(&fleet_of(3, 300), &Calendar::default(), &cloud, &store, at("10:20:00")).await;
    let failed: Vec<_> = results.iter().map(|(id, result)| (id.as_str(), result.is_err())).collect();
    assert_eq!(failed, [("g0", false), ("g1", true), ("g2", false)]);
    let error = results[1].1.as_ref().unwrap_err().to_string();
    assert!(error.starts_with("collecting group `g1` panicked: a bug at `history/group=g1/"), "{error}");
    for id in ["g0", "g2"] {
        assert_eq!(history::read(&memory, id, Timestamp::MIN, Timestamp::MAX).await.unwrap(), [cpu("10:00:00", 1.0)]);
    }

    let results = collect_fleet(&fleet_of(2, 300), &Calendar::default(), &BuggyCloud, &memory, at("10:25:00")).await;
    assert!(results.iter().all(|(_, result)| matches!(result, Err(CollectError::Panicked { .. }))), "{results:?}");
    assert_eq!(results.len(), 2);
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
