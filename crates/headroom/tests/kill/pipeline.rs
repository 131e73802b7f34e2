//! The pipeline: a world whose past is a diary beside the store, so that it outlives every process, as a cloud does.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::Arc,
};

use async_trait::async_trait;
use collector::collect_fleet;
use headroom_core::{
    Calendar, Fleet, Group, Observation, Series,
    fleet::Mode,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use headroom_sim::{Profile, SimulatedCloud, Workload, WorldRules, generate};
use headroom_store::{LocalStore, Store, history};
use jiff::{SignedDuration, Timestamp};
use scaler::{Scaler, tick_fleet};
use trainer::{Networks, Settings, daily::train_fleet, group::Plan};

/// Where the child of the test finds store and diary.
pub(crate) const FOLDER: &str = "HEADROOM_TEST_FOLDER";

/// Only watched: nothing that is measured of it depends on what was decided.
pub(crate) const WATCHED: &str = "watched";

/// Sized by what is decided.
pub(crate) const SIZED: &str = "sized";

/// Ticks of a run.
pub(crate) const TURNS: usize = 30;

/// A model of [`WATCHED`] is trained at every so many turns.
const TRAINED_EVERY: usize = 13;

/// Days that are generated: four fifths of them, which are whole days, are history.
const DAYS: u32 = 10;

/// The moment of a turn: a minute after a step of five.
pub(crate) fn moment(turn: usize) -> Timestamp {
    start() + SignedDuration::from_mins(5 * i64::try_from(turn).unwrap() + 1)
}

/// When the replayed part begins. A day ends within the run.
fn start() -> Timestamp {
    "2026-11-26T21:00:00Z".parse().unwrap()
}

/// What has happened in the world, a line each.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    /// The turn that was begun last.
    pub(crate) turn: usize,
    /// Sizes that were set of [`SIZED`], and when.
    pub(crate) sizes: Vec<(Timestamp, u32)>,
}

impl Diary {
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("diary")).unwrap_or_default();
        let mut diary = Self::default();
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["turn", turn] => diary.turn = turn.parse().unwrap(),
                ["size", at, size] => diary.sizes.push((at.parse().unwrap(), size.parse().unwrap())),
                _ => panic!("the diary has the line `{line}`"),
            }
        }
        diary
    }
}

/// The clouds of both groups, and the diary that they are made from again.
struct World {
    diary: File,
    clouds: [SimulatedCloud; 2],
}

impl World {
    async fn open(folder: &Path, groups: &[Group; 2], workload: &Arc<Workload>, rules: WorldRules) -> Self {
        let clouds = groups.each_ref().map(|group| SimulatedCloud::new(&group.id, Arc::clone(workload), rules, 7));
        let [_, sized] = &clouds;
        for (at, size) in Diary::read(folder).sizes {
            sized.advance_to(at);
            sized.set_desired(&groups[1], size).await.unwrap();
        }
        let diary = OpenOptions::new().create(true).append(true).open(folder.join("diary")).unwrap();
        Self { diary, clouds }
    }

    fn cloud_of(&self, group: &Group) -> &SimulatedCloud {
        let [watched, sized] = &self.clouds;
        if group.id == SIZED { sized } else { watched }
    }

    /// One write: it is there whole, or not at all.
    fn note(&self, line: &str) {
        (&self.diary).write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

#[async_trait]
impl Metrics for World {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let mut results = Vec::new();
        for window in windows {
            results.extend(self.cloud_of(window.group).observations(std::slice::from_ref(window)).await);
        }
        results
    }
}

#[async_trait]
impl ReadCapacity for World {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.cloud_of(group).describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for World {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        let cloud = self.cloud_of(group);
        assert_eq!(group.id, SIZED);
        self.note(&format!("size {} {desired}", cloud.now()));
        cloud.set_desired(group, desired).await
    }

    async fn set_minimum(&self, _: &Group, _: u32) -> Result<(), PortError> {
        unreachable!("the group is sized by its desired capacity")
    }
}

/// The child: from the turn that was begun last to the end.
#[test]
#[ignore = "the child process of the other test"]
fn runs() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(run(Path::new(&folder)));
}

async fn run(folder: &Path) {
    let group = |id: &str, mode| Group { mode, ..Group::simulated(id) };
    let groups = [group(WATCHED, Mode::Observe), group(SIZED, Mode::Active)];
    let first = start() - SignedDuration::from_hours(24 * i64::from(DAYS) * 4 / 5);
    let rows = generate(Profile::Shop, DAYS, 3, first).observations;
    let workload = Arc::new(Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap());
    let rules = WorldRules { max_utilization: groups[0].max_utilization, ..WorldRules::default() };
    let store = LocalStore::open(folder.join("store")).unwrap();
    let begun = Diary::read(folder).turn;
    if begun == 0 {
        let past = workload.history_observations(groups[0].step_seconds, workload.static_peak(&rules));
        for group in [WATCHED, SIZED] {
            history::merge(&store, group, &past).await.unwrap();
        }
    }
    let world = World::open(folder, &groups, &workload, rules).await;
    let trained = Fleet { groups: vec![groups[0].clone()] };
    let fleet = Fleet { groups: groups.into() };
    let scaler = Scaler::default();
    for turn in begun..TURNS {
        world.note(&format!("turn {turn}"));
        let now = moment(turn);
        for cloud in &world.clouds {
            cloud.advance_to(now);
        }
        for (_, collected) in collect_fleet(&fleet, &Calendar::default(), &world, &store, now).await {
            collected.unwrap();
        }
        for (_, decision) in tick_fleet(&scaler, &fleet, &world, &store, now).await {
            decision.unwrap();
        }
        if turn % TRAINED_EVERY == TRAINED_EVERY - 1 {
            train(&trained, &store, now).await;
        }
    }
    world.note(&format!("turn {TURNS}"));
}

async fn train(fleet: &Fleet, store: &dyn Store, now: Timestamp) {
    let settings = Settings { hidden: 8, head: 16, rounds_max: 2, batches_per_round: 20, ..Settings::default() };
    let command = "the kill test".to_owned();
    let plan = Plan { settings, networks: Networks::WherePaying, command, even_if_worse: true, now };
    let hour = || SignedDuration::from_hours(1);
    for (_, turn) in train_fleet(fleet, &Calendar::default(), store, &plan, &hour).await {
        turn.unwrap();
    }
}
