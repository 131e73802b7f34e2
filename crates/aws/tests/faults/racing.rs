//! Two collectors that run at the same time on one object lose no row, wherever it is stored.

#[path = "../ministack/mod.rs"]
mod ministack;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use collector::collect;
use headroom_aws::Aws;
use headroom_core::{
    Calendar, Group, Observation,
    ports::{Metrics, PortError, Window},
};
use headroom_store::{Expect, LocalStore, MemoryStore, Object, Store, StoreError, Version, history};
use jiff::{SignedDuration, Timestamp};
use ministack::Ministack;

use crate::scripted::{Answer, BUCKET, Fault, Operation, Scripted};

const ROUNDS: i64 = 200;

/// Collectors that race.
const RACERS: i64 = 2;

/// Midnight, so that all rows are of one object.
const START: i64 = 1_795_737_600;

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(START).unwrap() + SignedDuration::from_mins(minutes)
}

fn row(index: i64) -> Observation {
    Observation { cpu_utilization: Some(index as f64 / 8.0), ..Observation::at(minute(index)) }
}

/// Metrics of which each collector sees a part: the steps of one round and one racer.
struct Part {
    index: i64,
}

#[async_trait]
impl Metrics for Part {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        tokio::task::yield_now().await;
        windows.iter().map(|_| Ok(vec![row(self.index)])).collect()
    }
}

/// Races for all rounds; each round adds a row by each racer, and after the last all of them are there. Returns how many rows
/// the racers say that they have added.
async fn race(store: Arc<dyn Store>) -> usize {
    let mut added = 0;
    for round in 0..ROUNDS {
        let now = minute((round + 1) * RACERS);
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let group = Group { step_seconds: 60, ..Group::simulated("web") };
                    let metrics = Part { index: round * RACERS + racer };
                    collect(&group, &Calendar::default(), &metrics, &*store, now).await.unwrap()
                })
            })
            .collect();
        for racer in racers {
            let collected = racer.await.unwrap();
            assert_eq!(collected.rows_changed, 0, "round {round}");
            added += collected.rows_added;
        }
    }
    let rows = history::read(&*store, "web", minute(0), minute(24 * 60)).await.unwrap();
    assert_eq!(rows, (0..ROUNDS * RACERS).map(row).collect::<Vec<_>>());
    added
}

/// What they say where they know.
const ADDED: usize = (ROUNDS * RACERS) as usize;

/// Lets the other racer in before each answer, in an order that is another one each time.
struct Interleaved {
    memory: MemoryStore,
    count: AtomicU64,
    conflicts: AtomicU64,
}

impl Interleaved {
    async fn let_others_in(&self) {
        // The finishing step of SplitMix64.
        let mut bits = self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        for _ in 0..(bits >> 60) {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Store for Interleaved {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.let_others_in().await;
        let object = self.memory.get(key).await;
        self.let_others_in().await;
        object
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.let_others_in().await;
        let put = self.memory.put(key, bytes, expect).await;
        self.conflicts.fetch_add(u64::from(matches!(put, Err(StoreError::Conflict { .. }))), Ordering::Relaxed);
        put
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.memory.list(prefix).await
    }
}

#[tokio::test(start_paused = true)]
async fn in_memory_in_every_order() {
    let store = Arc::new(Interleaved { memory: MemoryStore::default(), count: 0.into(), conflicts: 0.into() });
    assert_eq!(race(Arc::clone(&store) as Arc<dyn Store>).await, ADDED);
    let conflicts = store.conflicts.load(Ordering::Relaxed);
    assert!(conflicts > 50, "they do meet: {conflicts} conflicts in {ROUNDS} rounds");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(race(Arc::new(LocalStore::open(folder.path()).unwrap())).await, ADDED);
}

/// Every third call goes wrong on its first attempt; of the writes among them some are done.
fn a_bad_day(_: Operation, count: u64) -> Option<Fault> {
    match count % 6 {
        0 => Some(Fault::done(Answer::CutBefore)),
        3 => Some(Fault::undone(Answer::Refused(503, "SlowDown", "Please reduce your request rate."))),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_s3_on_a_bad_day() {
    let aws = Scripted::start().await;
    aws.trouble(a_bad_day);
    let added = race(Aws::with_config(aws.config()).open_store(&format!("s3://{BUCKET}")).unwrap()).await;
    // A racer whose answer was lost, and who was followed by the other before he asked again, finds his row there.
    assert!((ADDED / 2..=ADDED).contains(&added), "{added}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_emulator() {
    let Some(emulator) = Ministack::start().await else { return };
    let client = aws_sdk_s3::Client::new(&emulator.config());
    client.create_bucket().bucket(BUCKET).send().await.expect("the bucket is made");
    let store = Aws::with_config(emulator.config()).open_store(&format!("s3://{BUCKET}")).unwrap();
    assert_eq!(race(store).await, ADDED);
}
