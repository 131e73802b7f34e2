//! Importing from a cloud made by hand: late, absent, failing.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use headroom_core::{
    Calendar, Column, Fleet, Group, Observation,
    fleet::Mode,
    ports::{Metrics, PortError, Window},
};
use headroom_store::{MemoryStore, Store, history, hourly, keys};
use jiff::{SignedDuration, Timestamp};
use trainer::import::{ImportError, Imported, Reach, import, import_fleet};

/// A cloud that has rows by length of step, refuses some groups and lengths, and notes what it was asked for.
#[derive(Default)]
struct Cloud {
    rows: BTreeMap<i64, Vec<Observation>>,
    refuses: Vec<(&'static str, i64)>,
    asked: Mutex<Vec<(String, i64, Timestamp, Timestamp)>>,
}

#[async_trait]
impl Metrics for Cloud {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let answer = |window: &Window<'_>| {
            let Window { group, step_seconds, from, to } = *window;
            self.asked.lock().unwrap().push((group.id.clone(), step_seconds, from, to));
            if self.refuses.contains(&(group.id.as_str(), step_seconds)) {
                return Err(PortError::Denied("allow cloudwatch:GetMetricData".to_owned()));
            }
            // The end is left to the importer, as with a cloud that has a different idea of it.
            let rows = self.rows.get(&step_seconds).into_iter().flatten();
            Ok(rows.filter(|row| row.timestamp >= from).copied().collect())
        };
        windows.iter().map(answer).collect()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-27T10:12:30Z")
}

fn cpu(text: &str, percent: f64) -> Observation {
    Observation { cpu_utilization: Some(percent), ..Observation::at(at(text)) }
}

fn cloud() -> Cloud {
    let steps = vec![cpu("2026-11-26T23:55:00Z", 1.0), cpu("2026-11-27T10:05:00Z", 2.0), cpu("2026-11-27T10:10:00Z", 9.0)];
    let hours = vec![cpu("2025-12-31T23:00:00Z", 3.0), cpu("2026-11-27T08:00:00Z", 4.0), cpu("2026-11-27T09:00:00Z", 9.0)];
    Cloud { rows: BTreeMap::from([(300, steps), (3600, hours)]), ..Cloud::default() }
}

async fn run(cloud: &Cloud, store: &dyn Store) -> Result<Imported, ImportError> {
    import(&Group::simulated("web"), Reach::default(), &Calendar::default(), cloud, store, now()).await
}

#[tokio::test]
async fn steps_and_hours_land_apart_and_again_change_nothing() {
    let (store, cloud) = (MemoryStore::default(), cloud());
    let Imported { history: steps, hourly: hours } = run(&cloud, &store).await.unwrap();
    let hours = hours.unwrap();
    assert_eq!((steps.step_seconds, steps.rows, steps.rows_added, steps.rows_changed), (300, 2, 2, 0));
    assert_eq!((steps.first, steps.last), (Some(at("2026-11-26T23:55:00Z")), Some(at("2026-11-27T10:05:00Z"))));
    assert_eq!(steps.found, [Column::CpuUtilization]);
    assert_eq!(steps.absent.len(), 4);
    assert_eq!((hours.step_seconds, hours.rows), (3600, 2), "the hour that ended a moment ago may still grow");
    let stored = history::read_all(&store, "web").await.unwrap();
    assert_eq!(stored, cloud.rows[&300][..2], "a step that has not ended waits");
    assert_eq!(hourly::read_all(&store, "web").await.unwrap(), cloud.rows[&3600][..2]);
    assert!(store.get(&keys::hourly("web", 2025)).await.unwrap().is_some());

    let again = run(&cloud, &store).await.unwrap();
    assert_eq!((again.history.rows, again.history.rows_added, again.history.rows_changed), (2, 0, 0));
    assert_eq!(history::read_all(&store, "web").await.unwrap(), stored);
}

#[tokio::test]
async fn what_the_cloud_keeps_is_asked_for_in_whole_steps() {
    let asked = async |step_seconds, reach| {
        let (store, cloud) = (MemoryStore::default(), cloud());
        let group = Group { step_seconds, ..Group::simulated("web") };
        let _ = import(&group, reach, &Calendar::default(), &cloud, &store, now()).await;
        cloud.asked.into_inner().unwrap()
    };
    let window = |step, from: &str, to: &str| ("web".to_owned(), step, at(from), at(to));
    assert_eq!(
        asked(300, Reach::default()).await,
        [
            window(300, "2026-09-25T11:15:00Z", "2026-11-27T10:10:00Z"),
            window(3600, "2025-08-29T12:00:00Z", "2026-11-27T09:00:00Z"),
        ],
        "63 and 455 days back, but for an hour"
    );
    assert_eq!(
        asked(60, Reach { days: 63, hourly_days: 0 }).await,
        [window(60, "2026-11-12T11:13:00Z", "2026-11-27T10:12:00Z")],
        "minutes are kept for 15 days"
    );
    let reach = Reach { days: 2, hourly_days: 1 };
    assert_eq!(asked(300, reach).await[0], window(300, "2026-11-25T10:15:00Z", "2026-11-27T10:10:00Z"));
}

#[tokio::test]
async fn what_is_stored_already_is_completed_and_never_erased() {
    let store = MemoryStore::default();
    let collected = Observation { request_count: Some(7.0), ..Observation::at(at("2026-11-27T10:05:00Z")) };
    let older = cpu("2026-11-01T00:00:00Z", 5.0);
    history::merge(&store, "web", &[collected, older]).await.unwrap();
    let imported = run(&cloud(), &store).await.unwrap();
    assert_eq!((imported.history.rows_added, imported.history.rows_changed), (1, 1));
    let both = Observation { cpu_utilization: Some(2.0), ..collected };
    assert_eq!(history::read_all(&store, "web").await.unwrap(), [older, cpu("2026-11-26T23:55:00Z", 1.0), both]);
}

#[tokio::test]
async fn rows_bear_what_the_calendar_announces() {
    let calendar = r#"{"events": [{"name": "sale", "kind": "sale", "start": "2026-11-27T10:00", "end": "2026-11-27T12:00",
        "intensity": 2}]}"#;
    let (store, calendar) = (MemoryStore::default(), Calendar::from_json(calendar).unwrap());
    import(&Group::simulated("web"), Reach::default(), &calendar, &cloud(), &store, now()).await.unwrap();
    let announced: Vec<_> = history::read_all(&store, "web").await.unwrap().iter().map(|row| row.is_sale_active).collect();
    assert_eq!(announced, [Some(0.0), Some(2.0)]);
}

#[tokio::test]
async fn a_group_that_fails_stops_no_other_and_keeps_what_came() {
    let group = |id: &str, mode| Group { mode, ..Group::simulated(id) };
    let groups =
        vec![group("api", Mode::Observe), group("off", Mode::Off), group("half", Mode::Active), group("web", Mode::Observe)];
    let cloud = Cloud { refuses: vec![("api", 300), ("api", 3600), ("half", 3600)], ..cloud() };
    let store = MemoryStore::default();
    let mut heard = Vec::new();
    let results = import_fleet(&Fleet { groups }, Reach::default(), &Calendar::default(), &cloud, &store, now(), |id, result| {
        heard.push((id.to_owned(), result.is_ok()));
    })
    .await;
    let ids: Vec<_> = results.iter().map(|(id, result)| (id.as_str(), result.is_ok())).collect();
    assert_eq!(ids, [("api", false), ("half", false), ("web", true)]);
    heard.sort();
    assert_eq!(heard, [("api".to_owned(), false), ("half".to_owned(), false), ("web".to_owned(), true)]);
    let Err(error @ ImportError::Metrics { source: PortError::Denied(_), .. }) = &results[0].1 else { panic!("{results:?}") };
    assert_eq!(error.to_string(), "reading the metrics of group `api` in steps of 300 s");
    assert!(matches!(results[1].1, Err(ImportError::Metrics { step_seconds: 3600, .. })), "{results:?}");
    assert_eq!(history::read_all(&store, "half").await.unwrap().len(), 2, "what came of it is stored");
    assert_eq!(history::read_all(&store, "off").await.unwrap(), []);
}

#[tokio::test]
async fn a_cloud_that_knows_nothing_of_a_group_says_so() {
    let error = run(&Cloud::default(), &MemoryStore::default()).await.unwrap_err();
    assert!(error.to_string().contains("no metrics of group `web` in the last 455 days: check its `region`"), "{error}");
    // Hours alone are something.
    let back = |hours| now() - SignedDuration::from_hours(hours);
    let hours = [30, 60, 90].map(|hours| Observation { network_in: Some(1.0), ..Observation::at(back(hours)) });
    let only_hours = Cloud { rows: BTreeMap::from([(3600, hours.to_vec())]), ..Cloud::default() };
    let store = MemoryStore::default();
    let imported = run(&only_hours, &store).await.unwrap();
    assert_eq!((imported.history.rows, imported.history.first), (0, None));
    let stored = hourly::read_all(&store, "web").await.unwrap();
    assert_eq!(
        stored.iter().map(|row| row.timestamp).collect::<Vec<_>>(),
        [at("2026-11-23T16:00:00Z"), at("2026-11-24T22:00:00Z"), at("2026-11-26T04:00:00Z")]
    );
}
