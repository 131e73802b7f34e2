//! A foreign writer: someone else changed the capacity. It is told, and not fought.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Past, Situation, past::Change};
use crate::{
    fleet::{Group, Mode},
    ports::CapacityState,
    reason::Reason,
};

/// The capacity that a tick left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When it did.
    pub at: Timestamp,
    /// Instances asked for.
    pub desired: u32,
    /// What may have been set in place of it: the cloud gave an error, and may have done it all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perhaps: Option<u32>,
    /// Whether any part of the way there may have been set too: the cloud said that it has too few instances.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_part: bool,
    /// Instances asked for before, where it was we who changed that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<u32>,
}

impl Known {
    /// That `desired` was left, and nothing else can have been set.
    #[must_use]
    pub fn surely(at: Timestamp, desired: u32) -> Self {
        Self { at, desired, perhaps: None, in_part: false, replaced: None }
    }

    /// What `change`, which was carried out, leaves.
    pub(super) fn after(change: Change) -> Self {
        let Change { at, from, to } = change;
        Self { replaced: Some(from).filter(|from| *from != to), ..Self::surely(at, to) }
    }

    /// Whether it is our own doing that there are `found` instances where `desired` were left.
    fn explains(&self, found: u32) -> bool {
        let Some(perhaps) = self.perhaps else { return false };
        let part = self.desired.min(perhaps)..=self.desired.max(perhaps);
        found == perhaps || (self.in_part && part.contains(&found))
    }
}

/// That someone else changed the capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignChange {
    /// When it was noticed.
    pub at: Timestamp,
    /// What we had left.
    pub expected: u32,
    /// What was found.
    pub found: u32,
}

/// Compares what is there with what the last tick left. A group that is only scaled out is scaled in by someone else: that is no
/// news.
pub(super) fn notice(past: &mut Past, group: &Group, capacity: CapacityState, now: Timestamp) {
    let Some(known) = past.known.filter(|_| group.mode.writes()) else { return };
    let found = capacity.desired;
    if found == known.desired || past.late_size(group, found, now).is_some() {
        return;
    }
    if known.explains(found) {
        past.applied(Change { at: known.at, from: known.desired, to: found });
        return;
    }
    if group.mode != Mode::ScaleOutOnly || found > known.desired {
        past.foreign = Some(ForeignChange { at: now, expected: known.desired, found });
    }
    past.known = Some(Known::surely(now, found));
}

/// While a foreign change is young, nothing is removed; and where it removed instances, only those come back that the load
/// measured now takes, of which there are `floor`.
pub(super) fn leave_alone(situation: &Situation<'_>, floor: u32, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let hold = SignedDuration::from_mins(i64::from(situation.group.foreign_hold_minutes));
    let young = |foreign: &ForeignChange| situation.now < foreign.at + hold;
    let Some(foreign) = situation.past.foreign.filter(young) else { return wanted };
    let before = situation.capacity.desired;
    let ForeignChange { at, expected, found } = foreign;
    reasons.push(Reason::ForeignWriter { at, expected, found, until: at + hold });
    if found < expected { wanted.min(before.max(floor)) } else { wanted }.max(before)
}
