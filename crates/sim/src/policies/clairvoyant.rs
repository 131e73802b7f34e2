//! `clairvoyant`: knows the future, but has to wait for boots too. The limit of every policy.

use std::sync::Arc;

use crate::{
    replay::{Policy, Seen},
    workload::Workload,
};

/// Sizes the group every minute for the largest demand from now to the minute that what is launched now is the first to
/// serve whole.
///
/// An instance that is launched as minute t begins serves from the start of minute t + boot minutes. So both ends count:
/// minute t itself, whose demand must not be cut, and minute t + boot minutes, which only a launch now can still reach. No
/// policy without violations is billed less in any minute, since capacity for each of these minutes has to be there or booting.
#[derive(Debug, Clone)]
pub struct Clairvoyant {
    workload: Arc<Workload>,
}

impl Clairvoyant {
    /// Knows all of `workload`.
    #[must_use]
    pub fn of(workload: &Arc<Workload>) -> Self {
        Self { workload: Arc::clone(workload) }
    }
}

impl Policy for Clairvoyant {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let loads = self.workload.loads();
        let last = (seen.minute + seen.rules.boot_minutes()).min(loads.len() - 1);
        let highest = loads[seen.minute.min(last)..=last].iter().copied().fold(0.0, f64::max);
        Some(seen.rules.demand(highest))
    }
}
