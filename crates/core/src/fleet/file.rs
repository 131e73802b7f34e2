//! `fleet.toml` as it is written: everything may be left out.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Apply, Approval, Group, MetricSource, Mode, PolicyName, ScheduleEntry};
use crate::observation::Column;

/// The reactive rule's target where none is configured, as far as the objective allows it: two thirds of the usual objective,
/// since load that is only followed grows by half before instances that are asked for are there.
const REACTIVE_TARGET: f64 = 0.6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FleetFile {
    #[serde(default)]
    pub(super) defaults: GroupFile,
    #[serde(default, rename = "group")]
    pub(super) groups: Vec<GroupFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    id: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    auto_scaling_group: Option<String>,
    mode: Option<Mode>,
    apply: Option<Apply>,
    policy: Option<PolicyName>,
    approval: Option<Approval>,
    approval_minutes: Option<u32>,
    step_seconds: Option<i64>,
    max_utilization: Option<f64>,
    reactive_target: Option<f64>,
    min_instances: Option<u32>,
    max_instances: Option<u32>,
    risk_quantile: Option<f64>,
    lead_time_seconds: Option<i64>,
    stabilization_minutes: Option<u32>,
    cooldown_minutes: Option<u32>,
    scale_out_limit: Option<u32>,
    scale_in_limit: Option<u32>,
    sudden_drop_hold_minutes: Option<u32>,
    reversals_max: Option<u32>,
    stale_after_seconds: Option<i64>,
    hold_minutes: Option<u32>,
    blind_instances: Option<u32>,
    foreign_hold_minutes: Option<u32>,
    threshold_high_percent: Option<f64>,
    threshold_low_percent: Option<f64>,
    schedule: Option<Vec<ScheduleEntry>>,
    #[serde(default, deserialize_with = "time_zone")]
    time_zone: Option<TimeZone>,
    price_per_hour: Option<f64>,
    violation_cost_per_minute: Option<f64>,
    requests_per_instance: Option<f64>,
    metrics: Option<BTreeMap<Column, MetricSource>>,
}

fn time_zone<'de, D: Deserializer<'de>>(from: D) -> Result<Option<TimeZone>, D::Error> {
    let name = String::deserialize(from)?;
    TimeZone::get(&name)
        .map(Some)
        .map_err(|_| D::Error::custom(format!("`{name}` is no time zone: use a name such as `Europe/Berlin` or `UTC`")))
}

impl GroupFile {
    /// A group of which only name and provider are given.
    pub(super) fn named(id: &str, provider: &str) -> Self {
        Self { id: Some(id.to_owned()), provider: Some(provider.to_owned()), ..Self::default() }
    }

    /// The group, with what it leaves out from `defaults`, and then from ours.
    pub(super) fn resolved(self, defaults: &Self) -> Group {
        let max_utilization = self.max_utilization.or(defaults.max_utilization).unwrap_or(0.85);
        Group {
            id: self.id.unwrap_or_default(),
            provider: self.provider.or_else(|| defaults.provider.clone()).unwrap_or_else(|| "aws".to_owned()),
            region: self.region.or_else(|| defaults.region.clone()),
            auto_scaling_group: self.auto_scaling_group,
            mode: self.mode.or(defaults.mode).unwrap_or_default(),
            apply: self.apply.or(defaults.apply).unwrap_or_default(),
            policy: self.policy.or(defaults.policy).unwrap_or_default(),
            approval: self.approval.or(defaults.approval).unwrap_or_default(),
            approval_minutes: self.approval_minutes.or(defaults.approval_minutes).unwrap_or(30),
            step_seconds: self.step_seconds.or(defaults.step_seconds).unwrap_or(300),
            max_utilization,
            // `min`, but for what is no number, which is to be told and not hidden.
            reactive_target: self.reactive_target.or(defaults.reactive_target).unwrap_or(if max_utilization < REACTIVE_TARGET {
                max_utilization
            } else {
                REACTIVE_TARGET
            }),
            min_instances: self.min_instances.or(defaults.min_instances),
            max_instances: self.max_instances.or(defaults.max_instances),
            risk_quantile: self.risk_quantile.or(defaults.risk_quantile),
            lead_time_seconds: self.lead_time_seconds.or(defaults.lead_time_seconds).unwrap_or(180),
            stabilization_minutes: self.stabilization_minutes.or(defaults.stabilization_minutes).unwrap_or(5),
            cooldown_minutes: self.cooldown_minutes.or(defaults.cooldown_minutes).unwrap_or(0),
            scale_out_limit: self.scale_out_limit.or(defaults.scale_out_limit),
            scale_in_limit: self.scale_in_limit.or(defaults.scale_in_limit),
            sudden_drop_hold_minutes: self.sudden_drop_hold_minutes.or(defaults.sudden_drop_hold_minutes).unwrap_or(15),
            reversals_max: self.reversals_max.or(defaults.reversals_max).unwrap_or(12),
            stale_after_seconds: self.stale_after_seconds.or(defaults.stale_after_seconds).unwrap_or(900),
            hold_minutes: self.hold_minutes.or(defaults.hold_minutes).unwrap_or(60),
            blind_instances: self.blind_instances.or(defaults.blind_instances),
            foreign_hold_minutes: self.foreign_hold_minutes.or(defaults.foreign_hold_minutes).unwrap_or(30),
            threshold_high_percent: self.threshold_high_percent.or(defaults.threshold_high_percent).unwrap_or(70.0),
            threshold_low_percent: self.threshold_low_percent.or(defaults.threshold_low_percent).unwrap_or(35.0),
            schedule: self.schedule.or_else(|| defaults.schedule.clone()).unwrap_or_default(),
            time_zone: self.time_zone.or_else(|| defaults.time_zone.clone()).unwrap_or(TimeZone::UTC),
            price_per_hour: self.price_per_hour.or(defaults.price_per_hour),
            violation_cost_per_minute: self.violation_cost_per_minute.or(defaults.violation_cost_per_minute),
            requests_per_instance: self.requests_per_instance.or(defaults.requests_per_instance),
            metrics: self.metrics.or_else(|| defaults.metrics.clone()).unwrap_or_default(),
            allocated: None,
        }
    }
}
