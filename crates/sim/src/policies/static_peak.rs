//! `static-peak`: as many instances as the history ever took, always.

use crate::{
    replay::{Policy, Seen},
    rules::WorldRules,
    workload::Workload,
};

/// A group that never scales.
#[derive(Debug, Clone, Copy)]
pub struct StaticPeak {
    instances: u32,
}

impl StaticPeak {
    /// Sized for the highest demand of the history of `workload`.
    #[must_use]
    pub fn of(workload: &Workload, rules: &WorldRules) -> Self {
        Self { instances: workload.static_peak(rules) }
    }
}

impl Policy for StaticPeak {
    fn decide(&mut self, _seen: &Seen<'_>) -> Option<u32> {
        Some(self.instances)
    }
}
