//! What a stretch of the world cost, and what it failed to carry.

use serde::{Deserialize, Serialize};

/// Sums over the replayed minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Whole minutes that were replayed.
    pub minutes: u64,
    /// Seconds billed over all instances, each from its launch to its removal.
    pub instance_seconds: u64,
    /// Minutes with fewer instances in service than demand.
    pub violation_minutes: u64,
    /// Instances that demand had and service had not, summed over the minutes.
    pub unserved_instance_minutes: u64,
    /// Demand summed over the minutes, in instances.
    pub demand_instance_minutes: u64,
    /// How often capacity was raised.
    pub scale_outs: u64,
    /// How often capacity was cut.
    pub scale_ins: u64,
}

impl Account {
    /// Hours billed over all instances.
    #[must_use]
    pub fn instance_hours(&self) -> f64 {
        self.instance_seconds as f64 / 3600.0
    }

    /// Share of the minutes that were violations, 0 to 1; 0 of no minutes.
    #[must_use]
    pub fn violation_share(&self) -> f64 {
        share(self.violation_minutes, self.minutes)
    }

    /// Share of the demand that was not in service, 0 to 1; 0 of no minutes.
    #[must_use]
    pub fn unserved_share(&self) -> f64 {
        share(self.unserved_instance_minutes, self.demand_instance_minutes)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
