//! The cloud of each group.

use anyhow::{Result, bail};
use headroom_core::{Fleet, Group, ports::ReadCapacity};

/// The clouds that a fleet is in, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Clouds {
    #[cfg(feature = "aws")]
    aws: Option<AwsPorts>,
}

/// AWS behind the ports.
#[cfg(feature = "aws")]
#[derive(Debug)]
pub(crate) struct AwsPorts {
    /// Sizes of groups.
    pub(crate) capacity: headroom_aws::AutoScaling,
    /// What groups did.
    pub(crate) metrics: headroom_aws::CloudWatch,
    /// How groups are set up.
    pub(crate) setups: headroom_aws::setup::GroupSetups,
}

impl Clouds {
    /// The clouds of `fleet`. Nothing is called yet.
    #[cfg(feature = "aws")]
    pub(crate) async fn of(fleet: &Fleet) -> Self {
        if !fleet.groups.iter().any(|group| group.provider == "aws") {
            return Self::default();
        }
        let aws = headroom_aws::Aws::connect().await;
        Self { aws: Some(AwsPorts { capacity: aws.capacity(), metrics: aws.metrics(), setups: aws.group_setups() }) }
    }

    /// The clouds of `fleet`: this build has none.
    #[cfg(not(feature = "aws"))]
    pub(crate) async fn of(_fleet: &Fleet) -> Self {
        Self::default()
    }

    /// AWS, where a group is there.
    #[cfg(feature = "aws")]
    pub(crate) fn aws(&self) -> Option<&AwsPorts> {
        self.aws.as_ref()
    }

    /// Where to ask for the size of `group`. What comes back cannot write.
    ///
    /// # Errors
    /// Where there is no cloud to ask.
    pub(crate) fn capacity(&self, group: &Group) -> Result<&dyn ReadCapacity> {
        match group.provider.as_str() {
            "aws" => self.aws_capacity(),
            "simulated" => bail!("its provider is `simulated`: there is no cloud to ask; `headroom demo` plays such a group"),
            other => bail!("its provider is `{other}`: write `provider = \"aws\"` in `fleet.toml`"),
        }
    }

    #[cfg(feature = "aws")]
    fn aws_capacity(&self) -> Result<&dyn ReadCapacity> {
        match &self.aws {
            Some(aws) => Ok(&aws.capacity),
            None => bail!("no connection to AWS was made for it"),
        }
    }

    #[cfg(not(feature = "aws"))]
    fn aws_capacity(&self) -> Result<&dyn ReadCapacity> {
        let _ = self;
        bail!("this build has no AWS: build `headroom` with `--features aws`")
    }
}
