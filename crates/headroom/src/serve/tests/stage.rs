//! A process that serves, without a network: a clock that is played, a cloud that is watched, a store in memory.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use headroom_core::{
    Decision, Group, Observation,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use headroom_store::{Expect, MemoryStore, Store, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::Scaler;
use tokio::sync::watch;

use crate::{
    interrupt::Interrupt,
    serve::{
        clock::Clock,
        configuration::{Configuration, Place, Provider},
        pace::Pace,
        simulated::SimulatedFleet,
        ticks::Ticks,
    },
};

/// A moment of the day that is played.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-11-26T{time}Z").parse().unwrap()
}

/// Tokio's paused time, and jumps.
pub(crate) struct Played {
    start: Timestamp,
    begun: tokio::time::Instant,
    jumped: Mutex<SignedDuration>,
}

impl Played {
    /// Sets the clock by so much.
    pub(crate) fn jump(&self, by: SignedDuration) {
        *self.jumped.lock().unwrap() += by;
    }
}

#[async_trait]
impl Clock for Played {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.begun.elapsed()).unwrap() + *self.jumped.lock().unwrap()
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(duration.unsigned_abs()).await;
    }
}

/// What the cloud does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Slow(Duration),
    Fails,
    Panics,
    Hangs,
}

/// What was asked of the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Measured(Vec<String>),
    Described(String),
    Set(u32),
}

/// The simulated cloud, watched.
pub(crate) struct Watched {
    clock: Arc<Played>,
    fleet: SimulatedFleet,
    calls: Mutex<Vec<(Timestamp, Call)>>,
    /// Each trouble comes once, at the first such call from its moment on: `true` is the collector's.
    troubles: Mutex<Vec<(Timestamp, bool, Trouble)>>,
    inside: AtomicUsize,
    most_inside: AtomicUsize,
}

impl Watched {
    async fn called(&self, call: Call) -> Result<(), PortError> {
        let now = self.clock.now();
        let collects = matches!(call, Call::Measured(_));
        let writes = matches!(call, Call::Set(_));
        self.calls.lock().unwrap().push((now, call));
        let trouble = {
            let mut troubles = self.troubles.lock().unwrap();
            let found = troubles.iter().position(|(from, of, _)| *from <= now && *of == collects && !writes);
            found.map(|index| troubles.remove(index).2)
        };
        self.most_inside.fetch_max(1 + self.inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        match trouble {
            // A call takes a moment, in which others have theirs.
            None => tokio::task::yield_now().await,
            Some(Trouble::Slow(duration)) => tokio::time::sleep(duration).await,
            Some(Trouble::Hangs) => std::future::pending().await,
            Some(Trouble::Panics) => {
                self.inside.fetch_sub(1, Ordering::SeqCst);
                panic!("the cloud fell down")
            }
            Some(Trouble::Fails) => {
                self.inside.fetch_sub(1, Ordering::SeqCst);
                return Err(PortError::Other("the cloud is away".to_owned()));
            }
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

#[async_trait]
impl Metrics for Watched {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let groups = windows.iter().map(|window| window.group.id.clone()).collect();
        match self.called(Call::Measured(groups)).await {
            Ok(()) => self.fleet.observations(windows).await,
            Err(_) => windows.iter().map(|_| Err(PortError::Other("the cloud is away".to_owned()))).collect(),
        }
    }
}

#[async_trait]
impl ReadCapacity for Watched {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.called(Call::Described(group.id.clone())).await?;
        self.fleet.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for Watched {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.called(Call::Set(desired)).await?;
        self.fleet.set_desired(group, desired).await
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.called(Call::Set(minimum)).await?;
        self.fleet.set_minimum(group, minimum).await
    }
}

/// All of it.
pub(crate) struct Stage {
    pub(crate) clock: Arc<Played>,
    pub(crate) cloud: Arc<Watched>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) end: watch::Sender<bool>,
    pub(crate) interrupt: Interrupt,
    told: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    /// It opens at `start`, with `fleet` in the store.
    pub(crate) async fn at(start: &str, fleet: &str) -> Self {
        let clock = Arc::new(Played { start: at(start), begun: tokio::time::Instant::now(), jumped: Mutex::default() });
        let cloud = Arc::new(Watched {
            clock: Arc::clone(&clock),
            fleet: SimulatedFleet::starting_at(at(start), Arc::<Played>::clone(&clock), None),
            calls: Mutex::default(),
            troubles: Mutex::default(),
            inside: AtomicUsize::new(0),
            most_inside: AtomicUsize::new(0),
        });
        let (end, interrupt) = Interrupt::by_hand();
        let stage = Self { clock, cloud, store: Arc::new(MemoryStore::default()), end, interrupt, told: Arc::default() };
        stage.configure(fleet).await;
        stage
    }

    /// Puts another fleet into the store.
    pub(crate) async fn configure(&self, fleet: &str) {
        self.store.put(keys::FLEET, fleet.as_bytes(), Expect::Anything).await.unwrap();
    }

    /// From `moment` on the cloud is in trouble once: for the collector, or for the scaler.
    pub(crate) fn trouble(&self, moment: &str, collector: bool, trouble: Trouble) {
        self.cloud.troubles.lock().unwrap().push((at(moment), collector, trouble));
    }

    pub(crate) async fn configuration(&self) -> Arc<Configuration> {
        Arc::new(Configuration::open(Place::Store, Arc::clone(&self.store), Provider::Simulated).await.unwrap())
    }

    pub(crate) fn pace(&self) -> Pace {
        Pace { clock: Arc::<Played>::clone(&self.clock), interrupt: self.interrupt.clone() }
    }

    /// Collector and scaler of one process.
    pub(crate) async fn ticks(&self) -> Ticks {
        let told = Arc::clone(&self.told);
        Ticks {
            store: Arc::clone(&self.store),
            cloud: Arc::<Watched>::clone(&self.cloud),
            configuration: self.configuration().await,
            scaler: Scaler::default(),
            pace: self.pace(),
            tell: Box::new(move |line| told.lock().unwrap().push(line.to_owned())),
        }
    }

    /// Serves for `minutes`, and ends.
    pub(crate) async fn play(&self, minutes: u64) {
        let ticks = self.ticks().await;
        tokio::join!(ticks.run(), self.end_after(Duration::from_secs(60 * minutes)));
    }

    pub(crate) async fn end_after(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
        self.end.send(true).unwrap();
    }

    /// The calls so far, with the time of day.
    pub(crate) fn calls(&self) -> Vec<(String, Call)> {
        let time = |moment: &Timestamp| moment.strftime("%H:%M:%S").to_string();
        self.cloud.calls.lock().unwrap().iter().map(|(moment, call)| (time(moment), call.clone())).collect()
    }

    /// When the scaler looked at `group`.
    pub(crate) fn ticked(&self, group: &str) -> Vec<String> {
        let described = |call: &Call| matches!(call, Call::Described(id) if id == group);
        self.calls().into_iter().filter(|(_, call)| described(call)).map(|(time, _)| time).collect()
    }

    /// When the collector asked for `group`.
    pub(crate) fn collected(&self, group: &str) -> Vec<String> {
        let measured = |call: &Call| matches!(call, Call::Measured(ids) if ids.iter().any(|id| id == group));
        self.calls().into_iter().filter(|(_, call)| measured(call)).map(|(time, _)| time).collect()
    }

    /// How many calls were under way at the same time, at the most.
    pub(crate) fn most_at_once(&self) -> usize {
        self.cloud.most_inside.load(Ordering::SeqCst)
    }

    /// What was printed.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// The decisions of the day that were recorded of `group`.
    pub(crate) async fn decisions(&self, group: &str) -> Vec<Decision> {
        let key = keys::decisions(group, keys::day(at("12:00:00")));
        let Some(object) = self.store.get(&key).await.unwrap() else { return Vec::new() };
        String::from_utf8(object.bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A simulated group of `fleet.toml`, with steps of so many seconds.
pub(crate) fn group(id: &str, step_seconds: i64) -> String {
    format!("[[group]]\nid = \"{id}\"\nprovider = \"simulated\"\nmode = \"active\"\nstep_seconds = {step_seconds}\n")
}
