//! What earlier versions of Headroom stored is read by this one, which goes on from there.
//!
//! `crates/headroom/tests/stored/versions/<commit>` has the stores; the README there tells how they were made.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use dashboard_api::{
    Access, AppState, Sites,
    access::{Role, mint},
};
use headroom_core::{
    Decision, Fleet, Forecast, Group, Reason,
    anomaly::Anomaly,
    fleet::Mode,
    model_card::ModelCard,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
    reason::NoForecast,
};
use headroom_store::{LocalStore, Store, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use scaler::{GroupState, Scaler, tick_fleet};
use tempfile::TempDir;

/// The group of each of these stores.
const GROUP: &str = "web";

/// Requests that one of its instances takes in a step, as in its cards.
const PER_INSTANCE: f64 = 8318.916;

/// Its steps, in seconds.
const STEP: i64 = 300;

/// A copy of the store that one version left.
struct Left {
    version: String,
    folder: TempDir,
    store: LocalStore,
}

impl Left {
    /// Those of every earlier version, oldest first.
    fn all() -> Vec<Self> {
        let versions = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored/versions");
        let mut folders: Vec<PathBuf> = fs::read_dir(versions).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        assert!(folders.len() >= 4, "{folders:?}");
        folders.iter().map(|path| Self::copy(path)).collect()
    }

    fn copy(from: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_tree(from, folder.path());
        let store = LocalStore::open(folder.path().to_owned()).unwrap();
        Self { version: from.file_name().unwrap().to_str().unwrap().to_owned(), folder, store }
    }

    /// Lines of the files below `prefix`, one after the other.
    fn lines(&self, prefix: &str) -> Vec<String> {
        let mut files = Vec::new();
        files_below(&self.folder.path().join(prefix), &mut files);
        files.sort();
        files.iter().flat_map(|file| fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    async fn decisions(&self) -> Vec<Decision> {
        journal::read_days(&self.store, keys::decisions, GROUP, Timestamp::MIN, Timestamp::MAX).await.unwrap()
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A cloud whose instances are in service at once.
struct Instances(Mutex<u32>);

#[async_trait]
impl ReadCapacity for Instances {
    async fn describe(&self, _: &Group) -> Result<CapacityState, PortError> {
        let desired = *self.0.lock().unwrap();
        Ok(CapacityState { desired, min: 1, max: 100, in_service: desired, pending: 0, unit: 1 })
    }
}

#[async_trait]
impl WriteCapacity for Instances {
    async fn set_desired(&self, _: &Group, desired: u32) -> Result<(), PortError> {
        *self.0.lock().unwrap() = desired;
        Ok(())
    }

    async fn set_minimum(&self, _: &Group, _: u32) -> Result<(), PortError> {
        unreachable!("the group is sized by its desired capacity")
    }
}

#[tokio::test]
async fn everything_that_earlier_versions_stored_is_read() {
    for left in Left::all() {
        let (store, version) = (&left.store, &left.version);
        let rows = history::read_all(store, GROUP).await.unwrap();
        // Each day has a line of names.
        let days = store.list(&format!("history/group={GROUP}/")).await.unwrap().len();
        assert_eq!(rows.len() + days, left.lines("history").len(), "{version}");
        assert!(rows.iter().all(|row| row.request_count.is_some()), "{version}");

        let all = (Timestamp::MIN, Timestamp::MAX);
        let decisions = left.decisions().await;
        assert_eq!(decisions.len(), left.lines("decisions").len(), "{version}");
        let forecasts: Vec<Forecast> = journal::read_days(store, keys::forecasts, GROUP, all.0, all.1).await.unwrap();
        assert_eq!(forecasts.len(), left.lines("forecasts").len(), "{version}");
        assert!(!forecasts.is_empty(), "{version}");
        let anomalies: Vec<Anomaly> = journal::read_days(store, keys::anomalies, GROUP, all.0, all.1).await.unwrap();
        assert_eq!(anomalies.len(), left.lines("anomalies").len(), "{version}");

        let state = GroupState::read(store, GROUP).await.unwrap();
        assert_eq!(state.last.as_ref(), decisions.last(), "{version}: the state is read, and not started afresh");
    }
}

#[tokio::test]
async fn a_model_of_an_earlier_version_serves_or_is_refused_with_its_form() {
    for left in Left::all() {
        let serving = models::current(&left.store, GROUP).await.unwrap().unwrap();
        let stored = models::load(&left.store, GROUP, &serving.version).await.unwrap();
        let served = ModelCard::from_json(&stored.card).map(|card| card.champion(&stored.weights).is_ok());
        match REFUSED.iter().find(|(version, _)| *version == left.version) {
            None => assert!(served.unwrap(), "{}", left.version),
            Some((_, because)) => {
                let error = served.unwrap_err().to_string();
                assert!(error.contains(because) && error.contains("retrain with `trainer train`"), "{}: {error}", left.version);
            }
        }
    }
}

/// Versions whose models are not served any more, and the reason that is given.
const REFUSED: [(&str, &str); 3] = [
    ("1-fb85d01", "the card has format 1, this version of Headroom reads 2"),
    ("2-5ffc711", "missing field `share`"),
    ("3-89eb6b1", "missing field `share`"),
];

#[tokio::test]
async fn the_next_tick_goes_on_from_what_an_earlier_version_left() {
    for left in Left::all() {
        let version = &left.version;
        let (before, journal) = (left.decisions().await, left.lines("decisions"));
        let last = before.last().unwrap();
        let cloud = Instances(Mutex::new(last.desired));
        let fleet = Fleet {
            groups: vec![Group { mode: Mode::Active, requests_per_instance: Some(PER_INSTANCE), ..Group::simulated(GROUP) }],
        };
        let now = last.tick + SignedDuration::from_secs(STEP + 60);
        let (_, made) = tick_fleet(&Scaler::default(), &fleet, &cloud, &left.store, now).await.pop().unwrap();
        let made = made.unwrap();

        let after = left.decisions().await;
        assert_eq!(after.last(), Some(&made), "{version}");
        assert_eq!(after[..after.len() - 1], before[..], "{version}");
        assert_eq!(left.lines("decisions")[..journal.len()], journal[..], "{version}: what was recorded stays as it is");
        assert!(made.load.is_some() && made.desired >= made.required.min(last.desired), "{version}: {}", made.sentence);
        let without =
            made.reasons.iter().any(|reason| matches!(reason, Reason::Reactive { because: NoForecast::UnusableModel(_), .. }));
        let is_refused = REFUSED.iter().any(|(refused, _)| refused == version);
        assert_eq!(without, is_refused, "{version}: {:?}", made.reasons);
        assert_eq!(GroupState::read(&left.store, GROUP).await.unwrap().last, Some(made), "{version}");
    }
}

#[tokio::test]
async fn the_page_shows_what_an_earlier_version_left() {
    const SECRET: &[u8] = b"a secret of the tests, long enough for HS256";
    for left in Left::all() {
        let now = left.decisions().await.last().unwrap().at;
        let names = AtomicU64::new(0);
        let state = AppState {
            store: Arc::new(LocalStore::open(left.folder.path().to_owned()).unwrap()),
            fleet: Arc::new(Arc::new(Fleet { groups: vec![Group::simulated(GROUP)] })),
            clock: Arc::new(move || now),
            ids: Arc::new(move || names.fetch_add(1, Ordering::Relaxed).to_string()),
            refresh_seconds: 1,
            keep_view_for: Duration::ZERO,
            sites: Sites::default(),
        };
        let access = Access::secret(SECRET, "tests", Arc::new(move || now)).unwrap();
        let app = dashboard_api::router(state, Arc::new(access));
        let token = mint(SECRET, "tests", "someone", Role::Viewer, SignedDuration::from_hours(1), now).unwrap();
        let group = format!("/api/groups/{GROUP}");
        for path in [
            "/api/groups",
            &group,
            &format!("{group}/history?hours=24"),
            &format!("{group}/forecasts?hours=24"),
            &format!("{group}/decisions?hours=24"),
        ] {
            let request = Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
            let answer = tower::ServiceExt::oneshot(app.clone(), request).await.unwrap();
            let (status, body) = (answer.status(), to_bytes(answer.into_body(), usize::MAX).await.unwrap());
            let text = String::from_utf8_lossy(&body);
            assert_eq!(status, StatusCode::OK, "{}: {path}: {text}", left.version);
            assert!(!text.contains("cannot be read"), "{}: {path}: {text}", left.version);
        }
    }
}
