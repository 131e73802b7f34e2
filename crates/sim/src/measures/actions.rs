//! How often capacity was changed.

use std::cmp::Ordering;

use crate::world::Minute;

/// Changes of the number of instances asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Actions {
    /// Times that it was raised.
    pub scale_outs: u64,
    /// Times that it was cut.
    pub scale_ins: u64,
    /// Times that it was cut after it had last been raised, or raised after it had last been cut.
    pub reversals: u64,
}

impl Actions {
    /// Of a group that starts with `first` instances and is decided on once in each of `minutes`.
    #[must_use]
    pub fn of(first: u32, minutes: &[Minute]) -> Self {
        let mut actions = Self::default();
        let (mut desired, mut last) = (first, Ordering::Equal);
        for minute in minutes {
            let change = minute.desired.cmp(&desired);
            desired = minute.desired;
            match change {
                Ordering::Greater => actions.scale_outs += 1,
                Ordering::Less => actions.scale_ins += 1,
                Ordering::Equal => continue,
            }
            actions.reversals += u64::from(last == change.reverse());
            last = change;
        }
        actions
    }
}
