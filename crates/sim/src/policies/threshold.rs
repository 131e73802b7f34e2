//! `threshold`: every five minutes one more where the last five were busy, one fewer where they were quiet.

use crate::replay::{Policy, Seen};

/// Minutes that a decision looks back on.
const MINUTES: usize = 5;

/// The step rule.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    /// Mean utilization above it adds one. 0.70 by default.
    pub high: f64,
    /// Mean utilization below it removes one. 0.35 by default.
    pub low: f64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { high: 0.70, low: 0.35 }
    }
}

impl Policy for Threshold {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        if !seen.is_tick() {
            return None;
        }
        let utilization = seen.mean_utilization(MINUTES)?;
        if utilization > self.high {
            Some(seen.desired.saturating_add(1))
        } else if utilization < self.low {
            Some(seen.desired.saturating_sub(1))
        } else {
            None
        }
    }
}
