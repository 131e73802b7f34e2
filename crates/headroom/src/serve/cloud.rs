//! The cloud that the fleet is in, as collector and scaler see it.

use std::sync::Arc;

use anyhow::Result;
use headroom_core::ports::{Metrics, WriteCapacity};

/// Metrics and capacity of one cloud.
pub(crate) trait Cloud: Metrics + WriteCapacity {}

impl<T: Metrics + WriteCapacity> Cloud for T {}

/// AWS. It is connected to when it is asked for the first time.
///
/// # Errors
/// Where this build has none.
#[cfg(feature = "aws")]
pub(super) fn aws() -> Result<Arc<dyn Cloud>> {
    Ok(Arc::new(aws::Lazy::default()))
}

/// This build has no AWS.
///
/// # Errors
/// That.
#[cfg(not(feature = "aws"))]
pub(super) fn aws() -> Result<Arc<dyn Cloud>> {
    anyhow::bail!("this build has no AWS: build `headroom` with `--features aws`")
}

#[cfg(feature = "aws")]
mod aws {
    use async_trait::async_trait;
    use headroom_aws::{AutoScaling, Aws, CloudWatch};
    use headroom_core::{
        Group, Observation,
        ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
    };
    use tokio::sync::OnceCell;

    /// AWS, connected to by the first call: who has no group there needs no credentials.
    #[derive(Debug, Default)]
    pub(super) struct Lazy {
        ports: OnceCell<(CloudWatch, AutoScaling)>,
    }

    impl Lazy {
        async fn ports(&self) -> &(CloudWatch, AutoScaling) {
            let connect = async || {
                let aws = Aws::connect().await;
                (aws.metrics(), aws.capacity())
            };
            self.ports.get_or_init(connect).await
        }
    }

    #[async_trait]
    impl Metrics for Lazy {
        async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
            self.ports().await.0.observations(windows).await
        }
    }

    #[async_trait]
    impl ReadCapacity for Lazy {
        async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
            self.ports().await.1.describe(group).await
        }
    }

    #[async_trait]
    impl WriteCapacity for Lazy {
        async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
            self.ports().await.1.set_desired(group, desired).await
        }

        async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
            self.ports().await.1.set_minimum(group, minimum).await
        }
    }
}
