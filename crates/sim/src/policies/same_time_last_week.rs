//! `same-time-last-week`: what was needed a week ago, with a margin.

use crate::replay::{Policy, Seen, TICK_MINUTES};

/// A week, in minutes.
const WEEK: usize = 7 * 24 * 60;

/// What stands in for the week where the history is shorter.
const DAY: usize = 24 * 60;

/// Sizes the group for the largest load that the look-ahead had a week before: from now to now + boot delay + one tick.
#[derive(Debug, Clone, Copy)]
pub struct SameTimeLastWeek {
    margin: f64,
}

impl SameTimeLastWeek {
    /// Provides `margin` times the load of a week ago.
    #[must_use]
    pub fn with_margin(margin: f64) -> Self {
        Self { margin }
    }
}

impl Policy for SameTimeLastWeek {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        if !seen.is_tick() {
            return None;
        }
        let then = seen.minute.checked_sub(WEEK).or(seen.minute.checked_sub(DAY))?;
        let look_ahead = seen.rules.boot_minutes() + TICK_MINUTES;
        // All of it has been measured: the look-ahead is shorter than a day.
        let loads = seen.loads.get(then..)?;
        let highest = loads.iter().take(look_ahead).copied().reduce(f64::max)?;
        Some(seen.rules.demand(highest * self.margin))
    }
}
