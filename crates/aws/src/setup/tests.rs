use aws_sdk_autoscaling::{
    config::{http::HttpResponse, retry::RetryConfig},
    operation::{
        describe_auto_scaling_groups::DescribeAutoScalingGroupsOutput, describe_policies::DescribePoliciesOutput,
        describe_scheduled_actions::DescribeScheduledActionsOutput, enable_metrics_collection::EnableMetricsCollectionOutput,
    },
    types::{
        EnabledMetric, Instance, LaunchTemplate, LaunchTemplateOverrides, MixedInstancesPolicy, PredictiveScalingConfiguration,
        ScalingPolicy as Policy, ScheduledUpdateGroupAction, SuspendedProcess, WarmPoolConfiguration,
    },
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;

fn setups(rules: &[&Rule]) -> GroupSetups {
    let client =
        mock_client!(aws_sdk_autoscaling, RuleMode::MatchAny, rules, |config| { config.retry_config(RetryConfig::disabled()) });
    GroupSetups { clients: Regional::made_by(move |_| client.clone()) }
}

fn web() -> Group {
    Group { auto_scaling_group: Some("web-asg".to_owned()), region: Some("eu-west-1".to_owned()), ..Group::simulated("web") }
}

/// What AWS says of the group, beside that it is there.
fn told(group: fn() -> AutoScalingGroup) -> Rule {
    mock!(Client::describe_auto_scaling_groups)
        .match_requests(|asked| asked.auto_scaling_group_names() == ["web-asg"])
        .then_output(move || DescribeAutoScalingGroupsOutput::builder().auto_scaling_groups(group()).build())
}

fn no_policies() -> Rule {
    mock!(Client::describe_policies)
        .match_requests(|asked| asked.auto_scaling_group_name() == Some("web-asg"))
        .then_output(|| DescribePoliciesOutput::builder().build())
}

fn nothing_scheduled() -> Rule {
    mock!(Client::describe_scheduled_actions)
        .match_requests(|asked| asked.auto_scaling_group_name() == Some("web-asg"))
        .then_output(|| DescribeScheduledActionsOutput::builder().build())
}

#[tokio::test]
async fn a_group_is_told_with_all_that_may_matter() {
    let group = || {
        let weighted = |weight: &str| LaunchTemplateOverrides::builder().weighted_capacity(weight).build();
        let kinds = LaunchTemplate::builder().overrides(weighted("4")).overrides(weighted("2")).build();
        let metric = |name: &str, granularity: &str| EnabledMetric::builder().metric(name).granularity(granularity).build();
        let instance = |id: &str, protected| Instance::builder().instance_id(id).protected_from_scale_in(protected).build();
        AutoScalingGroup::builder()
            .auto_scaling_group_arn("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:x:autoScalingGroupName/web-asg")
            .status("Delete in progress")
            .min_size(2)
            .max_size(9)
            .desired_capacity(4)
            .enabled_metrics(metric("GroupInServiceInstances", "1Minute"))
            .enabled_metrics(metric("GroupMaxSize", "an hour of the future"))
            .suspended_processes(SuspendedProcess::builder().process_name("Launch").build())
            .default_cooldown(300)
            .default_instance_warmup(90)
            .health_check_type("ELB")
            .health_check_grace_period(120)
            .new_instances_protected_from_scale_in(true)
            .instances(instance("i-1", true))
            .instances(instance("i-2", false))
            .mixed_instances_policy(MixedInstancesPolicy::builder().launch_template(kinds).build())
            .warm_pool_configuration(WarmPoolConfiguration::builder().min_size(3).build())
            .warm_pool_size(3)
            .build()
    };
    let setup = setups(&[&told(group), &no_policies(), &nothing_scheduled()]).read(&web()).await.unwrap();
    assert!(setup.arn.unwrap().ends_with("/web-asg"));
    assert_eq!(setup.status.as_deref(), Some("Delete in progress"));
    assert_eq!((setup.min, setup.max, setup.warm_pool), (Some(2), Some(9), Some(WarmPool { instances: Some(3) })));
    assert_eq!(setup.group_metrics, ["GroupInServiceInstances"], "metrics by the minute only");
    assert_eq!(setup.suspended, ["Launch"]);
    assert_eq!((setup.default_cooldown_seconds, setup.default_warmup_seconds), (Some(300), Some(90)));
    assert_eq!((setup.health_check.as_deref(), setup.health_check_grace_seconds), (Some("ELB"), Some(120)));
    assert!(setup.protects_new_instances);
    let protected: Vec<_> = setup.instances.iter().map(|instance| (instance.id.as_str(), instance.protected)).collect();
    assert_eq!(protected, [("i-1", true), ("i-2", false)]);
    assert_eq!(setup.weights, [2, 4]);
    assert!(setup.policies.0.unwrap().is_empty() && setup.scheduled.0.unwrap().is_empty());
}

#[tokio::test]
async fn what_aws_does_not_tell_is_absent() {
    let group = || AutoScalingGroup::builder().status("").build();
    let setup = setups(&[&told(group), &no_policies(), &nothing_scheduled()]).read(&web()).await.unwrap();
    assert_eq!((setup.min, setup.status, setup.warm_pool, setup.default_warmup_seconds), (None, None, None, None));
    assert!(setup.weights.is_empty() && setup.instances.is_empty() && !setup.protects_new_instances);
}

#[tokio::test]
async fn policies_act_unless_they_are_off_or_only_forecast() {
    let policies = mock!(Client::describe_policies).then_output(|| {
        let predictive = |name: &str, mode: Option<PredictiveScalingMode>| {
            let configuration = PredictiveScalingConfiguration::builder().set_mode(mode).build();
            let policy = Policy::builder().policy_name(name).policy_type("PredictiveScaling");
            policy.predictive_scaling_configuration(configuration).build()
        };
        let policy = |name: &str, kind: &str| Policy::builder().policy_name(name).policy_type(kind);
        DescribePoliciesOutput::builder()
            .scaling_policies(policy("cpu-50", "TargetTrackingScaling").enabled(true).build())
            .scaling_policies(policy("old", "StepScaling").enabled(false).build())
            .scaling_policies(predictive("looks", Some(PredictiveScalingMode::ForecastOnly)))
            .scaling_policies(predictive("looks too", None))
            .scaling_policies(predictive("scales", Some(PredictiveScalingMode::ForecastAndScale)))
            .build()
    });
    let group = || AutoScalingGroup::builder().build();
    let setup = setups(&[&told(group), &policies, &nothing_scheduled()]).read(&web()).await.unwrap();
    let policies = setup.policies.0.unwrap();
    let found: Vec<_> = policies.iter().map(|policy| (policy.name.as_str(), policy.acts)).collect();
    assert_eq!(found, [("cpu-50", true), ("old", false), ("looks", false), ("looks too", false), ("scales", true)]);
    assert_eq!(policies[0].kind, "TargetTrackingScaling");
}

#[tokio::test]
async fn all_pages_of_scheduled_actions_are_read_and_refusals_stand_alone() {
    let page = |token: Option<&'static str>, name: &'static str, next: Option<&'static str>| {
        mock!(Client::describe_scheduled_actions).match_requests(move |asked| asked.next_token() == token).then_output(
            move || {
                let action = ScheduledUpdateGroupAction::builder()
                    .scheduled_action_name(name)
                    .start_time(DateTime::from_secs(1_795_000_000))
                    .recurrence("0 8 * * *")
                    .min_size(4)
                    .desired_capacity(6);
                let output = DescribeScheduledActionsOutput::builder().scheduled_update_group_actions(action.build());
                output.set_next_token(next.map(str::to_owned)).build()
            },
        )
    };
    let denied = mock!(Client::describe_policies).then_http_response(|| {
        let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        HttpResponse::new(403.try_into().unwrap(), body.into())
    });
    let group = || AutoScalingGroup::builder().build();
    let (first, second) = (page(None, "morning", Some("more")), page(Some("more"), "noon", None));
    let setup = setups(&[&told(group), &denied, &first, &second]).read(&web()).await.unwrap();
    let scheduled = setup.scheduled.0.unwrap();
    assert_eq!(scheduled.iter().map(|action| action.name.as_str()).collect::<Vec<_>>(), ["morning", "noon"]);
    assert_eq!((scheduled[0].sets.as_str(), scheduled[0].recurrence.as_deref()), ("min 4, desired 6", Some("0 8 * * *")));
    assert_eq!(scheduled[0].start, Timestamp::from_second(1_795_000_000).ok());
    let error = setup.policies.0.unwrap_err();
    assert!(matches!(error, PortError::Denied(_)));
    let line = error.to_string();
    assert!(line.contains("scaling policies of Auto Scaling group `web-asg` in eu-west-1"), "{line}");
    assert!(line.contains("allow `autoscaling:DescribePolicies`"), "{line}");
}

#[tokio::test]
async fn a_warm_pool_of_untold_size_is_not_an_empty_one() {
    let of = async |group: fn() -> AutoScalingGroup| {
        setups(&[&told(group), &no_policies(), &nothing_scheduled()]).read(&web()).await.unwrap().warm_pool
    };
    let pool =
        || AutoScalingGroup::builder().warm_pool_configuration(WarmPoolConfiguration::builder().min_size(3).build()).build();
    assert_eq!(of(pool).await, Some(WarmPool { instances: None }));
    let empty = || {
        let pool = WarmPoolConfiguration::builder().min_size(3).build();
        AutoScalingGroup::builder().warm_pool_configuration(pool).warm_pool_size(0).build()
    };
    assert_eq!(of(empty).await, Some(WarmPool { instances: Some(0) }));
}

#[tokio::test]
async fn a_group_that_is_not_there_is_told() {
    let nothing = mock!(Client::describe_auto_scaling_groups).then_output(|| DescribeAutoScalingGroupsOutput::builder().build());
    let error = setups(&[&nothing]).read(&web()).await.unwrap_err();
    assert!(matches!(&error, PortError::NotFound(line) if line.contains("`web-asg` in eu-west-1 is not there")), "{error}");
}

#[tokio::test]
async fn group_metrics_are_switched_on_by_the_minute() {
    let enabled = mock!(Client::enable_metrics_collection)
        .match_requests(|asked| {
            asked.auto_scaling_group_name() == Some("web-asg")
                && asked.granularity() == Some("1Minute")
                && asked.metrics().iter().any(|metric| metric == "GroupInServiceInstances")
        })
        .then_output(|| EnableMetricsCollectionOutput::builder().build());
    setups(&[&enabled]).enable_group_metrics(&web()).await.unwrap();
    assert_eq!(enabled.num_calls(), 1);
    let command = enable_group_metrics_command("web-asg");
    assert!(
        command.starts_with(
            "aws autoscaling enable-metrics-collection --auto-scaling-group-name web-asg --granularity 1Minute --metrics GroupInService"
        ),
        "{command}"
    );
}
