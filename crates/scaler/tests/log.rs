//! What the scaler logs. Alone in its process: other tests' threads would race for the log's global state.

use std::sync::Arc;

use async_trait::async_trait;
use headroom_core::{
    Fleet, Group, Observation,
    fleet::Mode,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{MemoryStore, history, refusing};
use jiff::{SignedDuration, Timestamp};
use scaler::{Pulse, Scaler};

/// A cloud that refuses every write, each group for a reason of its own.
struct Refusing;

#[async_trait]
impl ReadCapacity for Refusing {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        if group.id == "hidden" {
            return Err(PortError::Denied("allow autoscaling:DescribeAutoScalingGroups".to_owned()));
        }
        Ok(CapacityState { desired: 3, min: 1, max: 40, in_service: 3, pending: 0, unit: 1 })
    }
}

#[async_trait]
impl WriteCapacity for Refusing {
    async fn set_desired(&self, group: &Group, _: u32) -> Result<(), PortError> {
        Err(match group.id.as_str() {
            "short" => PortError::InsufficientCapacity("no more m7g.large".to_owned()),
            _ => PortError::Throttled("rate exceeded".to_owned()),
        })
    }

    async fn set_minimum(&self, _: &Group, _: u32) -> Result<(), PortError> {
        unreachable!("no group is run by its minimum")
    }
}

/// A log of this thread's own, and what keeps it: where it is written, and until when.
fn log() -> (tempfile::NamedTempFile, tracing::subscriber::DefaultGuard) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).with_ansi(false).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn each_tick_leaves_one_line_and_an_error_where_someone_must_act() {
    let (log, _guard) = log();
    let start: Timestamp = "2026-11-26T11:00:00Z".parse().unwrap();
    let rows: Vec<Observation> = (0..12)
        .map(|step| Observation {
            cpu_utilization: Some(90.0),
            in_service_instances: Some(5.0),
            ..Observation::at(start + SignedDuration::from_mins(5) * step)
        })
        .collect();
    let store = MemoryStore::default();
    let ids = ["watched", "short", "throttled", "hidden", "blind"];
    for id in ids {
        let rows = if id == "blind" { &rows[..1] } else { &rows[..] };
        history::merge(&store, id, rows).await.unwrap();
    }
    let mode = |id: &str| if id == "watched" { Mode::Observe } else { Mode::Active };
    let groups = ids.map(|id| Group { mode: mode(id), hold_minutes: 30, ..Group::simulated(id) }).to_vec();
    let now = "2026-11-26T12:01:00Z".parse().unwrap();
    let results = scaler::tick_fleet(&Scaler::default(), &Fleet { groups }, &Refusing, &store, now).await;
    assert_eq!(results.len(), ids.len());
    let pulse = Pulse { groups: 4, failed: 1, blind: 1, alarms: 1, unwritten: 1, short: 1, error_share: None };
    assert_eq!(Pulse::of(&results), pulse, "`hidden` has no decision, `blind` is held and told, two writes fail");

    let text = std::fs::read_to_string(log.path()).unwrap();
    let line = |id: &str| {
        let found: Vec<&str> = text.lines().filter(|line| line.contains("group=") && line.contains(&format!("`{id}`"))).collect();
        assert_eq!(found.len(), 1, "one line for `{id}`: {text}");
        found[0].to_owned()
    };
    for (id, level, parts) in [
        ("watched", "INFO", &["would scale out from 3 to ", "desired="][..]),
        ("short", "WARN", &["the cloud is short of instances", "no more m7g.large"]),
        ("throttled", "ERROR", &["could not scale out from 3 to ", "rate exceeded"]),
        ("hidden", "WARN", &["reading the capacity of group `hidden`", "allow autoscaling:DescribeAutoScalingGroups"]),
        ("blind", "ERROR", &["alarm=true", "stay at 3", "someone has to look"]),
    ] {
        let line = line(id);
        assert!(line.contains(level), "{line}");
        for part in parts {
            assert!(line.contains(part), "no `{part}`: {line}");
        }
    }
}

#[tokio::test]
async fn decisions_that_wait_no_longer_for_their_journal_are_told() {
    let (log, _guard) = log();
    let memory = MemoryStore::default();
    let store = refusing::Refusing::new(&memory, |call, key| {
        (call == refusing::Call::Put && key.starts_with("decisions/")).then(|| refusing::silent(key))
    });
    let fleet = Fleet { groups: vec![Group { mode: Mode::Active, ..Group::simulated("web") }] };
    let start: Timestamp = "2026-11-26T12:01:00Z".parse().unwrap();
    let tick = async |tick: i32| {
        let now = start + SignedDuration::from_mins(5) * tick;
        scaler::tick_fleet(&Scaler::default(), &fleet, &Refusing, &store, now).await.remove(0).1.unwrap_err();
    };
    let lost = || {
        let text = std::fs::read_to_string(log.path()).unwrap();
        text.lines().filter(|line| line.contains("lost")).map(str::to_owned).collect::<Vec<_>>()
    };
    for step in 0..36 {
        tick(step).await;
    }
    assert_eq!(lost(), [""; 0], "three hours wait");
    for step in 36..38 {
        tick(step).await;
    }
    let lost = lost();
    assert_eq!(lost.len(), 2, "{lost:?}");
    for (line, first) in std::iter::zip(&lost, ["2026-11-26T12:00:00Z", "2026-11-26T12:05:00Z"]) {
        for part in ["ERROR", "group `web`", first, "lost to the record", "the journal cannot be written"] {
            assert!(line.contains(part), "no `{part}`: {line}");
        }
    }
}
