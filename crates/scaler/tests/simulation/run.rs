//! One run of one tick: its ways to the cloud and to the store, with everything that goes wrong on them, and a list of all that
//! it did.

use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use headroom_core::{
    Decision, Group, Observation,
    fleet::Mode,
    policy::Measured,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use headroom_sim::{
    FaultKind, FaultyCloud,
    faults::{Answer as Said, Writer},
};
use headroom_store::{
    Expect, MemoryStore, Object, Store, StoreError, Version,
    controls::{Allocation, Answer, Control},
    keys,
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::{sync::Notify, time::Duration};

use crate::clock::Clock;

/// What a run did, in order.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Looked at what was measured.
    Looked(Option<Measured>),
    /// Read the group's size when the cloud's log had so many lines; `late` is one that no longer held.
    Described { size: CapacityState, late: bool, lines: usize },
    /// Read what operators want of the fleet or of the group, or tried to.
    ReadControl { fleet: bool, thrown: bool, answer: Option<Answer>, mode: Option<Mode>, allocation: Option<Allocation> },
    /// Wrote to the cloud: a line of its log.
    Wrote(usize),
    /// Recorded a decision.
    Recorded(Box<Decision>),
    /// Had an error from the store.
    StoreFailed,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Decided(Box<Decision>),
    Failed(String),
    Died,
}

/// A run that is over.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// What its clock said.
    pub(crate) now: Timestamp,
    /// From when to when it lived.
    pub(crate) life: (Timestamp, Timestamp),
    pub(crate) phase: usize,
    /// The group as its operators wanted it, as far as the run could read that.
    pub(crate) group: Group,
    pub(crate) events: Vec<Event>,
    pub(crate) end: End,
}

/// A run that will start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Start {
    pub(crate) seed: u64,
    /// Calls that it lives for.
    pub(crate) lives: Option<u32>,
}

/// The ways of one run.
pub(crate) struct Ways<'a> {
    pub(crate) cloud: &'a FaultyCloud,
    pub(crate) store: &'a MemoryStore,
    pub(crate) clock: Clock,
    /// Calls that it lives for.
    lives: Option<u32>,
    /// For so long the cloud tells of the size before its last change; none where it does not.
    late_sizes: Option<SignedDuration>,
    pub(crate) died: Notify,
    inner: Mutex<Inner>,
}

struct Inner {
    chance: ChaCha8Rng,
    calls: u32,
    events: Vec<Event>,
}

impl<'a> Ways<'a> {
    pub(crate) fn new(
        cloud: &'a FaultyCloud,
        store: &'a MemoryStore,
        clock: Clock,
        Start { seed, lives }: Start,
        late_sizes: Option<SignedDuration>,
    ) -> Self {
        let inner = Inner { chance: ChaCha8Rng::seed_from_u64(seed), calls: 0, events: Vec::new() };
        Self { cloud, store, clock, lives, late_sizes, died: Notify::new(), inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn note(&self, event: Event) {
        self.inner().events.push(event);
    }

    pub(crate) fn into_events(self) -> Vec<Event> {
        self.inner.into_inner().unwrap().events
    }

    /// The way there, or back: it takes its time, others pass, and the run may end on it.
    pub(crate) async fn travel(&self) {
        let calls = {
            let mut inner = self.inner();
            inner.calls += 1;
            inner.calls
        };
        if self.lives.is_some_and(|lives| calls > lives) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        let pause = self.cloud.plan().find(self.clock.now(), |kind| match kind {
            FaultKind::CallsSlow { share, seconds_max } => Some((*share, *seconds_max)),
            FaultKind::RunsTwice { .. } => Some((0.3, 0)),
            _ => None,
        });
        if let Some((share, seconds_max)) = pause {
            let milliseconds = {
                let mut inner = self.inner();
                inner.chance.random_bool(share).then(|| inner.chance.random_range(0..=u64::from(seconds_max) * 1000))
            };
            match milliseconds {
                Some(0) => tokio::task::yield_now().await,
                Some(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
                None => {}
            }
        }
        self.cloud.advance_to(self.clock.now());
    }

    fn hit(&self, share: Option<f64>) -> bool {
        share.is_some_and(|share| self.inner().chance.random_bool(share))
    }

    fn store_fails(&self) -> bool {
        let share = self.cloud.plan().find(self.clock.now(), |kind| match kind {
            FaultKind::StoreFails { share } => Some(*share),
            _ => None,
        });
        self.hit(share)
    }

    fn silent(&self, key: &str) -> StoreError {
        self.note(Event::StoreFailed);
        if key.starts_with("control/") {
            self.note_control(key, Some(b""));
        }
        StoreError::Other { key: key.to_owned(), message: "the store does not answer".to_owned() }
    }

    fn note_control(&self, key: &str, bytes: Option<&[u8]>) {
        let fleet = key == keys::FLEET_CONTROL;
        // Read by hand: what cannot be read counts as thrown.
        let control = bytes.map_or(Ok(Control::none()), serde_json::from_slice::<Control>);
        let thrown = control.as_ref().map_or(true, |control| control.stop.is_some());
        let Control { answer, mode, allocation, .. } = control.unwrap_or_else(|_| Control::none());
        let mode = mode.map(|order| order.mode);
        self.note(Event::ReadControl { fleet, thrown, answer, mode, allocation });
    }

    /// Desired capacity and minimum of before the cloud's last change, where that was asked for through the port and is not told yet.
    fn late_size(&self) -> Option<(u32, u32)> {
        let last = *self.cloud.log_from(self.cloud.log_len().checked_sub(1)?).last()?;
        let is_late = self.clock.now() < last.at + self.late_sizes?;
        (is_late && last.by == Writer::Port && last.answer == Said::Done).then_some(last.before)
    }
}

#[async_trait]
impl Store for Ways<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.travel().await;
        if self.store_fails() {
            return Err(self.silent(key));
        }
        let object = self.store.get(key).await?;
        if key.starts_with("control/") {
            self.note_control(key, object.as_ref().map(|object| &*object.bytes));
        }
        self.travel().await;
        Ok(object)
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.travel().await;
        let fails = self.store_fails();
        if fails && self.hit(Some(0.5)) {
            return Err(self.silent(key));
        }
        let is_decision = key.starts_with("decisions/");
        let old = if is_decision { self.store.get(key).await? } else { None };
        let version = self.store.put(key, bytes, expect).await?;
        if is_decision {
            let old = old.map(|object| object.bytes).unwrap_or_default();
            for line in changed_lines(&old, bytes) {
                let decision = serde_json::from_slice(line).expect("what is recorded can be read");
                self.note(Event::Recorded(Box::new(decision)));
            }
        }
        self.travel().await;
        if fails { Err(self.silent(key)) } else { Ok(version) }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.travel().await;
        self.store.list(prefix).await
    }
}

/// The lines of `new` that are not at the same end of `old`.
fn changed_lines<'a>(old: &[u8], new: &'a [u8]) -> Vec<&'a [u8]> {
    let from = if new.starts_with(old) { old.len() } else { 0 };
    let known: std::collections::HashSet<&[u8]> =
        if from == 0 { old.split(|byte| *byte == b'\n').collect() } else { std::collections::HashSet::new() };
    new[from..].split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !known.contains(line)).collect()
}

#[async_trait]
impl ReadCapacity for Ways<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.travel().await;
        let mut size = self.cloud.describe(group).await;
        if let Ok(size) = &mut size {
            let true_size = *size;
            (size.desired, size.min) = self.late_size().unwrap_or((size.desired, size.min));
            self.note(Event::Described { size: *size, late: *size != true_size, lines: self.cloud.log_len() });
        }
        self.travel().await;
        size
    }
}

#[async_trait]
impl WriteCapacity for Ways<'_> {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.travel().await;
        let done = self.cloud.set_desired(group, desired).await;
        self.note(Event::Wrote(self.cloud.log_len() - 1));
        self.travel().await;
        done
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.travel().await;
        let done = self.cloud.set_minimum(group, minimum).await;
        self.note(Event::Wrote(self.cloud.log_len() - 1));
        self.travel().await;
        done
    }
}

#[async_trait]
impl Metrics for Ways<'_> {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        self.travel().await;
        self.cloud.observations(windows).await
    }
}

/// No run lives longer than AWS lets a Lambda function run.
pub(crate) const RUN_MAX: SignedDuration = SignedDuration::from_mins(14);
