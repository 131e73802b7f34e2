//! How an EC2 Auto Scaling group is set up: what no tick needs, and what may stand in its way.

use aws_config::SdkConfig;
use aws_sdk_autoscaling::{
    Client,
    primitives::DateTime,
    types::{AutoScalingGroup, LaunchTemplate, PredictiveScalingMode},
};
use futures_util::future::join;
use headroom_core::{Group, ports::PortError};
use jiff::Timestamp;

use crate::{
    capacity::{name, thing},
    fault::Fault,
    regional::Regional,
};

/// The group metric that tells how many instances took load.
pub const IN_SERVICE_METRIC: &str = "GroupInServiceInstances";

/// The only granularity that AWS has for group metrics.
const GRANULARITY: &str = "1Minute";

/// What is switched on where group metrics are off: they are free of charge, and these are the ones that tell load, boots and
/// bounds. A group with weights has its load in `GroupInServiceCapacity`.
const GROUP_METRICS: [&str; 6] = [
    IN_SERVICE_METRIC,
    "GroupInServiceCapacity",
    "GroupPendingInstances",
    "GroupDesiredCapacity",
    "GroupMinSize",
    "GroupMaxSize",
];

/// The set-up of EC2 Auto Scaling groups.
#[derive(Debug)]
pub struct GroupSetups {
    clients: Regional<Client>,
}

/// How one Auto Scaling group is set up. What AWS does not tell is absent or empty.
#[derive(Debug, Default)]
pub struct GroupSetup {
    /// Its name for policies of rights.
    pub arn: Option<String>,
    /// What is being done to it as a whole, such as that it is being deleted.
    pub status: Option<String>,
    /// Fewest instances, or units of capacity where they have weights.
    pub min: Option<u32>,
    /// Most of them.
    pub max: Option<u32>,
    /// The group metrics that are published.
    pub group_metrics: Vec<String>,
    /// Names of the processes that are suspended, such as `Launch`.
    pub suspended: Vec<String>,
    /// How long the group's own simple policies wait after a change, in seconds.
    pub default_cooldown_seconds: Option<u32>,
    /// How long the group's own policies take a new instance for one that still warms up, in seconds.
    pub default_warmup_seconds: Option<u32>,
    /// `EC2`, `ELB`, or several with a comma.
    pub health_check: Option<String>,
    /// How long a new instance may be unhealthy, in seconds.
    pub health_check_grace_seconds: Option<u32>,
    /// Whether new instances are protected from scale-in.
    pub protects_new_instances: bool,
    /// The instances.
    pub instances: Vec<InstanceSetup>,
    /// The weights of its kinds of instances, in ascending order; empty where they have none.
    pub weights: Vec<u32>,
    /// Its warm pool; none where it has none.
    pub warm_pool: Option<WarmPool>,
    /// The scaling policies, or why they cannot be read.
    pub policies: Read<Vec<ScalingPolicy>>,
    /// The scheduled actions, or why they cannot be read.
    pub scheduled: Read<Vec<ScheduledAction>>,
}

/// What was read, or why it could not be.
#[derive(Debug)]
pub struct Read<T>(pub Result<T, PortError>);

impl<T: Default> Default for Read<T> {
    fn default() -> Self {
        Self(Ok(T::default()))
    }
}

/// Instances that were started before they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmPool {
    /// How many wait in it; none where AWS does not tell.
    pub instances: Option<u32>,
}

/// One instance of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceSetup {
    /// Its name, such as `i-0123456789abcdef0`.
    pub id: String,
    /// Whether scale-in passes it over.
    pub protected: bool,
}

/// A scaling policy of the group's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalingPolicy {
    /// Its name.
    pub name: String,
    /// `TargetTrackingScaling`, `StepScaling`, `SimpleScaling` or `PredictiveScaling`.
    pub kind: String,
    /// Whether it is switched on, and does more than forecast.
    pub acts: bool,
}

/// A change of size at a set time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledAction {
    /// Its name.
    pub name: String,
    /// When it happens next, or first.
    pub start: Option<Timestamp>,
    /// When it repeats, in the words of cron.
    pub recurrence: Option<String>,
    /// The sizes that it sets, in words, such as `min 4, desired 6`.
    pub sets: String,
}

impl GroupSetups {
    /// The set-up of groups by the account of `config`, in the region of each group.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { clients: Regional::new(config, |config| Client::new(config)) }
    }

    fn client(&self, group: &Group) -> Client {
        self.clients.client(group.region.as_deref())
    }

    /// How the Auto Scaling group of `group` is set up.
    ///
    /// # Errors
    /// [`PortError`] where the group itself cannot be read. Policies and scheduled actions have results of their own.
    pub async fn read(&self, group: &Group) -> Result<GroupSetup, PortError> {
        let name = name(group)?;
        let thing = thing(group, name);
        let answer = self.client(group).describe_auto_scaling_groups().auto_scaling_group_names(name).send().await;
        let answer =
            answer.map_err(|error| Fault::of(&error).into_port_error(&thing, "autoscaling:DescribeAutoScalingGroups"))?;
        let [found] = answer.auto_scaling_groups() else {
            let problem = format!("{thing} is not there: correct `auto_scaling_group` or `region` in `fleet.toml`");
            return Err(PortError::NotFound(problem));
        };
        let (policies, scheduled) = join(self.policies(group, name, &thing), self.scheduled(group, name, &thing)).await;
        Ok(GroupSetup { policies: Read(policies), scheduled: Read(scheduled), ..setup(found) })
    }

    async fn policies(&self, group: &Group, name: &str, thing: &str) -> Result<Vec<ScalingPolicy>, PortError> {
        let mut pages = self.client(group).describe_policies().auto_scaling_group_name(name).into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                Fault::of(&error).into_port_error(&format!("scaling policies of {thing}"), "autoscaling:DescribePolicies")
            })?;
            policies.extend(page.scaling_policies().iter().map(|policy| {
                // AWS leaves both out where they are as usual: switched on, and forecasting only.
                let mode = policy.predictive_scaling_configuration().map(|predictive| predictive.mode());
                let only_forecasts = mode.is_some_and(|mode| mode != Some(&PredictiveScalingMode::ForecastAndScale));
                ScalingPolicy {
                    name: policy.policy_name().unwrap_or_default().to_owned(),
                    kind: policy.policy_type().unwrap_or("SimpleScaling").to_owned(),
                    acts: policy.enabled().unwrap_or(true) && !only_forecasts,
                }
            }));
        }
        Ok(policies)
    }

    async fn scheduled(&self, group: &Group, name: &str, thing: &str) -> Result<Vec<ScheduledAction>, PortError> {
        let mut pages = self.client(group).describe_scheduled_actions().auto_scaling_group_name(name).into_paginator().send();
        let mut actions = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                Fault::of(&error)
                    .into_port_error(&format!("scheduled actions of {thing}"), "autoscaling:DescribeScheduledActions")
            })?;
            actions.extend(page.scheduled_update_group_actions().iter().map(|action| {
                let sizes = [("min", action.min_size()), ("max", action.max_size()), ("desired", action.desired_capacity())];
                let sets: Vec<String> =
                    sizes.iter().filter_map(|(size, value)| Some(format!("{size} {}", value.as_ref()?))).collect();
                ScheduledAction {
                    name: action.scheduled_action_name().unwrap_or_default().to_owned(),
                    start: action.start_time().and_then(moment),
                    recurrence: action.recurrence().map(str::to_owned),
                    sets: sets.join(", "),
                }
            }));
        }
        Ok(actions)
    }

    /// Switches on the group metrics without which load cannot be told from CPU. Those that are on stay on; asking twice is the
    /// same as asking once.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    pub async fn enable_group_metrics(&self, group: &Group) -> Result<(), PortError> {
        let name = name(group)?;
        let metrics = GROUP_METRICS.map(str::to_owned).to_vec();
        let request = self.client(group).enable_metrics_collection().auto_scaling_group_name(name).granularity(GRANULARITY);
        let answer = request.set_metrics(Some(metrics)).send().await;
        let right = "autoscaling:EnableMetricsCollection";
        answer.map_err(|error| Fault::of(&error).into_port_error(&thing(group, name), right))?;
        Ok(())
    }
}

/// The command line that does what [`GroupSetups::enable_group_metrics`] does to the Auto Scaling group `name`.
#[must_use]
pub fn enable_group_metrics_command(name: &str) -> String {
    format!(
        "aws autoscaling enable-metrics-collection --auto-scaling-group-name {name} --granularity {GRANULARITY} --metrics {}",
        GROUP_METRICS.join(" ")
    )
}

fn setup(found: &AutoScalingGroup) -> GroupSetup {
    let number = |number: Option<i32>| u32::try_from(number?).ok();
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let published = found.enabled_metrics().iter().filter(|metric| metric.granularity() == Some(GRANULARITY));
    let instances = found.instances().iter().map(|instance| InstanceSetup {
        id: instance.instance_id().unwrap_or_default().to_owned(),
        protected: instance.protected_from_scale_in().unwrap_or(false),
    });
    let kinds = found.mixed_instances_policy().and_then(|mixed| mixed.launch_template()).map(LaunchTemplate::overrides);
    let mut weights: Vec<u32> =
        kinds.unwrap_or_default().iter().filter_map(|kind| kind.weighted_capacity()?.parse().ok()).collect();
    weights.sort_unstable();
    let pool = found.warm_pool_configuration().map(|_| WarmPool { instances: number(found.warm_pool_size()) });
    GroupSetup {
        arn: text(found.auto_scaling_group_arn()),
        status: text(found.status()),
        min: number(found.min_size()),
        max: number(found.max_size()),
        group_metrics: published.filter_map(|metric| text(metric.metric())).collect(),
        suspended: found.suspended_processes().iter().filter_map(|process| text(process.process_name())).collect(),
        default_cooldown_seconds: number(found.default_cooldown()),
        default_warmup_seconds: number(found.default_instance_warmup()),
        health_check: text(found.health_check_type()),
        health_check_grace_seconds: number(found.health_check_grace_period()),
        protects_new_instances: found.new_instances_protected_from_scale_in().unwrap_or(false),
        instances: instances.collect(),
        weights,
        warm_pool: pool,
        policies: Read::default(),
        scheduled: Read::default(),
    }
}

fn moment(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

#[cfg(test)]
mod tests;
