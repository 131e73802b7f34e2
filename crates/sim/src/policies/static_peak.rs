//! `static-peak`: as many instances as the history ever took, always.

use crate::{
    replay::{PlainPolicy, Seen},
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

impl PlainPolicy for StaticPeak {
    fn name(&self) -> &'static str {
        "static-peak"
    }

    fn decide(&mut self, _seen: &Seen<'_>) -> Option<u32> {
        Some(self.instances)
    }
}
