//! What one tick of a group leaves for the next: its state, and where that is lost, its journals.

use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use headroom_core::{
    Calendar, Decision, Forecast, Group, Observation,
    fleet::{Apply, Approval, Mode},
    policy::instances_at,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{Expect, MemoryStore, Overlay, Store, history, journal, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState, Scaler, tick};

use super::{refused, requests::show, run};

const GROUP: &str = "web";

/// Instances' worth, at every step.
const LOAD: f64 = 6.0;

/// Instances at the first tick: too many, so that some may go where nothing speaks for them.
const INSTANCES: u32 = 12;

/// The first tick, of the state that a demo left at 02:00 and that the corpus is made of.
fn first_tick() -> Timestamp {
    "2026-06-29T02:01:00Z".parse().expect("a moment")
}

/// The state of a group: the page shows it and two ticks go on from it, whatever it holds. They keep within the group's bounds, remove nothing that
/// the measured load takes, and leave a state that can be read.
///
/// The group sets its minimum where the state speaks of one, and asks for approval where it speaks of that.
pub fn state(data: &[u8]) -> bool {
    let speaks_of = |word: &str| String::from_utf8_lossy(data).contains(word);
    let group = Group {
        apply: if speaks_of("\"floor\"") { Apply::Floor } else { Apply::Desired },
        approval: if speaks_of("\"standing\":{") { Approval::All } else { Approval::None },
        ..group()
    };
    let store = eight_hours_of_load();
    run(async {
        store.put(&keys::state(GROUP), data, Expect::Absent).await.expect("memory takes every object");
        if serde_json::from_slice::<GroupState>(data).is_err() {
            // A fresh one takes its place, or it is of a newer version and stays.
            return GroupState::read(&store, GROUP).await.is_err_and(|error| refused(&error));
        }
        go_on(Arc::new(store), &group).await
    })
}

/// A day's decisions, a zero byte, and its forecasts: where the state was lost, two ticks go on from what they can read of it, and keep to the same.
pub fn past(data: &[u8]) -> bool {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (decisions, forecasts) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let day = keys::day(first_tick());
    let store = eight_hours_of_load();
    run(async {
        store.put(&keys::decisions(GROUP, day), decisions, Expect::Absent).await.expect("memory takes every object");
        store.put(&keys::forecasts(GROUP, day), forecasts, Expect::Absent).await.expect("memory takes every object");
        let (from, to) = (first_tick() - SignedDuration::from_mins(1), first_tick());
        let read = journal::read_days::<Decision>(&store, keys::decisions, GROUP, from, to).await.is_ok()
            && journal::read_days::<Forecast>(&store, keys::forecasts, GROUP, from, to).await.is_ok();
        read && go_on(Arc::new(store), &group()).await
    })
}

fn group() -> Group {
    Group { mode: Mode::Active, ..Group::simulated(GROUP) }
}

/// Shows `group` and makes two ticks of it, and tells whether both came to a decision.
async fn go_on(store: Arc<dyn Store>, group: &Group) -> bool {
    let set = |size: CapacityState| if group.apply == Apply::Floor { size.min } else { size.desired };
    let cloud = Instances(Mutex::new(CapacityState {
        desired: INSTANCES,
        min: if group.apply == Apply::Floor { INSTANCES } else { 1 },
        max: 40,
        in_service: INSTANCES,
        pending: 0,
        unit: 1,
    }));
    let needed = instances_at(LOAD, group.max_utilization);
    show(Arc::clone(&store), first_tick).await;
    for number in 0..2 {
        let now = first_tick() + SignedDuration::from_mins(5 * number);
        let before = cloud.size();
        let decided = tick(scaler(), group, &Ok(Calendar::default()), Cloud::ReadWrite(&cloud), &*store, now).await;
        let after = cloud.size();
        assert!((1..=40).contains(&after.desired) && (1..=40).contains(&after.min), "{after:?} is out of bounds");
        assert!(set(after) >= set(before).min(needed), "{before:?} became {after:?}, and the load takes {needed}: {decided:?}");
        if let Err(error) = decided {
            return refused(&error);
        }
        let left = store.get(&keys::state(GROUP)).await.expect("memory answers").expect("a tick leaves a state");
        serde_json::from_slice::<GroupState>(&left.bytes).expect("what a tick leaves can be read");
    }
    true
}

/// Keeps the model over the inputs.
fn scaler() -> &'static Scaler {
    static SCALER: OnceLock<Scaler> = OnceLock::new();
    SCALER.get_or_init(Scaler::default)
}

/// Eight hours of load: enough for the default model to forecast from. What an input and its ticks write lies over it.
fn eight_hours_of_load() -> Overlay<'static> {
    static FILLED: OnceLock<MemoryStore> = OnceLock::new();
    Overlay::over(FILLED.get_or_init(|| {
        let store = MemoryStore::default();
        let start = first_tick() - SignedDuration::from_hours(8) - SignedDuration::from_mins(1);
        let row = |row: i64| Observation {
            cpu_utilization: Some(LOAD / f64::from(INSTANCES) * 100.0),
            in_service_instances: Some(f64::from(INSTANCES)),
            ..Observation::at(start + SignedDuration::from_mins(5 * row))
        };
        run(history::merge(&store, GROUP, &(0..97).map(row).collect::<Vec<_>>())).expect("rows are stored");
        store
    }))
}

/// A cloud whose instances are in service at once.
struct Instances(Mutex<CapacityState>);

impl Instances {
    fn size(&self) -> CapacityState {
        *self.0.lock().expect("nobody panics with it")
    }
}

#[async_trait]
impl ReadCapacity for Instances {
    async fn describe(&self, _: &Group) -> Result<CapacityState, PortError> {
        Ok(self.size())
    }
}

#[async_trait]
impl WriteCapacity for Instances {
    async fn set_desired(&self, _: &Group, desired: u32) -> Result<(), PortError> {
        let mut size = self.0.lock().expect("nobody panics with it");
        *size = CapacityState { desired, in_service: desired, ..*size };
        Ok(())
    }

    async fn set_minimum(&self, _: &Group, min: u32) -> Result<(), PortError> {
        let mut size = self.0.lock().expect("nobody panics with it");
        let desired = size.desired.max(min);
        *size = CapacityState { desired, min, in_service: desired, ..*size };
        Ok(())
    }
}
