use aws_sdk_cloudwatch::{
    config::retry::RetryConfig,
    error::ErrorMetadata,
    operation::describe_alarms::{DescribeAlarmsError, DescribeAlarmsOutput},
    primitives::DateTime,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;

fn alarms(rules: &[&Rule]) -> Alarms {
    let client =
        mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, rules, |config| { config.retry_config(RetryConfig::disabled()) });
    Alarms { client }
}

const NAMES: [&str; 3] = ["headroom-held", "headroom-group", "headroom-throttled"];

fn names() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-27T{text}Z").parse().unwrap()
}

fn page(after: Option<&'static str>, alarms: Vec<MetricAlarm>, next: Option<&'static str>) -> Rule {
    mock!(Client::describe_alarms)
        .match_requests(move |asked| asked.next_token() == after && asked.alarm_names() == NAMES)
        .then_output(move || {
            let output = DescribeAlarmsOutput::builder().set_metric_alarms(Some(alarms.clone()));
            output.set_next_token(next.map(str::to_owned)).build()
        })
}

#[tokio::test]
async fn alarms_are_told_by_their_state_and_its_beginning() {
    let seconds = |text: &str| DateTime::from_secs(at(text).as_second());
    let alarm = |name: &str| MetricAlarm::builder().alarm_name(name).alarm_actions("arn:aws:sns:eu-west-1:1:topic");
    let held = alarm("headroom-held").state_value(StateValue::Alarm).alarm_description("Held.").actions_enabled(true);
    let held = held.state_transitioned_timestamp(seconds("12:00:00")).state_updated_timestamp(seconds("12:30:00")).build();
    let group = alarm("headroom-group").state_value(StateValue::Ok).state_updated_timestamp(seconds("11:00:00")).build();
    let throttled = alarm("headroom-throttled").state_value(StateValue::InsufficientData).actions_enabled(false).build();
    let (first, second) = (page(None, vec![held, throttled], Some("more")), page(Some("more"), vec![group], None));
    let found = alarms(&[&first, &second]).named(&names()).await.unwrap();
    let expected = |name: &str, description: &str, is_raised, since: Option<&str>, tells| Alarm {
        name: name.to_owned(),
        description: description.to_owned(),
        is_raised,
        since: since.map(at),
        tells,
    };
    let wanted = [
        expected("headroom-group", "", false, Some("11:00:00"), true),
        expected("headroom-held", "Held.", true, Some("12:00:00"), true),
        expected("headroom-throttled", "", false, None, false),
    ];
    assert_eq!(found, wanted, "every page, by name");
    let silent = page(None, vec![MetricAlarm::builder().alarm_name("headroom-held").build()], None);
    assert!(!alarms(&[&silent]).named(&names()).await.unwrap()[0].tells, "nobody is named");
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let denied = mock!(Client::describe_alarms).then_error(|| {
        let meta = ErrorMetadata::builder().code("AccessDenied").message("not authorized").build();
        DescribeAlarmsError::generic(meta)
    });
    let error = alarms(&[&denied]).named(&names()).await.unwrap_err();
    assert!(matches!(error, PortError::Denied(_)), "{error}");
    assert!(error.to_string().contains("allow `cloudwatch:DescribeAlarms`"), "{error}");
}
