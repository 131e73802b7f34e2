use aws_sdk_autoscaling::{
    config::{http::HttpResponse, retry::RetryConfig},
    operation::{
        describe_auto_scaling_groups::DescribeAutoScalingGroupsOutput, set_desired_capacity::SetDesiredCapacityOutput,
        update_auto_scaling_group::UpdateAutoScalingGroupOutput,
    },
    types::Instance,
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

fn found(states: &'static [&'static str]) -> Rule {
    mock!(Client::describe_auto_scaling_groups)
        .match_requests(|asked| asked.auto_scaling_group_names() == ["web-asg"])
        .then_output(move || {
            let instances = states.iter().map(|state| Instance::builder().lifecycle_state((*state).into()).build()).collect();
            let group = AutoScalingGroup::builder().desired_capacity(4).min_size(2).max_size(9).set_instances(Some(instances));
            DescribeAutoScalingGroupsOutput::builder().auto_scaling_groups(group.build()).build()
        })
}

fn refused(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    HttpResponse::new(status.try_into().unwrap(), body.into())
}

#[tokio::test]
async fn instances_count_by_their_state() {
    const STATES: &[&str] = &[
        "InService",
        "InService",
        "Pending",
        "Pending:Wait",
        "Pending:Proceed",
        "Warmed:Pending",
        "Warmed:Stopped",
        "Terminating",
        "Standby",
        "a state of the future",
    ];
    let size = cloud(&[&found(STATES)]).describe(&web()).await.unwrap();
    assert_eq!(size, CapacityState { desired: 4, min: 2, max: 9, in_service: 2, pending: 3, unit: 1 });
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
            .then_output(|| SetDesiredCapacityOutput::builder().build());
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
            .then_output(|| UpdateAutoScalingGroupOutput::builder().build());
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
