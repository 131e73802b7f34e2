//! Writers that are killed at random moments: nothing half-written is ever visible, and nothing acknowledged is lost.
//!
//! Two child processes write to one local folder at the same time, the same objects, and tell on their standard
//! output what is stored. They are this test binary itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use headroom_core::observation::Observation;
use headroom_store::{LocalStore, Store, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const ROUNDS: usize = 30;
const WRITERS: usize = 2;
const ROOT: &str = "HEADROOM_TEST_ROOT";
const FIRST: &str = "HEADROOM_TEST_FIRST";

/// A writer that tells nothing for so long hangs.
const HANGS: Duration = Duration::from_secs(60);

fn moment(index: usize) -> Timestamp {
    let start: Timestamp = "2026-11-27T20:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(5 * index as i64)
}

fn row(index: usize) -> Observation {
    let value = |factor: f64| Some(index as f64 * factor);
    Observation { cpu_utilization: value(0.01), request_count: value(1.37), ..Observation::at(moment(index)) }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    tick: Timestamp,
    text: String,
}

fn record(index: usize) -> Record {
    Record { tick: moment(index), text: format!("decision {index} ").repeat(1 + index % 50) }
}

fn weights(version: &str) -> Vec<u8> {
    let number: u64 = version[1..].parse().unwrap();
    number.to_le_bytes().repeat(20_000)
}

fn card(version: &str) -> Vec<u8> {
    format!("{{\"version\":\"{version}\"}}").into_bytes()
}

/// The child: writes from its first index on until it is killed.
#[test]
#[ignore = "the child process of the other test"]
fn writer() {
    let Ok(root) = std::env::var(ROOT) else { return };
    let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
    let store = LocalStore::open(root).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for index in (first..).step_by(WRITERS) {
            history::merge(&store, "web", &[row(index)]).await.unwrap();
            acknowledge(&format!("row {index}"));
            let key = keys::decisions("web", keys::day(moment(index)));
            journal::record(&store, &key, &record(index), |record| record.tick.to_string()).await.unwrap();
            acknowledge(&format!("record {index}"));
            if index % 10 < WRITERS {
                let version = format!("v{index}");
                models::publish(&store, "web", &version, &weights(&version), &card(&version)).await.unwrap();
                acknowledge(&format!("model {index}"));
            }
        }
    });
}

fn acknowledge(what: &str) {
    // Not captured by the test harness, and one write for the line.
    std::io::stdout().write_all(format!("stored {what}\n").as_bytes()).unwrap();
}

struct Writer {
    process: Child,
    acknowledged: Receiver<(String, usize)>,
}

impl Writer {
    fn start(root: &Path, first: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ROOT, root)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, acknowledged) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while output.read_line(&mut line).unwrap() > 0 {
                // A line without its end was not written whole, and the harness writes lines of its own.
                let told = line.strip_suffix('\n').and_then(|line| line.strip_prefix("stored ")?.split_once(' '));
                if let Some((kind, index)) = told {
                    sender.send((kind.to_owned(), index.parse().unwrap())).unwrap();
                }
                line.clear();
            }
        });
        Self { process, acknowledged }
    }

    /// Waits for so many acknowledgements.
    fn watch(&self, count: usize) -> Vec<(String, usize)> {
        (0..count).map(|_| self.acknowledged.recv_timeout(HANGS).expect("a writer goes on")).collect()
    }

    /// SIGKILL; returns what else had been acknowledged.
    fn kill(mut self) -> Vec<(String, usize)> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.acknowledged.iter().collect()
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(20_261_127);
    let mut next = [0, 1];
    let mut acknowledged: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for round in 0..ROUNDS {
        let [early, late] = next.map(|first| Writer::start(folder.path(), first));
        let mut told = early.watch(random.random_range(1..12));
        std::thread::sleep(Duration::from_micros(random.random_range(0..4000)));
        told.extend(early.kill());
        // The other goes on, whatever the killed one held.
        told.extend(late.watch(random.random_range(1..12)));
        std::thread::sleep(Duration::from_micros(random.random_range(0..4000)));
        told.extend(late.kill());
        for (kind, index) in told {
            // What was acknowledged last is done again, as a tick that runs twice does it.
            next[index % WRITERS] = next[index % WRITERS].max(index);
            acknowledged.entry(kind).or_default().insert(index);
        }
        runtime.block_on(check(folder.path(), &acknowledged, round));
    }
    let models = &acknowledged["model"];
    assert!(models.len() >= 2 && acknowledged["row"].len() >= ROUNDS, "the writers got somewhere: {acknowledged:?}");
}

async fn check(root: &Path, acknowledged: &BTreeMap<String, BTreeSet<usize>>, round: usize) {
    let told = |kind: &str| acknowledged.get(kind).into_iter().flatten().copied();
    let store = LocalStore::open(root).unwrap();
    let leftover = walkdir::WalkDir::new(root).into_iter().find(|entry| {
        let name = entry.as_ref().unwrap().file_name().to_string_lossy();
        name.starts_with(".tmp-")
    });
    assert!(leftover.is_none(), "round {round}: opening removes what killed writers left: {leftover:?}");

    let rows = history::read(&store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
    let rows: BTreeMap<Timestamp, Observation> = rows.into_iter().map(|row| (row.timestamp, row)).collect();
    let records: Vec<Record> = journal::read_days(&store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
    let count = records.len();
    let records: BTreeMap<Timestamp, Record> = records.into_iter().map(|record| (record.tick, record)).collect();
    assert_eq!(records.len(), count, "round {round}: no record is there twice");
    let index_of = |moment: &Timestamp| (moment.duration_since(self::moment(0)).as_mins() / 5) as usize;
    assert!(rows.iter().all(|(moment, row)| *row == self::row(index_of(moment))), "round {round}: rows are whole");
    assert!(records.iter().all(|(moment, record)| *record == self::record(index_of(moment))), "round {round}: records are whole");
    for index in told("row") {
        assert!(rows.contains_key(&moment(index)), "round {round}: row {index} is there");
    }
    for index in told("record") {
        assert!(records.contains_key(&moment(index)), "round {round}: record {index} is there");
    }

    for key in store.list(&keys::models_prefix("web")).await.unwrap() {
        let Some(version) = key.split('/').nth(2).filter(|part| part.starts_with('v')) else { continue };
        let expected = if key == keys::weights("web", version) { weights(version) } else { card(version) };
        assert!(store.get(&key).await.unwrap().unwrap().bytes == expected, "round {round}: `{key}` is whole");
    }
    let current = models::current(&store, "web").await.unwrap();
    let published: Vec<String> =
        current.into_iter().flat_map(|current| [vec![current.version], current.previous].concat()).collect();
    for version in &published {
        let stored = models::load(&store, "web", version).await.unwrap();
        assert!(stored.weights == weights(version) && stored.card == card(version), "round {round}: {version} is whole");
    }
    for index in told("model") {
        let version = format!("v{index}");
        models::load(&store, "web", &version).await.unwrap();
        // Only so many are remembered.
        assert!(published.len() > 50 || published.contains(&version), "round {round}: model {index} is there");
    }
}
