//! Objects of the store that several write: the journal of decisions and operators' orders.

use headroom_core::{Decision, reason::Scope};
use headroom_store::{
    Expect, MemoryStore, Store,
    controls::{self, Stop},
    journal, keys,
};
use jiff::{SignedDuration, Timestamp};

use super::run;

const GROUP: &str = "web";

fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a moment")
}

async fn holding(key: &str, data: &[u8]) -> MemoryStore {
    let store = MemoryStore::default();
    store.put(key, data, Expect::Absent).await.expect("memory takes every object");
    store
}

/// A day of the journal: it is read or refused, and a record that is written over it can be read back where all could be before.
pub fn journal(data: &[u8]) -> bool {
    let key = keys::decisions(GROUP, keys::day(noon()));
    run(async {
        let store = holding(&key, data).await;
        let read = async || {
            journal::read_days::<Decision>(&store, keys::decisions, GROUP, noon(), noon() + SignedDuration::from_mins(1)).await
        };
        let Ok(before) = read().await else { return false };
        let Some(last) = before.last() else { return true };
        let name = |decision: &Decision| decision.tick.to_string();
        if journal::record(&store, &key, last, name).await.is_ok() {
            let after = read().await.expect("what was read before is read after a record");
            // A name is looked for as we write it: a line made by hand may have the same moment in other words, 12:00:60 for example.
            let has_name = String::from_utf8_lossy(data).contains(&name(last));
            let added = after.len() - before.len();
            assert!(added == 0 || (added == 1 && !has_name), "a record takes the place of the one of its name");
        }
        true
    })
}

/// An order of operators: it is read or refused, and whatever stood there, a stop that is thrown is in force.
pub fn control(data: &[u8]) -> bool {
    run(async {
        let store = holding(&keys::group_control(GROUP), data).await;
        let read = controls::read(&store, Some(GROUP)).await;
        let switch = controls::kill_switch(&store, GROUP).await;
        assert_eq!(read.is_err(), switch.is_err(), "who cannot read the orders cannot know the switch");
        let stop = Stop { at: noon(), by: "fuzz".to_owned(), why: "a trial".to_owned() };
        controls::stop(&store, Some(GROUP), &stop).await.expect("nothing keeps an operator from stopping");
        let thrown = controls::kill_switch(&store, GROUP).await.expect("a stop can be read");
        assert_eq!(thrown.map(|(scope, _)| scope), Some(Scope::Group));
        controls::resume(&store, Some(GROUP)).await.expect("what was thrown can be taken back");
        assert_eq!(controls::kill_switch(&store, GROUP).await.expect("it can be read"), None);
        read.is_ok()
    })
}
