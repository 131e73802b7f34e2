//! What a stretch of a replay comes to, in instance-hours, violation minutes and money.

use headroom_sim::Minute;
use serde::Serialize;

/// What is paid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Prices {
    /// For an instance-hour.
    pub(crate) price_per_hour: f64,
    /// For a minute with too few instances, where that is known.
    pub(crate) violation_cost_per_minute: Option<f64>,
}

/// Sums over some minutes of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// How many minutes.
    pub(crate) minutes: u64,
    /// Hours billed over all instances.
    pub(crate) instance_hours: f64,
    /// What they cost.
    pub(crate) cost: f64,
    /// Minutes with fewer instances in service than demand.
    pub(crate) violation_minutes: u64,
    /// Their share, 0 to 1.
    pub(crate) violation_share: f64,
    /// Cost of instances and violations, where the price of both is known.
    pub(crate) total: Option<f64>,
}

impl Figures {
    /// Of `minutes` at `prices`. Billing follows the instances asked for, from launch to removal.
    pub(crate) fn of(minutes: &[Minute], prices: Prices) -> Self {
        let instance_minutes: u64 = minutes.iter().map(|minute| u64::from(minute.desired)).sum();
        let violation_minutes = minutes.iter().filter(|minute| minute.is_violation()).count() as u64;
        let instance_hours = instance_minutes as f64 / 60.0;
        let cost = instance_hours * prices.price_per_hour;
        Self {
            minutes: minutes.len() as u64,
            instance_hours,
            cost,
            violation_minutes,
            violation_share: violation_minutes as f64 / minutes.len().max(1) as f64,
            total: prices.violation_cost_per_minute.map(|price| cost + price * violation_minutes as f64),
        }
    }
}

/// The same policy on both halves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Halves {
    /// The half by which settings are chosen.
    pub(crate) choosing: Figures,
    /// The half that only confirms.
    pub(crate) confirming: Figures,
}
