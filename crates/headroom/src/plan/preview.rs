//! A cloud to plan on: it tells the true size, takes every write, and carries none out.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use headroom_core::{
    Group,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};

/// One group of a cloud as it would be. It holds a port that can only read, so that nothing can be written by it.
pub(crate) struct Preview<'a> {
    cloud: &'a dyn ReadCapacity,
    sizes: Mutex<Sizes>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    /// As it was found first.
    found: Option<CapacityState>,
    desired: Option<u32>,
    minimum: Option<u32>,
}

impl<'a> Preview<'a> {
    /// A preview of the one group that is asked for of `cloud`.
    pub(crate) fn of(cloud: &'a dyn ReadCapacity) -> Self {
        Self { cloud, sizes: Mutex::default() }
    }

    /// The size as it was found, if it was asked for.
    pub(crate) fn found(&self) -> Option<CapacityState> {
        self.sizes().found
    }

    fn sizes(&self) -> MutexGuard<'_, Sizes> {
        // A panic of another thread leaves the sizes whole.
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ReadCapacity for Preview<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        let state = self.cloud.describe(group).await?;
        let mut sizes = self.sizes();
        sizes.found.get_or_insert(state);
        let min = sizes.minimum.unwrap_or(state.min);
        Ok(CapacityState { desired: sizes.desired.unwrap_or(state.desired).max(min), min, ..state })
    }
}

#[async_trait]
impl WriteCapacity for Preview<'_> {
    async fn set_desired(&self, _group: &Group, desired: u32) -> Result<(), PortError> {
        self.sizes().desired = Some(desired);
        Ok(())
    }

    async fn set_minimum(&self, _group: &Group, minimum: u32) -> Result<(), PortError> {
        self.sizes().minimum = Some(minimum);
        Ok(())
    }
}
