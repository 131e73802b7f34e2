use aws_sdk_autoscaling::{
    config::{http::HttpResponse, retry::RetryConfig},
    operation::describe_auto_scaling_groups::DescribeAutoScalingGroupsOutput,
    types::{LaunchTemplateOverrides, MixedInstancesPolicy},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;

fn cloud(rules: &[&Rule]) -> AutoScaling {
    let client =
        mock_client!(aws_sdk_autoscaling, RuleMode::Sequential, rules, |config| { config.retry_config(RetryConfig::disabled()) });
    AutoScaling { clients: Regional::made_by(move |_| client.clone()) }
}

fn web() -> Group {
    Group { auto_scaling_group: Some("web-asg".to_owned()), region: Some("eu-west-1".to_owned()), ..Group::simulated("web") }
}

/// The group with instances in these states.
fn found(states: &[&str]) -> Rule {
    found_with(instances(states, None), None)
}

/// The group with these instances, of types with these weights.
fn found_with(instances: Vec<Instance>, weights: Option<&[&str]>) -> Rule {
    let of_type = |weight: &&str| LaunchTemplateOverrides::builder().weighted_capacity(*weight).build();
    group_rule(instances, weights.map(|weights| weights.iter().map(of_type).collect()))
}

fn group_rule(instances: Vec<Instance>, overrides: Option<Vec<LaunchTemplateOverrides>>) -> Rule {
    let policy = overrides.map(|overrides| {
        let template = LaunchTemplate::builder().set_overrides(Some(overrides)).build();
        MixedInstancesPolicy::builder().launch_template(template).build()
    });
    let group = AutoScalingGroup::builder().desired_capacity(4).min_size(2).max_size(9);
    let group = group.set_instances(Some(instances)).set_mixed_instances_policy(policy).build();
    mock!(Client::describe_auto_scaling_groups)
        .match_requests(|asked| asked.auto_scaling_group_names() == ["web-asg"])
        .then_output(move || DescribeAutoScalingGroupsOutput::builder().auto_scaling_groups(group.clone()).build())
}

fn instances(states: &[&str], weight: Option<&str>) -> Vec<Instance> {
    let instance = |state: &&str| {
        Instance::builder().lifecycle_state((*state).into()).set_weighted_capacity(weight.map(str::to_owned)).build()
    };
    states.iter().map(instance).collect()
}

/// The answer to a call that was carried out: it has nothing but its id.
fn done(call: &str) -> HttpResponse {
    let body = format!("<{call}Response><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{call}Response>");
    let mut response = HttpResponse::new(200.try_into().unwrap(), body.into());
    response.headers_mut().insert("x-amzn-requestid", "1");
    response
}

fn refused(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    HttpResponse::new(status.try_into().unwrap(), body.into())
}

#[tokio::test]
async fn instances_count_by_their_state() {
    // Every state that the API names, and one that it may name one day.
    const IN_SERVICE: [&str; 1] = ["InService"];
    const PENDING: [&str; 3] = ["Pending", "Pending:Wait", "Pending:Proceed"];
    const NEITHER: [&str; 28] = [
        "Detached",
        "Detaching",
        "EnteringStandby",
        "Quarantined",
        "ReplacingRootVolume",
        "ReplacingRootVolume:Proceed",
        "ReplacingRootVolume:Wait",
        "RootVolumeReplaced",
        "Standby",
        "Terminated",
        "Terminating",
        "Terminating:Proceed",
        "Terminating:Retained",
        "Terminating:Wait",
        "Warmed:Hibernated",
        "Warmed:Pending",
        "Warmed:Pending:Proceed",
        "Warmed:Pending:Retained",
        "Warmed:Pending:Wait",
        "Warmed:Running",
        "Warmed:Stopped",
        "Warmed:Terminated",
        "Warmed:Terminating",
        "Warmed:Terminating:Proceed",
        "Warmed:Terminating:Retained",
        "Warmed:Terminating:Wait",
        "a state of the future",
        "",
    ];
    let known: Vec<_> = IN_SERVICE.iter().chain(&PENDING).chain(&NEITHER).copied().collect();
    let missing: Vec<_> = LifecycleState::values().iter().filter(|state| !known.contains(state)).collect();
    assert!(missing.is_empty(), "{missing:?} counts as what?");
    for (states, in_service, pending) in [(&IN_SERVICE[..], 1, 0), (&PENDING, 0, 3), (&NEITHER, 0, 0)] {
        let size = cloud(&[&found_with(instances(states, None), None)]).describe(&web()).await.unwrap();
        assert_eq!(size, CapacityState { desired: 4, min: 2, max: 9, in_service, pending, unit: 1 });
    }
    let all = [&IN_SERVICE[..], &PENDING, &NEITHER, &IN_SERVICE].concat();
    let size = cloud(&[&found_with(instances(&all, None), None)]).describe(&web()).await.unwrap();
    assert_eq!((size.in_service, size.pending), (2, 3));
}

#[tokio::test]
async fn weights_count_in_every_size_and_their_divisor_is_the_unit() {
    for (weights, unit) in
        [(&["4", "8", "16"][..], 4), (&["6", "4"], 2), (&["3", "5"], 1), (&["7"], 7), (&["999", "333"], 333), (&[], 1)]
    {
        let serving = weights.iter().flat_map(|weight| instances(&["InService", "InService"], Some(weight)));
        let others = weights.iter().flat_map(|weight| instances(&["Pending", "Terminating", "Warmed:Stopped"], Some(weight)));
        let rule = found_with(serving.chain(others).collect(), Some(weights));
        let size = cloud(&[&rule]).describe(&web()).await.unwrap();
        let sum: u32 = weights.iter().map(|weight| weight.parse::<u32>().unwrap()).sum();
        assert_eq!((size.unit, size.in_service, size.pending), (unit, 2 * sum, sum), "{weights:?}");
        assert_eq!((size.desired, size.min, size.max), (4, 2, 9), "the group's sizes are in weights already");
    }
}

#[tokio::test]
async fn a_mixed_group_without_weights_counts_instances() {
    let overrides = ["m7g.large", "m6g.large"].map(|name| LaunchTemplateOverrides::builder().instance_type(name).build());
    let rule = group_rule(instances(&["InService", "Pending"], None), Some(overrides.to_vec()));
    let size = cloud(&[&rule]).describe(&web()).await.unwrap();
    assert_eq!((size.unit, size.in_service, size.pending), (1, 1, 1));
}

#[tokio::test]
async fn a_weight_that_is_no_number_is_no_size() {
    for weight in ["", "four", "-4", "4.5", "99999999999"] {
        let rule = found_with(instances(&["InService"], Some(weight)), None);
        assert!(matches!(cloud(&[&rule]).describe(&web()).await, Err(PortError::Other(_))), "an instance that weighs `{weight}`");
        let rule = group_rule(Vec::new(), Some(vec![LaunchTemplateOverrides::builder().weighted_capacity(weight).build()]));
        assert!(matches!(cloud(&[&rule]).describe(&web()).await, Err(PortError::Other(_))), "a type that weighs `{weight}`");
    }
}

#[tokio::test]
async fn a_group_that_is_not_there_is_told_with_the_cure() {
    let nothing = mock!(Client::describe_auto_scaling_groups).then_output(|| DescribeAutoScalingGroupsOutput::builder().build());
    let error = cloud(&[&nothing]).describe(&web()).await.unwrap_err();
    assert!(matches!(error, PortError::NotFound(_)));
    assert_eq!(
        error.to_string(),
        "Auto Scaling group `web-asg` in eu-west-1 is not there: correct `auto_scaling_group` or `region` in `fleet.toml`"
    );
    let error = cloud(&[]).describe(&Group::simulated("web")).await.unwrap_err();
    assert!(matches!(&error, PortError::NotFound(line) if line.contains("give it `auto_scaling_group`")), "{error}");
}

#[tokio::test]
async fn a_size_without_numbers_is_no_size() {
    let half = mock!(Client::describe_auto_scaling_groups).then_output(|| {
        DescribeAutoScalingGroupsOutput::builder().auto_scaling_groups(AutoScalingGroup::builder().min_size(1).build()).build()
    });
    assert!(matches!(cloud(&[&half]).describe(&web()).await, Err(PortError::Other(_))));
}

#[tokio::test]
async fn the_desired_capacity_is_set_whatever_the_cooldown() {
    for desired in [2, 9] {
        let set = mock!(Client::set_desired_capacity)
            .match_requests(move |asked| {
                asked.auto_scaling_group_name() == Some("web-asg")
                    && asked.desired_capacity() == Some(desired)
                    && asked.honor_cooldown() == Some(false)
            })
            .then_http_response(|| done("SetDesiredCapacity"));
        cloud(&[&found(&[]), &set]).set_desired(&web(), desired.try_into().unwrap()).await.unwrap();
        assert_eq!(set.num_calls(), 1);
    }
}

#[tokio::test]
async fn what_is_out_of_bounds_is_never_asked_for() {
    for desired in [0, 1, 10, u32::MAX] {
        // No rule for the write: it would panic.
        let error = cloud(&[&found(&[])]).set_desired(&web(), desired).await.unwrap_err();
        assert!(matches!(error, PortError::Conflict(_)));
        assert_eq!(
            error.to_string(),
            format!(
                "Auto Scaling group `web-asg` in eu-west-1 has 2 to 9 instances, not {desired}: decide again within these bounds"
            )
        );
    }
}

#[tokio::test]
async fn the_minimum_is_set_and_nothing_else() {
    for minimum in [0, 9] {
        let set = mock!(Client::update_auto_scaling_group)
            .match_requests(move |asked| {
                let alone = asked.max_size().is_none() && asked.desired_capacity().is_none();
                asked.auto_scaling_group_name() == Some("web-asg") && asked.min_size() == Some(minimum) && alone
            })
            .then_http_response(|| done("UpdateAutoScalingGroup"));
        cloud(&[&found(&[]), &set]).set_minimum(&web(), minimum.try_into().unwrap()).await.unwrap();
        assert_eq!(set.num_calls(), 1);
    }
}

#[tokio::test]
async fn a_minimum_above_the_maximum_is_never_asked_for() {
    for minimum in [10, u32::MAX] {
        // No rule for the write: it would panic.
        let error = cloud(&[&found(&[])]).set_minimum(&web(), minimum).await.unwrap_err();
        assert!(matches!(error, PortError::Conflict(_)));
        assert_eq!(
            error.to_string(),
            format!(
                "Auto Scaling group `web-asg` in eu-west-1 has at most 9 instances, which a minimum of {minimum} is above: \
                 decide again within this bound"
            )
        );
    }
}

#[tokio::test]
async fn a_refused_minimum_names_the_right_that_is_missing() {
    let set = |status, code, message| async move {
        let rule = mock!(Client::update_auto_scaling_group).then_http_response(move || refused(status, code, message));
        cloud(&[&found(&[]), &rule]).set_minimum(&web(), 3).await.unwrap_err()
    };
    let denied = set(403, "AccessDenied", "User: x is not authorized").await;
    assert!(matches!(denied, PortError::Denied(_)));
    assert!(denied.to_string().contains("allow `autoscaling:UpdateAutoScalingGroup` to the role or user"), "{denied}");
    assert!(matches!(set(400, "ScalingActivityInProgress", "an activity goes on").await, PortError::Conflict(_)));
    assert!(matches!(set(400, "Throttling", "Rate exceeded").await, PortError::Throttled(_)));
}

#[tokio::test]
async fn a_page_of_a_proxy_is_not_taken_for_done() {
    let page = || HttpResponse::new(200.try_into().unwrap(), "<html>Sign in to go on</html>".into());
    let desired = mock!(Client::set_desired_capacity).then_http_response(page);
    let minimum = mock!(Client::update_auto_scaling_group).then_http_response(page);
    let cloud = cloud(&[&found(&[]), &desired, &found(&[]), &minimum]);
    for answer in [cloud.set_desired(&web(), 3).await, cloud.set_minimum(&web(), 3).await] {
        let error = answer.unwrap_err();
        assert!(matches!(error, PortError::Other(_)));
        assert_eq!(
            error.to_string(),
            "Auto Scaling group `web-asg` in eu-west-1: the answer has no id, so it is not one of AWS: \
             check any proxy on the way, and `AWS_ENDPOINT_URL`"
        );
    }
}

#[tokio::test]
async fn refusals_tell_what_to_do_next() {
    let set = |status, code, message| async move {
        let rule = mock!(Client::set_desired_capacity).then_http_response(move || refused(status, code, message));
        cloud(&[&found(&[]), &rule]).set_desired(&web(), 3).await.unwrap_err()
    };
    let busy = set(400, "ScalingActivityInProgress", "an activity goes on").await;
    assert!(matches!(busy, PortError::Conflict(_)));
    let denied = set(403, "AccessDenied", "User: x is not authorized").await;
    assert!(matches!(denied, PortError::Denied(_)));
    assert_eq!(
        denied.to_string(),
        "Auto Scaling group `web-asg` in eu-west-1: User: x is not authorized (AccessDenied): \
         allow `autoscaling:SetDesiredCapacity` to the role or user that runs this"
    );
    assert!(matches!(set(400, "Throttling", "Rate exceeded").await, PortError::Throttled(_)));
    assert!(matches!(set(400, "ValidationError", "AutoScalingGroup name not found").await, PortError::NotFound(_)));
    assert!(matches!(set(500, "InternalFailure", "").await, PortError::Other(_)));

    let unreadable = mock!(Client::describe_auto_scaling_groups).then_http_response(|| refused(503, "ServiceUnavailable", ""));
    assert!(matches!(cloud(&[&unreadable]).set_desired(&web(), 3).await, Err(PortError::Other(_))), "and nothing is written");
}
