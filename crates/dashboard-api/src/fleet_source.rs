//! Where the groups come from: configured once, or read from the store again and again.

use std::sync::Arc;

use async_trait::async_trait;
use headroom_core::Fleet;
use headroom_store::{Store, StoreError, load_fleet};

/// Tells which groups there are.
#[async_trait]
pub trait FleetSource: Send + Sync {
    /// The fleet as it is configured now.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read, with the cure.
    async fn fleet(&self) -> Result<Arc<Fleet>, StoreError>;
}

/// A fleet that stays as it is.
#[async_trait]
impl FleetSource for Arc<Fleet> {
    async fn fleet(&self) -> Result<Arc<Fleet>, StoreError> {
        Ok(Self::clone(self))
    }
}

/// The fleet of `config/fleet.toml`, read for every request, so that a change of it shows at once.
#[derive(Clone)]
pub struct StoredFleet(
    /// The store that holds it.
    pub Arc<dyn Store>,
);

impl std::fmt::Debug for StoredFleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredFleet")
    }
}

#[async_trait]
impl FleetSource for StoredFleet {
    async fn fleet(&self) -> Result<Arc<Fleet>, StoreError> {
        load_fleet(&*self.0).await.map(Arc::new)
    }
}
