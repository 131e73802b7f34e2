//! `fleet.toml`: the groups, and what their owners want for them.

mod file;
mod group;
mod problems;
mod risk;
mod schedule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use group::{Allocated, Group};
pub use risk::{RISK_QUANTILE_DEFAULT, Risk, RiskSource};
pub(crate) use schedule::largest_between;
pub use schedule::{Day, ScheduleEntry, Scheduled};

/// What Headroom may do to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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

impl Mode {
    /// Whether anything may ever be written.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::ScaleOutOnly | Self::Active)
    }

    /// As in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::ScaleOutOnly => "scale-out-only",
            Self::Active => "active",
            Self::Off => "off",
        }
    }
}

/// The longest stabilization window, in minutes: earlier needs and changes are not remembered.
pub const STABILIZATION_MINUTES_MAX: u32 = 180;

/// The longest hold and the longest wait for an operator, in minutes: a day.
pub const HOLD_MINUTES_MAX: u32 = 1440;

/// The longest lead time, in seconds: forecasts reach an hour ahead.
pub const LEAD_TIME_SECONDS_MAX: i64 = 3600;

/// The most groups of a fleet: every tick reads each of them.
pub const GROUPS_MAX: usize = 1_000;

/// How a decision reaches the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Apply {
    /// Sets the group's desired capacity.
    #[default]
    Desired,
    /// Raises the group's minimum and leaves scaling above it to the cloud.
    Floor,
}

/// Which decisions wait for an operator before they are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// None.
    #[default]
    None,
    /// Those that remove instances.
    ScaleIn,
    /// Those that change capacity.
    All,
}

/// Which rule turns what is known into capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// The quantile of the largest load ahead, with guards.
    #[default]
    Headroom,
    /// Predicted CPU above one bound adds an instance, below another removes one.
    Threshold,
    /// Target tracking on the load measured now.
    Reactive,
    /// Hours of the week with a size of their own.
    Schedule,
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

impl Fleet {
    /// Reads and checks `fleet.toml`.
    ///
    /// # Errors
    /// [`FleetError`] with every problem of the file.
    pub fn from_toml(text: &str) -> Result<Self, FleetError> {
        let file: file::FleetFile =
            toml::from_str(text).map_err(|error| FleetError { problems: vec![error.to_string().trim_end().to_owned()] })?;
        let file::FleetFile { defaults, groups } = file;
        if groups.len() > GROUPS_MAX {
            let problem = format!(
                "there are {} `[[group]]`: at most {GROUPS_MAX} are allowed, divide them among several stores",
                groups.len()
            );
            return Err(FleetError { problems: vec![problem] });
        }
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
            problems.extend(problems::group_problems(index, group));
        }
        problems
    }
}

/// Whether `id` can stand in a key: letters, digits, `-` and `_`, at most 128 of them.
#[must_use]
pub fn is_group_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
#[cfg(test)]
mod tests;
