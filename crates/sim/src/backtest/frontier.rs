//! The frontier: what each setting of a knob costs, and what it lets through.

use serde::{Deserialize, Serialize};

use super::{Backtest, Family};
use crate::account::Account;

/// One setting of one family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrontierPoint {
    /// The family's name.
    pub name: String,
    /// What else was set, where it was not the family's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The setting; none of a family without a knob.
    pub knob: Option<f64>,
    /// Hours billed over all instances.
    pub instance_hours: f64,
    /// What they cost.
    pub cost: f64,
    /// Share of the minutes with fewer instances in service than demand, 0 to 1.
    pub violation_share: f64,
    /// Their number.
    pub violation_minutes: u64,
}

impl FrontierPoint {
    /// Of the sums of one replay of `family`.
    #[must_use]
    pub fn new(family: &Family<'_>, knob: Option<f64>, account: &Account, price_per_hour: f64) -> Self {
        Self {
            name: family.name().to_owned(),
            variant: family.variant().map(str::to_owned),
            knob,
            instance_hours: account.instance_hours(),
            cost: account.instance_hours() * price_per_hour,
            violation_share: account.violation_share(),
            violation_minutes: account.violation_minutes,
        }
    }
}

impl Backtest {
    /// The cheapest setting of the family `name` whose violations are at or below `violation_share_max` of the minutes, the
    /// first of equals; none where no setting is.
    #[must_use]
    pub fn cheapest_within(&self, name: &str, violation_share_max: f64) -> Option<&FrontierPoint> {
        let allowed = |point: &&FrontierPoint| point.name == name && point.violation_share <= violation_share_max;
        self.frontier.iter().filter(allowed).min_by(|a, b| a.instance_hours.total_cmp(&b.instance_hours))
    }
}
