//! EC2 Auto Scaling as the capacity.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_autoscaling::{
    Client,
    operation::RequestId,
    types::{AutoScalingGroup, Instance, LaunchTemplate, LifecycleState},
};
use headroom_core::{
    Group,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};

use crate::{
    fault::{CHECK_THE_WAY, Fault},
    regional::Regional,
};

/// The sizes of EC2 Auto Scaling groups.
///
/// In a group whose instance types have weights every size counts weights, as AWS does: three instances of weight 4 in service are
/// a capacity of 12. Instances of a warm pool belong to no size: they take no load, and come in less than the lead time when
/// they are called.
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
        let answer =
            answer.map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), "autoscaling:SetDesiredCapacity"))?;
        check_answer(answer.request_id(), group, name)
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
        let answer = answer
            .map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), "autoscaling:UpdateAutoScalingGroup"))?;
        check_answer(answer.request_id(), group, name)
    }
}

pub(crate) fn name(group: &Group) -> Result<&str, PortError> {
    group.auto_scaling_group.as_deref().ok_or_else(|| {
        PortError::NotFound(format!(
            "group `{}` names no Auto Scaling group: give it `auto_scaling_group` in `fleet.toml`",
            group.id
        ))
    })
}

pub(crate) fn thing(group: &Group, name: &str) -> String {
    let region = group.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
    format!("Auto Scaling group `{name}`{region}")
}

/// Checks that an answer of which nothing else is read came from AWS, and not from something on the way that says 200 to everything.
fn check_answer(request_id: Option<&str>, group: &Group, name: &str) -> Result<(), PortError> {
    match request_id {
        Some(_) => Ok(()),
        None => Err(PortError::Other(format!(
            "{}: the answer has no id, so it is not one of AWS: {CHECK_THE_WAY}",
            thing(group, name)
        ))),
    }
}

/// Instances on their way to take load.
const PENDING: [LifecycleState; 3] = [LifecycleState::Pending, LifecycleState::PendingWait, LifecycleState::PendingProceed];

/// The size as AWS tells it; none where a number is missing, or is none.
fn state(found: &AutoScalingGroup) -> Option<CapacityState> {
    let number = |number: Option<i32>| u32::try_from(number?).ok();
    let capacity = |states: &[LifecycleState]| {
        let counts = |instance: &&Instance| instance.lifecycle_state().is_some_and(|state| states.contains(state));
        let mut weights = found.instances().iter().filter(counts).map(|instance| weight(instance.weighted_capacity()));
        weights.try_fold(0_u32, |sum, weight| sum.checked_add(weight?))
    };
    Some(CapacityState {
        desired: number(found.desired_capacity())?,
        min: number(found.min_size())?,
        max: number(found.max_size())?,
        // Those of a warm pool (`Warmed:…`), in standby, detaching or ending take no load and are not on their way to it.
        in_service: capacity(&[LifecycleState::InService])?,
        pending: capacity(&PENDING)?,
        unit: unit(found)?,
    })
}

/// What an instance counts for; 1 in a group without weights.
fn weight(told: Option<&str>) -> Option<u32> {
    told.map_or(Some(1), |weight| weight.parse().ok())
}

/// The step of the group's sizes: the greatest common divisor of the weights of all instance types that it may launch.
fn unit(found: &AutoScalingGroup) -> Option<u32> {
    let template = found.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let mut types = template.into_iter().flat_map(LaunchTemplate::overrides);
    let unit = types.try_fold(0, |unit, instance_type| Some(common_divisor(unit, weight(instance_type.weighted_capacity())?)))?;
    Some(unit.max(1))
}

/// The greatest common divisor; that of 0 and a number is the number (Euclid).
fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests;
