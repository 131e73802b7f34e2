//! One group, with every default filled in.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Apply, Approval, MetricSource, Mode, PolicyName, Risk, ScheduleEntry, file::GroupFile};
use crate::observation::Column;

/// At least so many instances for a while, because an operator wants it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocated {
    /// Fewest instances.
    pub instances: u32,
    /// Until then.
    pub until: Timestamp,
    /// Who wants it.
    pub by: String,
}

/// One group, with every default filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Names the group in keys, JSON and logs: letters, digits, `-` and `_`.
    pub id: String,
    /// `aws`, or `simulated`.
    pub provider: String,
    /// The cloud's region.
    pub region: Option<String>,
    /// Name of the EC2 Auto Scaling group.
    pub auto_scaling_group: Option<String>,
    /// What may be done. `observe` by default.
    pub mode: Mode,
    /// How it is done. `desired` by default.
    pub apply: Apply,
    /// The rule. `headroom` by default.
    pub policy: PolicyName,
    /// Which decisions wait for an operator. `none` by default.
    pub approval: Approval,
    /// How long they wait, in minutes, before they are dropped. 30 by default, at most 1440.
    pub approval_minutes: u32,
    /// Step of the observations, 60 or 300 seconds. 300 by default.
    pub step_seconds: i64,
    /// The objective: no instance above this share of its CPU. 0.85 by default.
    pub max_utilization: f64,
    /// The utilization that the reactive rule aims at: the policy `reactive`, and whatever decides in place of a forecast that is
    /// not there. At most `max_utilization`; 0.6 by default, or `max_utilization` where that is lower.
    pub reactive_target: f64,
    /// Fewest instances; the group's own by default.
    pub min_instances: Option<u32>,
    /// Most instances; the group's own by default.
    pub max_instances: Option<u32>,
    /// Quantile of the largest load ahead that capacity must carry. By default what `price_per_hour` and
    /// `violation_cost_per_minute` make of it, else 0.99: see [`Group::risk`].
    pub risk_quantile: Option<f64>,
    /// From a decision to an instance in service, in seconds, until it has been learned. 180 by default, at most 3600.
    pub lead_time_seconds: i64,
    /// Scale-in waits until every decision of so many minutes agreed. 5 by default, at most 180.
    pub stabilization_minutes: u32,
    /// No scale-in so many minutes after any change. 0 by default, at most 180.
    pub cooldown_minutes: u32,
    /// Most instances that one decision adds; without limit by default.
    pub scale_out_limit: Option<u32>,
    /// Most instances that one decision removes; without limit by default.
    pub scale_in_limit: Option<u32>,
    /// After a load that fell below half of what was thought possible: no scale-in for so many minutes. 15 by default, at most
    /// 180; 0 turns it off.
    pub sudden_drop_hold_minutes: u32,
    /// Changes of direction within three hours, beyond which scale-in waits. 12 by default.
    pub reversals_max: u32,
    /// Metrics older than this many seconds are stale: capacity is held. 900 by default, at most 86400.
    pub stale_after_seconds: i64,
    /// How long capacity is held on stale or missing metrics, in minutes, before an alarm is raised. 60 by default, at most 1440.
    pub hold_minutes: u32,
    /// Instances to go to once the hold is over, never fewer than the minimum; without it capacity stays as it is.
    pub blind_instances: Option<u32>,
    /// How long someone else's change of capacity is left alone, in minutes. 30 by default, at most 1440; 0 turns it off.
    pub foreign_hold_minutes: u32,
    /// `threshold`: predicted CPU above it adds an instance, in percent. 70 by default.
    pub threshold_high_percent: f64,
    /// `threshold`: predicted CPU below it removes an instance, in percent. 35 by default.
    pub threshold_low_percent: f64,
    /// `schedule`: the hours with a size of their own.
    pub schedule: Vec<ScheduleEntry>,
    /// `schedule`: the clock that its hours are told by, for example `Europe/Berlin`. UTC by default.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub time_zone: TimeZone,
    /// Price of an instance-hour. Without it, no costs are reported.
    pub price_per_hour: Option<f64>,
    /// What a minute with too few instances costs.
    pub violation_cost_per_minute: Option<f64>,
    /// Requests per step that one instance serves. With it load is counted in requests, without it in CPU.
    pub requests_per_instance: Option<f64>,
    /// Metrics of the cloud other than the usual ones, by column.
    pub metrics: BTreeMap<Column, MetricSource>,
    /// What an operator has allocated. No setting of the file: whoever decides puts it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocated: Option<Allocated>,
}

impl Group {
    /// A group of that name with every default, provider `simulated`.
    #[must_use]
    pub fn simulated(id: &str) -> Self {
        GroupFile::named(id, "simulated").resolved(&GroupFile::default())
    }

    /// How sure the group wants to be, and what says so.
    #[must_use]
    pub fn risk(&self) -> Risk {
        Risk::of(self.risk_quantile, self.price_per_hour, self.violation_cost_per_minute)
    }

    /// The quantile of the largest load ahead that capacity must carry.
    #[must_use]
    pub fn risk_quantile(&self) -> f64 {
        self.risk().quantile
    }
}
