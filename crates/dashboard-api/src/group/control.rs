//! What operators want of a group or of the fleet, as it is shown.

use headroom_core::fleet::Mode;
use headroom_store::{StoreError, controls};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A kill switch that was thrown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Stop {
    /// Since when.
    at: Timestamp,
    /// Who threw it.
    by: String,
    /// Why.
    why: String,
}

/// A mode in place of the one of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ModeOverride {
    /// The mode.
    mode: Mode,
    /// Since when.
    at: Timestamp,
    /// Who set it.
    by: String,
    /// Why.
    why: String,
}

/// At least so many instances for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Allocation {
    /// Instances.
    pub(crate) instances: u32,
    /// Until when.
    pub(crate) until: Timestamp,
    /// When it was asked for.
    at: Timestamp,
    /// Who asked for it.
    by: String,
    /// Why.
    why: String,
}

/// What operators want of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Control {
    /// The mode in place of the configured one.
    #[schema(required)]
    pub(crate) mode: Option<ModeOverride>,
    /// The group's own kill switch, where it was thrown.
    #[schema(required)]
    pub(crate) stop: Option<Stop>,
    /// A size that it does not go below for a while.
    #[schema(required)]
    pub(crate) allocation: Option<Allocation>,
    /// Whether all this cannot be read, which counts as stopped.
    pub(crate) unreadable: bool,
}

/// What operators want of the whole fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FleetControl {
    /// The kill switch of every group, where it was thrown.
    #[schema(required)]
    pub(crate) stop: Option<Stop>,
    /// Whether it cannot be read, which counts as thrown.
    pub(crate) unreadable: bool,
}

impl From<controls::Stop> for Stop {
    fn from(controls::Stop { at, by, why }: controls::Stop) -> Self {
        Self { at, by, why }
    }
}

impl From<controls::ModeOverride> for ModeOverride {
    fn from(controls::ModeOverride { mode, at, by, why }: controls::ModeOverride) -> Self {
        Self { mode, at, by, why }
    }
}

impl From<controls::Allocation> for Allocation {
    fn from(controls::Allocation { instances, until, at, by, why }: controls::Allocation) -> Self {
        Self { instances, until, at, by, why }
    }
}

impl Control {
    /// What was read, as it is shown: an object that cannot be read counts as stopped, a store that does not answer is an error.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub(crate) fn of(read: Result<controls::Control, StoreError>) -> Result<Self, StoreError> {
        match read {
            Ok(controls::Control { stop, mode, allocation, .. }) => Ok(Self {
                mode: mode.map(Into::into),
                stop: stop.map(Into::into),
                allocation: allocation.map(Into::into),
                unreadable: false,
            }),
            Err(StoreError::Corrupt { .. }) => Ok(Self { unreadable: true, ..Self::default() }),
            Err(error) => Err(error),
        }
    }

    /// Whether nothing is written for the group by its own switch.
    pub(crate) fn stops(&self) -> bool {
        self.unreadable || self.stop.is_some()
    }
}

impl FleetControl {
    /// The same for the fleet.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub(crate) fn of(read: Result<controls::Control, StoreError>) -> Result<Self, StoreError> {
        Control::of(read).map(|Control { stop, unreadable, .. }| Self { stop, unreadable })
    }

    /// Whether nothing is written for any group.
    pub(crate) fn stops(&self) -> bool {
        self.unreadable || self.stop.is_some()
    }
}
