//! Which groups tick when: each a minute after a step of its own ended.

use std::collections::BTreeMap;

use headroom_core::{Fleet, Group, fleet::Mode};
use jiff::Timestamp;

/// A step is measured so long after it ended: what CloudWatch takes.
const AFTER_STEP_SECONDS: i64 = 60;

/// What has been done of each group.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    done: BTreeMap<String, Timestamp>,
}

impl Agenda {
    /// The groups of `fleet` whose turn has come by `now` and was not taken yet, as a fleet. They count as taken from now on, and
    /// however many turns of a group were missed, it has one.
    pub(crate) fn take(&mut self, fleet: &Fleet, now: Timestamp) -> Fleet {
        let known = |id: &String| fleet.groups.iter().any(|group| group.id == *id && group.mode != Mode::Off);
        self.done.retain(|id, _| known(id));
        let groups = fleet.groups.iter().filter(|group| group.mode != Mode::Off && self.is_due(group, now)).cloned().collect();
        let due = Fleet { groups };
        for group in &due.groups {
            self.done.insert(group.id.clone(), newest_turn(group, now));
        }
        due
    }

    fn is_due(&self, group: &Group, now: Timestamp) -> bool {
        let newest = newest_turn(group, now);
        // A clock that went a little back lets the same turn come again; one that was set back by more begins anew.
        let set_back = |done: Timestamp| done.as_second() - now.as_second() >= group.step_seconds;
        self.done.get(&group.id).is_none_or(|done| newest > *done || set_back(*done))
    }
}

/// The newest moment by `now` at which a turn of `group` came.
fn newest_turn(group: &Group, now: Timestamp) -> Timestamp {
    let step = group.step_seconds.max(1);
    let second = (now.as_second() - AFTER_STEP_SECONDS).div_euclid(step) * step + AFTER_STEP_SECONDS;
    Timestamp::from_second(second).expect("a moment close to now")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet() -> Fleet {
        let minute = Group { step_seconds: 60, ..Group::simulated("minute") };
        let off = Group { mode: Mode::Off, ..Group::simulated("off") };
        Fleet { groups: vec![Group::simulated("five"), minute, off] }
    }

    /// The groups that are due at each of the moments, one after the other.
    fn due(moments: &[&str]) -> Vec<String> {
        let (fleet, mut agenda) = (fleet(), Agenda::default());
        let at = |moment: &&str| format!("2026-11-26T{moment}Z").parse().unwrap();
        let names = |due: Fleet| due.groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>().join("+");
        moments.iter().map(|moment| names(agenda.take(&fleet, at(moment)))).collect()
    }

    #[test]
    fn each_group_has_a_turn_a_minute_after_its_own_step() {
        let minutes = ["12:03:20", "12:04:00", "12:05:00", "12:05:30", "12:06:00", "12:06:59", "12:07:00"];
        assert_eq!(due(&minutes), ["five+minute", "minute", "minute", "", "five+minute", "", "minute"]);
    }

    #[test]
    fn of_what_was_missed_one_turn_is_made() {
        assert_eq!(due(&["12:01:00", "15:48:10", "15:48:20", "15:51:00"]), ["five+minute", "five+minute", "", "five+minute"]);
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew_and_a_little_back_is_nothing() {
        assert_eq!(due(&["12:01:00.5", "12:00:59.9", "12:01:00"]), ["five+minute", "", ""]);
        assert_eq!(due(&["12:06:00", "09:30:00", "09:31:00"]), ["five+minute", "five+minute", "five+minute"]);
    }

    #[test]
    fn a_group_that_comes_back_is_due_at_once() {
        let (fleet, mut agenda) = (fleet(), Agenda::default());
        let now = "2026-11-26T12:03:00Z".parse().unwrap();
        agenda.take(&fleet, now);
        assert!(agenda.take(&Fleet { groups: vec![] }, now).groups.is_empty());
        assert_eq!(agenda.take(&fleet, now).groups.len(), 2);
    }
}
