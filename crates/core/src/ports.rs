//! What a cloud has to offer: metrics to read, capacity to read and to set. Traits only; the clouds are elsewhere.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{fleet::Group, observation::Observation};

/// Why a cloud did not do what was asked, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It does not exist: someone has to correct the configuration.
    #[error("{0}")]
    NotFound(String),
    /// Too many calls: try again later.
    #[error("{0}")]
    Throttled(String),
    /// Not allowed: someone has to grant the right.
    #[error("{0}")]
    Denied(String),
    /// Something else is going on there: read again, then decide again.
    #[error("{0}")]
    Conflict(String),
    /// The cloud has no more instances: record what came, try again at the next tick.
    #[error("{0}")]
    InsufficientCapacity(String),
    /// Anything else: record it, try again at the next tick.
    #[error("{0}")]
    Other(String),
}

/// The size of a group as the cloud tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CapacityState {
    /// Instances asked for.
    pub desired: u32,
    /// Fewest instances the group allows.
    pub min: u32,
    /// Most instances the group allows.
    pub max: u32,
    /// Instances that take load now.
    pub in_service: u32,
    /// Instances that still boot.
    pub pending: u32,
    /// The step in which capacity can come: the greatest common divisor of the weights of a mixed group, whose sizes all count
    /// weights; 1 where all instances are equal.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub unit: u32,
}

fn one() -> u32 {
    1
}

fn is_one(unit: &u32) -> bool {
    *unit == 1
}

impl CapacityState {
    /// Fewest and most instances that both this group of the cloud and its configuration allow. Where the cloud's minimum is above the
    /// configured maximum, the minimum counts.
    #[must_use]
    pub fn bounds(&self, configured: &Group) -> (u32, u32) {
        let max = configured.max_instances.unwrap_or(u32::MAX).max(self.min).min(self.max);
        let min = configured.min_instances.unwrap_or(0).max(self.min).min(max);
        (min, max)
    }

    /// The group as one sees it who sets its minimum and leaves the rest to the cloud (`apply = "floor"`): what is asked for is
    /// the minimum, and `given_back` is what it is when nothing is asked for.
    #[must_use]
    pub fn as_floor(self, given_back: u32) -> Self {
        Self { desired: self.min, min: given_back.min(self.max), ..self }
    }
}

/// What to read of one group: its steps of `step_seconds` that start in `from..to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window<'a> {
    /// Whose metrics.
    pub group: &'a Group,
    /// The grid to read on, in whole minutes: the group's own step, or a coarser one for what the cloud keeps only so (3600 for
    /// history by the hour). Sums are over such a step, means are of it.
    pub step_seconds: i64,
    /// The first moment at which a step may start.
    pub from: Timestamp,
    /// The first moment at which none may start any more.
    pub to: Timestamp,
}

impl<'a> Window<'a> {
    /// The steps of `group`'s own that start in `from..to`.
    #[must_use]
    pub fn of(group: &'a Group, from: Timestamp, to: Timestamp) -> Self {
        Self { group, step_seconds: group.step_seconds, from, to }
    }
}

/// Reads what groups did.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// The observations of each window, as far as the cloud has them by now: one result for each, in the order of the windows,
    /// rows in the order of time. What is not there is absent, never zero; a window in which nothing was measured has no rows.
    ///
    /// Windows of the same steps share calls, so it pays to ask for many groups at once; their rows are all in memory then. What
    /// goes wrong with one group costs no other its rows, except where a call fails that they share.
    ///
    /// # Errors
    /// Each window's own [`PortError`], by what the caller does next.
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>>;

    /// The observations of one window.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    async fn observations_of(&self, window: Window<'_>) -> Result<Vec<Observation>, PortError> {
        self.observations(&[window]).await.pop().expect("one result for each window")
    }
}

/// Reads a group's size. This is all that a group in mode `observe` gets to see of its cloud.
#[async_trait]
pub trait ReadCapacity: Send + Sync {
    /// The size of `group` now.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError>;
}

/// Sets a group's size.
#[async_trait]
pub trait WriteCapacity: ReadCapacity {
    /// Asks for `desired` instances. Asking twice is the same as asking once.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError>;

    /// Sets the fewest instances that the group allows, and raises it to them at once where it has fewer. Asking twice is the
    /// same as asking once.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError>;
}
