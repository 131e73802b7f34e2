//! One row of history: what a group did during one step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::INTENSITY_MAX;

/// A measured quantity of a group; its name is the CSV header and the JSON field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Mean CPU of the instances in service, in percent.
    CpuUtilization,
    /// Bytes received in the step, over all instances.
    NetworkIn,
    /// Requests in the step, over all instances.
    RequestCount,
    /// Mean number of instances in service during the step.
    InServiceInstances,
    /// 1 while an event of the calendar goes on, else 0; or the event's intensity.
    IsSaleActive,
}

impl Column {
    /// Every column, in the order of the CSV header.
    pub const ALL: [Self; 5] =
        [Self::CpuUtilization, Self::NetworkIn, Self::RequestCount, Self::InServiceInstances, Self::IsSaleActive];

    /// The columns that can be forecast, the preferred one first.
    pub const TARGETS: [Self; 3] = [Self::RequestCount, Self::CpuUtilization, Self::NetworkIn];

    /// The unit of its values.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::CpuUtilization => "percent",
            Self::NetworkIn => "bytes per step",
            Self::RequestCount => "requests per step",
            Self::InServiceInstances => "instances",
            Self::IsSaleActive => "intensity",
        }
    }

    /// The CSV header and JSON field name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuUtilization => "cpu_utilization",
            Self::NetworkIn => "network_in",
            Self::RequestCount => "request_count",
            Self::InServiceInstances => "in_service_instances",
            Self::IsSaleActive => "is_sale_active",
        }
    }

    /// The column of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// The largest value that a step can have, in its [`Column::unit`]: a hundred cores at work where each counts for itself, an exabyte,
    /// a quadrillion requests, a million instances. What lies beyond was not measured, it is garbage.
    #[must_use]
    pub fn largest(self) -> f64 {
        match self {
            Self::CpuUtilization => 1e4,
            Self::NetworkIn => 1e18,
            Self::RequestCount => 1e15,
            Self::InServiceInstances => 1e6,
            Self::IsSaleActive => INTENSITY_MAX,
        }
    }

    /// Whether a step can have `value`.
    #[must_use]
    pub fn can_be(self, value: f64) -> bool {
        (0.0..=self.largest()).contains(&value)
    }

    /// Whether the value is a sum over the step (so that five minutes add up) rather than a mean.
    #[must_use]
    pub fn is_sum(self) -> bool {
        matches!(self, Self::NetworkIn | Self::RequestCount)
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What a group did during the step that starts at `timestamp`. Absent is absent, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Observation {
    /// Start of the step.
    pub timestamp: Timestamp,
    /// Mean CPU of the instances in service, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_utilization: Option<f64>,
    /// Bytes received in the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_in: Option<f64>,
    /// Requests in the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_count: Option<f64>,
    /// Mean number of instances in service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_service_instances: Option<f64>,
    /// 0, 1 or an event's intensity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_sale_active: Option<f64>,
}

impl Observation {
    /// An observation of nothing at `timestamp`.
    #[must_use]
    pub fn at(timestamp: Timestamp) -> Self {
        Self {
            timestamp,
            cpu_utilization: None,
            network_in: None,
            request_count: None,
            in_service_instances: None,
            is_sale_active: None,
        }
    }

    /// The value of `column`.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<f64> {
        match column {
            Column::CpuUtilization => self.cpu_utilization,
            Column::NetworkIn => self.network_in,
            Column::RequestCount => self.request_count,
            Column::InServiceInstances => self.in_service_instances,
            Column::IsSaleActive => self.is_sale_active,
        }
    }

    /// Sets the value of `column`.
    pub fn set(&mut self, column: Column, value: Option<f64>) {
        let slot = match column {
            Column::CpuUtilization => &mut self.cpu_utilization,
            Column::NetworkIn => &mut self.network_in,
            Column::RequestCount => &mut self.request_count,
            Column::InServiceInstances => &mut self.in_service_instances,
            Column::IsSaleActive => &mut self.is_sale_active,
        };
        *slot = value;
    }

    /// Takes every value that `newer` has and keeps the others.
    pub fn merge(&mut self, newer: &Self) {
        for column in Column::ALL {
            if let Some(value) = newer.get(column) {
                self.set(column, Some(value));
            }
        }
    }

    /// The load in instance-equivalents: requests / `requests_per_instance` where that is configured, else
    /// CPU / 100 x instances in service. A row without an instance count is read as one instance, but only where the
    /// whole source has none (`count_known` false): a count that is missing from one row is missing.
    #[must_use]
    pub fn load(&self, requests_per_instance: Option<f64>, count_known: bool) -> Option<f64> {
        if let Some(per_instance) = requests_per_instance {
            return self.request_count.map(|requests| requests / per_instance);
        }
        let instances = if count_known { self.in_service_instances? } else { 1.0 };
        Some(self.cpu_utilization? / 100.0 * instances)
    }
}
