//! `fleet.toml`: the groups, and what their owners want for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::observation::Column;

/// What Headroom may do to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Decide and record, never write.
    #[default]
    Observe,
    /// Write only what raises capacity.
    ScaleOutOnly,
    /// Write every decision.
    Active,
    /// Do nothing for this group.
    Off,
}

/// The longest stabilization window, in minutes: earlier needs are not remembered.
pub const STABILIZATION_MINUTES_MAX: u32 = 180;

/// How a decision reaches the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Apply {
    /// Sets the group's desired capacity.
    #[default]
    Desired,
    /// Raises the group's minimum and leaves scaling above it to the cloud.
    Floor,
}

/// Which rule turns a forecast into capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// The quantile of the largest load ahead, with guards.
    #[default]
    Headroom,
    /// Predicted CPU above one bound adds an instance, below another removes one.
    Threshold,
}

/// A metric of the cloud that fills one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricSource {
    /// For example `AWS/ApplicationELB`.
    pub namespace: String,
    /// For example `RequestCount`.
    pub metric: String,
    /// What tells this series from others of the metric.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// For example `Sum`; `Average` by default.
    #[serde(default = "average")]
    pub statistic: String,
}

fn average() -> String {
    "Average".to_owned()
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
    /// Step of the observations, 60 or 300 seconds. 300 by default.
    pub step_seconds: i64,
    /// The objective: no instance above this share of its CPU. 0.85 by default.
    pub max_utilization: f64,
    /// Fewest instances; the group's own by default.
    pub min_instances: Option<u32>,
    /// Most instances; the group's own by default.
    pub max_instances: Option<u32>,
    /// Quantile of the largest load ahead that capacity must carry. 0.99 by default.
    pub risk_quantile: f64,
    /// From a decision to an instance in service, in seconds, until it has been learned. 180 by default.
    pub lead_time_seconds: i64,
    /// Scale-in waits until every decision of so many minutes agreed. 15 by default, at most 180.
    pub stabilization_minutes: u32,
    /// Metrics older than this many seconds are stale: capacity is held. 900 by default.
    pub stale_after_seconds: i64,
    /// `threshold`: predicted CPU above it adds an instance, in percent. 70 by default.
    pub threshold_high_percent: f64,
    /// `threshold`: predicted CPU below it removes an instance, in percent. 35 by default.
    pub threshold_low_percent: f64,
    /// Price of an instance-hour. Without it, no costs are reported.
    pub price_per_hour: Option<f64>,
    /// What a minute with too few instances costs.
    pub violation_cost_per_minute: Option<f64>,
    /// Requests per step that one instance serves. With it load is counted in requests, without it in CPU.
    pub requests_per_instance: Option<f64>,
    /// Metrics of the cloud other than the usual ones, by column.
    pub metrics: BTreeMap<Column, MetricSource>,
}

impl Group {
    /// A group of that name with every default, provider `simulated`.
    #[must_use]
    pub fn simulated(id: &str) -> Self {
        GroupFile { id: Some(id.to_owned()), provider: Some("simulated".to_owned()), ..GroupFile::default() }
            .resolved(&GroupFile::default())
    }
}

/// The fleet: all groups of one configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// The groups, in the order of the file.
    pub groups: Vec<Group>,
}

/// Everything that is wrong with a configuration, at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct FleetError {
    /// One line each.
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FleetFile {
    #[serde(default)]
    defaults: GroupFile,
    #[serde(default, rename = "group")]
    groups: Vec<GroupFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    id: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    auto_scaling_group: Option<String>,
    mode: Option<Mode>,
    apply: Option<Apply>,
    policy: Option<PolicyName>,
    step_seconds: Option<i64>,
    max_utilization: Option<f64>,
    min_instances: Option<u32>,
    max_instances: Option<u32>,
    risk_quantile: Option<f64>,
    lead_time_seconds: Option<i64>,
    stabilization_minutes: Option<u32>,
    stale_after_seconds: Option<i64>,
    threshold_high_percent: Option<f64>,
    threshold_low_percent: Option<f64>,
    price_per_hour: Option<f64>,
    violation_cost_per_minute: Option<f64>,
    requests_per_instance: Option<f64>,
    metrics: Option<BTreeMap<Column, MetricSource>>,
}

impl GroupFile {
    fn resolved(self, defaults: &Self) -> Group {
        Group {
            id: self.id.unwrap_or_default(),
            provider: self.provider.or_else(|| defaults.provider.clone()).unwrap_or_else(|| "aws".to_owned()),
            region: self.region.or_else(|| defaults.region.clone()),
            auto_scaling_group: self.auto_scaling_group,
            mode: self.mode.or(defaults.mode).unwrap_or_default(),
            apply: self.apply.or(defaults.apply).unwrap_or_default(),
            policy: self.policy.or(defaults.policy).unwrap_or_default(),
            step_seconds: self.step_seconds.or(defaults.step_seconds).unwrap_or(300),
            max_utilization: self.max_utilization.or(defaults.max_utilization).unwrap_or(0.85),
            min_instances: self.min_instances.or(defaults.min_instances),
            max_instances: self.max_instances.or(defaults.max_instances),
            risk_quantile: self.risk_quantile.or(defaults.risk_quantile).unwrap_or(0.99),
            lead_time_seconds: self.lead_time_seconds.or(defaults.lead_time_seconds).unwrap_or(180),
            stabilization_minutes: self.stabilization_minutes.or(defaults.stabilization_minutes).unwrap_or(15),
            stale_after_seconds: self.stale_after_seconds.or(defaults.stale_after_seconds).unwrap_or(900),
            threshold_high_percent: self.threshold_high_percent.or(defaults.threshold_high_percent).unwrap_or(70.0),
            threshold_low_percent: self.threshold_low_percent.or(defaults.threshold_low_percent).unwrap_or(35.0),
            price_per_hour: self.price_per_hour.or(defaults.price_per_hour),
            violation_cost_per_minute: self.violation_cost_per_minute.or(defaults.violation_cost_per_minute),
            requests_per_instance: self.requests_per_instance.or(defaults.requests_per_instance),
            metrics: self.metrics.or_else(|| defaults.metrics.clone()).unwrap_or_default(),
        }
    }
}

impl Fleet {
    /// Reads and checks `fleet.toml`.
    ///
    /// # Errors
    /// [`FleetError`] with every problem of the file.
    pub fn from_toml(text: &str) -> Result<Self, FleetError> {
        let file: FleetFile =
            toml::from_str(text).map_err(|error| FleetError { problems: vec![error.to_string().trim_end().to_owned()] })?;
        let FleetFile { defaults, groups } = file;
        let fleet = Self { groups: groups.into_iter().map(|group| group.resolved(&defaults)).collect() };
        let problems = fleet.problems();
        if problems.is_empty() { Ok(fleet) } else { Err(FleetError { problems }) }
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.groups.is_empty() {
            problems.push("there is no `[[group]]`: add one with an `id`".to_owned());
        }
        for (index, group) in self.groups.iter().enumerate() {
            if self.groups[..index].iter().any(|earlier| earlier.id == group.id) {
                problems.push(format!("group `{}` is there twice: rename or remove one", group.id));
            }
            problems.extend(group_problems(index, group));
        }
        problems
    }
}

/// Whether `id` can stand in a key: letters, digits, `-` and `_`, at most 128 of them.
#[must_use]
pub fn is_group_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn group_problems(index: usize, group: &Group) -> Vec<String> {
    if !is_group_id(&group.id) {
        return vec![format!("group {}: `id` is `{}`: use letters, digits, `-` and `_`", index + 1, group.id)];
    }
    let mut problems = Vec::new();
    let mut require = |holds: bool, problem: String| {
        if !holds {
            problems.push(format!("{problem} in group `{}`", group.id));
        }
    };
    if let (Some(min), Some(max)) = (group.min_instances, group.max_instances) {
        require(min <= max, format!("`min_instances` = {min} is above `max_instances` = {max}"));
    }
    require(
        group.step_seconds == 60 || group.step_seconds == 300,
        format!("`step_seconds` = {} is neither 60 nor 300", group.step_seconds),
    );
    let shares = [("max_utilization", group.max_utilization), ("risk_quantile", group.risk_quantile)];
    for (name, value) in shares {
        require(value > 0.0 && value <= 1.0, format!("`{name}` = {value} is not above 0 and at most 1"));
    }
    require(
        group.threshold_low_percent < group.threshold_high_percent,
        format!(
            "`threshold_low_percent` = {} is not below `threshold_high_percent` = {}",
            group.threshold_low_percent, group.threshold_high_percent
        ),
    );
    require(
        group.stabilization_minutes <= STABILIZATION_MINUTES_MAX,
        format!("`stabilization_minutes` = {} is above {STABILIZATION_MINUTES_MAX}", group.stabilization_minutes),
    );
    require(group.lead_time_seconds >= 0, format!("`lead_time_seconds` = {} is negative", group.lead_time_seconds));
    require(
        group.stale_after_seconds >= group.step_seconds,
        format!("`stale_after_seconds` = {} is shorter than a step", group.stale_after_seconds),
    );
    let positive = [
        ("price_per_hour", group.price_per_hour),
        ("violation_cost_per_minute", group.violation_cost_per_minute),
        ("requests_per_instance", group.requests_per_instance),
    ];
    for (name, value) in positive {
        require(value.is_none_or(|value| value > 0.0 && value.is_finite()), format!("`{name}` is not a positive number"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_take_the_defaults_of_the_file_and_then_ours() {
        let fleet = Fleet::from_toml(
            r#"
            [defaults]
            max_utilization = 0.6
            [[group]]
            id = "web"
            region = "eu-central-1"
            auto_scaling_group = "web-asg"
            min_instances = 2
            max_instances = 40
            [group.metrics.request_count]
            namespace = "AWS/ApplicationELB"
            metric = "RequestCount"
            dimensions = { TargetGroup = "targetgroup/web/0123456789abcdef" }
            statistic = "Sum"
            "#,
        )
        .unwrap();
        let web = fleet.group("web").unwrap();
        assert_eq!((web.mode, web.max_utilization, web.step_seconds), (Mode::Observe, 0.6, 300));
        assert_eq!(web.metrics[&Column::RequestCount].statistic, "Sum");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let error = Fleet::from_toml(
            "[[group]]\nid = \"a b\"\n[[group]]\nid = \"web\"\nmin_instances = 7\nmax_instances = 5\nstep_seconds = 7\nmax_utilization = 85\n[[group]]\nid = \"web\"\n",
        )
        .unwrap_err();
        insta::assert_snapshot!(error);
        insta::assert_snapshot!(Fleet::from_toml("[[group]]\nid = \"web\"\nmin = 3\n").unwrap_err());
    }
}
