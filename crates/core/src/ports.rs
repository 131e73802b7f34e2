//! What a cloud has to offer: metrics to read, capacity to read and to set. Traits only; the clouds are elsewhere.

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
    /// The group as one sees it who sets its minimum and leaves the rest to the cloud (`apply = "floor"`): what is asked for is
    /// the minimum, and `given_back` is what it is when nothing is asked for.
    #[must_use]
    pub fn as_floor(self, given_back: u32) -> Self {
        Self { desired: self.min, min: given_back.min(self.max), ..self }
    }
}

/// Reads what groups did.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// The observations of `group` whose steps start in `from..to`, as far as the cloud has them by now. What is not
    /// there is absent, never zero.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    async fn observations(&self, group: &Group, from: Timestamp, to: Timestamp) -> Result<Vec<Observation>, PortError>;
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
