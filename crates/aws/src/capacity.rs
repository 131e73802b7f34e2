//! EC2 Auto Scaling as the capacity.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_autoscaling::{
    Client,
    types::{AutoScalingGroup, LifecycleState},
};
use headroom_core::{
    Group,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};

use crate::{fault::Fault, regional::Regional};

/// The sizes of EC2 Auto Scaling groups.
#[derive(Debug)]
pub struct AutoScaling {
    clients: Regional<Client>,
}

impl AutoScaling {
    /// Auto Scaling by the account of `config`, in the region of each group.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { clients: Regional::new(config, |config| Client::new(config)) }
    }

    fn client(&self, group: &Group) -> Client {
        self.clients.client(group.region.as_deref())
    }
}

#[async_trait]
impl ReadCapacity for AutoScaling {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        let name = name(group)?;
        let answer = self.client(group).describe_auto_scaling_groups().auto_scaling_group_names(name).send().await;
        let answer = answer
            .map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), "autoscaling:DescribeAutoScalingGroups"))?;
        match answer.auto_scaling_groups() {
            [found] => state(found).ok_or_else(|| {
                PortError::Other(format!("{}: its size is not told: the next tick asks again", thing(group, name)))
            }),
            _ => Err(PortError::NotFound(format!(
                "{} is not there: correct `auto_scaling_group` or `region` in `fleet.toml`",
                thing(group, name)
            ))),
        }
    }
}

#[async_trait]
impl WriteCapacity for AutoScaling {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        let name = name(group)?;
        let CapacityState { min, max, .. } = self.describe(group).await?;
        if !(min..=max).contains(&desired) {
            return Err(PortError::Conflict(format!(
                "{} has {min} to {max} instances, not {desired}: decide again within these bounds",
                thing(group, name)
            )));
        }
        let desired = i32::try_from(desired).expect("at most the maximum, which AWS told as an i32");
        // A cooldown guards a group against its own reactive policies; a decision has its own guards behind it.
        let request = self
            .client(group)
            .set_desired_capacity()
            .auto_scaling_group_name(name)
            .desired_capacity(desired)
            .honor_cooldown(false);
        let answer = request.send().await;
        answer.map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), "autoscaling:SetDesiredCapacity"))?;
        Ok(())
    }

    /// AWS raises the desired capacity by itself where it is below the new minimum (`UpdateAutoScalingGroup`, `MinSize`).
    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        let name = name(group)?;
        let CapacityState { max, .. } = self.describe(group).await?;
        if minimum > max {
            return Err(PortError::Conflict(format!(
                "{} has at most {max} instances, which a minimum of {minimum} is above: decide again within this bound",
                thing(group, name)
            )));
        }
        let minimum = i32::try_from(minimum).expect("at most the maximum, which AWS told as an i32");
        let answer = self.client(group).update_auto_scaling_group().auto_scaling_group_name(name).min_size(minimum).send().await;
        answer.map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), "autoscaling:UpdateAutoScalingGroup"))?;
        Ok(())
    }
}

fn name(group: &Group) -> Result<&str, PortError> {
    group.auto_scaling_group.as_deref().ok_or_else(|| {
        PortError::NotFound(format!(
            "group `{}` names no Auto Scaling group: give it `auto_scaling_group` in `fleet.toml`",
            group.id
        ))
    })
}

fn thing(group: &Group, name: &str) -> String {
    let region = group.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
    format!("Auto Scaling group `{name}`{region}")
}

/// The size as AWS tells it; none where a number is missing or negative.
fn state(found: &AutoScalingGroup) -> Option<CapacityState> {
    let number = |number: Option<i32>| u32::try_from(number?).ok();
    let count = |states: &[LifecycleState]| {
        let instances = found.instances().iter().filter_map(|instance| instance.lifecycle_state());
        u32::try_from(instances.filter(|state| states.contains(state)).count()).ok()
    };
    // Instances of a warm pool (`Warmed:…`) take no load and are not on their way to it.
    let pending = [LifecycleState::Pending, LifecycleState::PendingWait, LifecycleState::PendingProceed];
    Some(CapacityState {
        desired: number(found.desired_capacity())?,
        min: number(found.min_size())?,
        max: number(found.max_size())?,
        in_service: count(&[LifecycleState::InService])?,
        pending: count(&pending)?,
        unit: 1,
    })
}

#[cfg(test)]
mod tests;
