//! A group under a load that every test knows, its history, and a model that was trained on it quickly.

use std::{collections::BTreeMap, f64::consts::TAU, sync::OnceLock};

use headroom_core::{
    Calendar, Decision, Forecast, Group, Observation, Series,
    anomaly::Anomaly,
    fleet::Mode,
    frame::{Split, Target},
};
use headroom_store::{Expect, MemoryStore, Store, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState, Scaler, Sight, TickError};
use trainer::{Networks, Settings, TrainedModel, card::Provenance, train_model};

use crate::doubles::{GroupDouble, Shown};

pub(crate) const STEP: SignedDuration = SignedDuration::from_mins(5);

/// Instances that the history was measured with.
const MEASURED_INSTANCES: f64 = 50.0;

/// A moment of the day that the tests play on, a Thursday.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-11-26T{time}Z").parse().unwrap()
}

/// The first tick of most tests: the step before noon has just been measured.
pub(crate) fn noon() -> Timestamp {
    at("12:01:00")
}

/// The start of the history, three and a half days before noon.
pub(crate) fn history_start() -> Timestamp {
    at("00:00:00") - SignedDuration::from_hours(72)
}

/// A quiet night and a busy noon, with a ripple that no clock explains: 4 to 12 instances' worth.
pub(crate) fn load_at(moment: Timestamp) -> f64 {
    let second = moment.as_second();
    let day = TAU * second.rem_euclid(86_400) as f64 / 86_400.0;
    8.0 - 4.0 * day.cos() + 0.4 * (random_share(second.unsigned_abs() / 300) - 0.5)
}

/// A number from 0 to 1, the same for the same `step` (the finishing step of SplitMix64).
pub(crate) fn random_share(step: u64) -> f64 {
    let mut bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
}

/// What was measured in the steps that start in `from..to`.
pub(crate) fn rows(from: Timestamp, to: Timestamp) -> Vec<Observation> {
    rows_of(from, to, load_at)
}

/// The same for another load.
pub(crate) fn rows_of(from: Timestamp, to: Timestamp, load: impl Fn(Timestamp) -> f64) -> Vec<Observation> {
    let starts = std::iter::successors(Some(from), |start| Some(*start + STEP)).take_while(|start| *start < to);
    starts
        .map(|start| Observation {
            cpu_utilization: Some(load(start) / MEASURED_INSTANCES * 100.0),
            in_service_instances: Some(MEASURED_INSTANCES),
            ..Observation::at(start)
        })
        .collect()
}

/// Instances that carry `load` at the objective of the group.
pub(crate) fn instances_for(load: f64) -> u32 {
    (load / 0.85 - 1e-6).ceil() as u32
}

/// A small model of the group's load, trained once for all tests.
pub(crate) fn model() -> &'static TrainedModel {
    static MODEL: OnceLock<TrainedModel> = OnceLock::new();
    MODEL.get_or_init(|| {
        let series = Series::from_observations(&rows(history_start(), at("12:00:00"))).unwrap();
        quickly_trained(&series, Target::Load { requests_per_instance: None }, &Calendar::default(), at("12:00:00"))
    })
}

/// A model of `series` that took a second to train: good enough to be served.
pub(crate) fn quickly_trained(series: &Series, target: Target, calendar: &Calendar, now: Timestamp) -> TrainedModel {
    let frame = target.frame(series, calendar, Some("web")).unwrap();
    let settings = Settings { hidden: 8, head: 8, batch: 64, batches_per_round: 10, rounds_max: 2, ..Settings::default() };
    let provenance =
        Provenance { source: "a test".to_owned(), command: "cargo test".to_owned(), calendar: !calendar.is_empty(), target, now };
    train_model(&frame, Split::without_test(frame.rows()), &settings, Networks::default(), provenance, &mut |_, _| {}).unwrap()
}

pub(crate) async fn publish(store: &dyn Store, model: &TrainedModel) {
    models::publish(store, "web", &model.card.version, &model.weights, &model.card.to_json()).await.unwrap();
}

/// A group in mode `active`, whose reactive rule leaves no more room than the objective: [`instances_for`] tells what it takes.
pub(crate) fn group(id: &str) -> Group {
    let group = Group::simulated(id);
    Group { mode: Mode::Active, reactive_target: group.max_utilization, ..group }
}

/// One group with its cloud, its store and its scaler.
pub(crate) struct Setting {
    pub(crate) group: Group,
    pub(crate) cloud: GroupDouble,
    pub(crate) store: MemoryStore,
    pub(crate) scaler: Scaler,
}

impl Setting {
    /// Three and a half days of history until noon, a model that serves, mode `active`, and `desired` instances.
    pub(crate) async fn with_instances(desired: u32) -> Self {
        let setting = Self::without_model(desired).await;
        publish(&setting.store, model()).await;
        setting
    }

    pub(crate) async fn without_model(desired: u32) -> Self {
        let setting = Self::without_history(desired);
        setting.measure(&rows(history_start(), at("12:00:00"))).await;
        setting
    }

    pub(crate) fn without_history(desired: u32) -> Self {
        Self {
            group: group("web"),
            cloud: GroupDouble::with_instances(desired),
            store: MemoryStore::default(),
            scaler: Scaler::default(),
        }
    }

    /// Stores what was measured.
    pub(crate) async fn measure(&self, rows: &[Observation]) {
        history::merge(&self.store, "web", rows).await.unwrap();
    }

    /// A tick of the group as its mode allows, without a calendar.
    pub(crate) async fn tick(&self, now: Timestamp) -> Result<Decision, TickError> {
        self.tick_in(&self.store, now).await
    }

    /// The same with another store around the same objects.
    pub(crate) async fn tick_in(&self, store: &dyn Store, now: Timestamp) -> Result<Decision, TickError> {
        let cloud = Cloud::ReadWrite(&self.cloud);
        scaler::tick(&self.scaler, &self.group, &Ok(Calendar::default()), cloud, store, now).await
    }

    /// A tick that sees `load` and no forecast, so that capacity follows it.
    pub(crate) async fn follow(&self, now: Timestamp, load: f64) -> Decision {
        self.follow_in(&self.store, now, load).await
    }

    /// The same with another store around the same objects.
    pub(crate) async fn follow_in(&self, store: &dyn Store, now: Timestamp, load: f64) -> Decision {
        self.see(&Shown(|_| Some(load)), store, now).await
    }

    /// A tick that sees what `sight` shows.
    pub(crate) async fn see(&self, sight: &dyn Sight, store: &dyn Store, now: Timestamp) -> Decision {
        let cloud = Cloud::ReadWrite(&self.cloud);
        scaler::tick_with(sight, &self.group, cloud, store, now).await.unwrap()
    }

    pub(crate) async fn state(&self) -> GroupState {
        GroupState::read(&self.store, "web").await.unwrap()
    }

    pub(crate) async fn decisions(&self) -> Vec<Decision> {
        self.journal(keys::decisions).await
    }

    pub(crate) async fn forecasts(&self) -> Vec<Forecast> {
        self.journal(keys::forecasts).await
    }

    pub(crate) async fn anomalies(&self) -> Vec<Anomaly> {
        self.journal(keys::anomalies).await
    }

    async fn journal<T: serde::de::DeserializeOwned>(&self, key_of: fn(&str, jiff::civil::Date) -> String) -> Vec<T> {
        journal::read_days(&self.store, key_of, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap()
    }

    /// Replaces a stored object by hand.
    pub(crate) async fn overwrite(&self, key: &str, bytes: &[u8]) {
        self.store.put(key, bytes, Expect::Anything).await.unwrap();
    }

    /// Every stored object.
    pub(crate) async fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        for key in self.store.list("").await.unwrap() {
            let bytes = self.store.get(&key).await.unwrap().unwrap().bytes;
            objects.insert(key, bytes);
        }
        objects
    }
}
