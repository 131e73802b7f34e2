//! AWS behind the ports: S3 as the store, CloudWatch as the metrics, EC2 Auto Scaling as the capacity.
//!
//! One file per port; SDK types stay inside, but for the configuration and the client that an adapter is made from.
//! Every call is retried by the SDK, with jitter; what still fails is told by what the caller does next, in a line
//! that names the thing and the cure.

// What all adapters share.
mod fault;
mod regional;

// The adapters, one per port.
mod capacity;
mod metrics;
mod store;

// What is made of them.
pub mod alarms;
pub mod emf;
pub mod lambda;
pub mod setup;

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig};
use headroom_store::{Store, StoreError};

pub use capacity::AutoScaling;
pub use metrics::CloudWatch;
pub use store::S3Store;

/// Longest wait for the answer to one attempt. Answers take a fraction of a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);

/// Longest wait for a call with its retries: well within the five minutes from tick to tick. The SDK's three attempts fit in with
/// the pauses between them, at most one second and then two, so that no attempt is cut short by those that hung before it.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// An account of AWS: region, credentials and connections, shared by the adapters that are made from it.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// The account that the environment, the AWS profile or the role names, as with every tool of AWS. Nothing is
    /// called yet: what is missing is told by the first call.
    pub async fn connect() -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(CALL_TIMEOUT);
        // What has begun to come and stops coming counts as an attempt that hangs.
        let stalls = StalledStreamProtectionConfig::enabled().grace_period(ATTEMPT_TIMEOUT);
        let loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts.build());
        let loader = loader.stalled_stream_protection(stalls.build());
        Self::with_config(loader.load().await)
    }

    /// The account of a configuration made elsewhere, for example for an emulator.
    #[must_use]
    pub fn with_config(config: SdkConfig) -> Self {
        Self { config }
    }

    /// CloudWatch, in the region of each group.
    #[must_use]
    pub fn metrics(&self) -> CloudWatch {
        CloudWatch::new(&self.config)
    }

    /// EC2 Auto Scaling, in the region of each group.
    #[must_use]
    pub fn capacity(&self) -> AutoScaling {
        AutoScaling::new(&self.config)
    }

    /// The alarms of the account's own region.
    #[must_use]
    pub fn alarms(&self) -> alarms::Alarms {
        alarms::Alarms::new(&self.config)
    }

    /// How Auto Scaling groups are set up, in the region of each group.
    #[must_use]
    pub fn group_setups(&self) -> setup::GroupSetups {
        setup::GroupSetups::new(&self.config)
    }

    /// The store that `url` names: `s3://bucket/prefix`, or whatever [`headroom_store::url::open`] takes.
    ///
    /// # Errors
    /// [`StoreError`] where this is not such a URL. A bucket that is not there is told by the first call.
    pub fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, StoreError> {
        let Some((bucket, prefix)) = store::bucket_and_prefix(url)? else { return headroom_store::url::open(url) };
        Ok(Arc::new(S3Store::new(aws_sdk_s3::Client::new(&self.config), bucket, prefix)))
    }
}

/// The store that `url` names: `s3://bucket/prefix`, or whatever [`headroom_store::url::open`] takes. Asks nothing of
/// AWS where the URL is another.
///
/// # Errors
/// [`StoreError`] where this is not such a URL. A bucket that is not there is told by the first call.
pub async fn open_store(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match store::bucket_and_prefix(url)? {
        Some(_) => Aws::connect().await.open_store(url),
        None => headroom_store::url::open(url),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;

    use super::*;

    #[test]
    fn every_attempt_has_its_full_time() {
        let retries = RetryConfig::standard();
        let attempts = retries.max_attempts();
        // Jitter only shortens a pause.
        let pauses: Duration = (1..attempts).map(|retry| retries.initial_backoff() * 2_u32.pow(retry - 1)).sum();
        assert!(attempts > 1 && ATTEMPT_TIMEOUT * attempts + pauses <= CALL_TIMEOUT);
    }
}
