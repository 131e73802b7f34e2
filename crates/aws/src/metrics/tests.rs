mod sharing;

use aws_sdk_cloudwatch::{
    config::retry::RetryConfig,
    error::ErrorMetadata,
    operation::get_metric_data::{GetMetricDataError, GetMetricDataInput, GetMetricDataOutput},
    primitives::DateTime,
    types::{MetricDataQuery, MetricDataResult, StatusCode},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use headroom_core::{Column, Group, fleet::MetricSource};

use super::*;

/// CloudWatch that gives these answers, one after the other.
fn cloud(rules: &[&Rule]) -> CloudWatch {
    let client =
        mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, rules, |config| { config.retry_config(RetryConfig::disabled()) });
    CloudWatch { clients: Regional::made_by(move |_| client.clone()) }
}

fn web() -> Group {
    Group { auto_scaling_group: Some("web-asg".to_owned()), ..Group::simulated("web") }
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-27T{text}Z").parse().unwrap()
}

fn series(id: &str, points: &[(&str, f64)]) -> MetricDataResult {
    let (times, values) = points.iter().map(|(time, value)| (DateTime::from_secs(at(time).as_second()), *value)).unzip();
    let result = MetricDataResult::builder().id(id).status_code(StatusCode::Complete);
    result.set_timestamps(Some(times)).set_values(Some(values)).build()
}

fn page(after: Option<&'static str>, results: Vec<MetricDataResult>, next: Option<&'static str>) -> Rule {
    mock!(Client::get_metric_data).match_requests(move |asked| asked.next_token() == after).then_output(move || {
        let output = GetMetricDataOutput::builder().set_metric_data_results(Some(results.clone()));
        output.set_next_token(next.map(str::to_owned)).build()
    })
}

async fn read(rules: &[&Rule], group: &Group) -> Result<Vec<Observation>, PortError> {
    cloud(rules).observations_of(Window::of(group, at("10:00:00"), at("10:15:00"))).await
}

/// What is asked for each column: namespace, metric, dimensions, statistic and period.
fn asked(input: &GetMetricDataInput) -> Vec<String> {
    let describe = |query: &MetricDataQuery| {
        let stat = query.metric_stat()?;
        let metric = stat.metric()?;
        let dimensions: Vec<_> = metric
            .dimensions()
            .iter()
            .map(|dimension| format!("{}={}", dimension.name().unwrap_or_default(), dimension.value().unwrap_or_default()))
            .collect();
        let (namespace, name) = (metric.namespace()?, metric.metric_name()?);
        Some(format!("{}: {namespace} {name} {} {} {}", query.id()?, dimensions.join(","), stat.stat()?, stat.period()?))
    };
    input.metric_data_queries().iter().filter_map(describe).collect()
}

async fn asks(group: Group, expected: &'static [&'static str]) {
    let rule = mock!(Client::get_metric_data)
        .match_requests(move |input| {
            assert_eq!(asked(input), expected);
            true
        })
        .then_output(|| GetMetricDataOutput::builder().build());
    assert_eq!(read(&[&rule], &group).await.unwrap(), []);
}

#[tokio::test]
async fn every_column_is_asked_for_at_once_and_the_configuration_overrides() {
    asks(
        web(),
        &[
            "g0_cpu_utilization: AWS/EC2 CPUUtilization AutoScalingGroupName=web-asg Average 300",
            "g0_network_in: AWS/EC2 NetworkIn AutoScalingGroupName=web-asg Sum 300",
            "g0_in_service_instances: AWS/AutoScaling GroupInServiceInstances AutoScalingGroupName=web-asg Average 300",
        ],
    )
    .await;
    let source = |namespace: &str, metric: &str, statistic: &str| MetricSource {
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions: [("A", "1"), ("B", "2")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        statistic: statistic.to_owned(),
    };
    let requests = source("AWS/ApplicationELB", "RequestCount", "Sum");
    let metrics =
        BTreeMap::from([(Column::RequestCount, requests.clone()), (Column::CpuUtilization, source("Own", "Cpu", "p90"))]);
    asks(
        Group { metrics, step_seconds: 60, ..web() },
        &[
            "g0_cpu_utilization: Own Cpu A=1,B=2 p90 60",
            "g0_network_in: AWS/EC2 NetworkIn AutoScalingGroupName=web-asg Sum 60",
            "g0_request_count: AWS/ApplicationELB RequestCount A=1,B=2 Sum 60",
            "g0_in_service_instances: AWS/AutoScaling GroupInServiceInstances AutoScalingGroupName=web-asg Average 60",
        ],
    )
    .await;
    let only = Group { metrics: BTreeMap::from([(Column::RequestCount, requests)]), ..Group::simulated("web") };
    asks(only, &["g0_request_count: AWS/ApplicationELB RequestCount A=1,B=2 Sum 300"]).await;
}

#[tokio::test]
async fn a_group_without_any_metric_is_told_with_the_cure() {
    let error = read(&[], &Group::simulated("web")).await.unwrap_err();
    assert!(
        matches!(&error, PortError::NotFound(line) if line.contains("give it `auto_scaling_group`, or `metrics`")),
        "{error}"
    );
}

#[tokio::test]
async fn all_pages_make_the_rows_and_absent_stays_absent() {
    let first = vec![series("g0_cpu_utilization", &[("10:00:00", 40.0), ("10:10:00", 0.0)]), series("g0_network_in", &[])];
    let second =
        vec![series("g0_cpu_utilization", &[("10:05:00", f64::NAN)]), series("g0_in_service_instances", &[("10:00:00", 3.0)])];
    let third = vec![series("g0_network_in", &[("10:10:00", 7.0)]), series("g0_no_column", &[("10:10:00", 9.0)])];
    let pages = [page(None, first, Some("2")), page(Some("2"), second, Some("3")), page(Some("3"), third, None)];
    let expected = [
        Observation { cpu_utilization: Some(40.0), in_service_instances: Some(3.0), ..Observation::at(at("10:00:00")) },
        Observation { cpu_utilization: Some(0.0), network_in: Some(7.0), ..Observation::at(at("10:10:00")) },
    ];
    assert_eq!(read(&pages.each_ref(), &web()).await.unwrap(), expected);
}

#[tokio::test]
async fn only_whole_steps_that_start_in_the_window_are_read() {
    let window = |from: &'static str, to: &'static str| {
        let seconds = move |moment: &str| Some(DateTime::from_secs(at(moment).as_second()));
        mock!(Client::get_metric_data)
            .match_requests(move |input| (input.start_time().copied(), input.end_time().copied()) == (seconds(from), seconds(to)))
            .then_output(|| {
                let points = [("09:55:00", 1.0), ("10:00:00", 2.0), ("10:05:00", 3.0), ("10:10:00", 4.0)];
                GetMetricDataOutput::builder().metric_data_results(series("g0_cpu_utilization", &points)).build()
            })
    };
    let starts = |rows: Vec<Observation>| rows.into_iter().map(|row| row.timestamp).collect::<Vec<_>>();
    let rows =
        cloud(&[&window("10:00:00", "10:10:00")]).observations_of(Window::of(&web(), at("09:55:00.1"), at("10:10:00"))).await;
    assert_eq!(starts(rows.unwrap()), [at("10:00:00"), at("10:05:00")]);
    let rows =
        cloud(&[&window("10:00:00", "10:10:00")]).observations_of(Window::of(&web(), at("10:00:00"), at("10:05:01"))).await;
    assert_eq!(starts(rows.unwrap()), [at("10:00:00"), at("10:05:00")]);
    for (from, to) in [("10:00:01", "10:04:00"), ("10:05:00", "10:00:00"), ("10:00:00", "10:00:00")] {
        let none = cloud(&[]).observations_of(Window::of(&web(), at(from), at(to))).await;
        assert_eq!(none.unwrap(), [], "no step starts from {from} to {to}");
    }
}

#[test]
fn steps_are_found_before_1970_too() {
    let second = |text: &str| step_from(text.parse().unwrap(), 300);
    assert_eq!(second("1969-12-31T23:59:59.5Z"), 0);
    assert_eq!(second("1969-12-31T23:55:00Z"), -300);
    assert_eq!(second("1969-12-31T23:54:59.5Z"), -300);
    assert_eq!(second("1970-01-01T00:00:00Z"), 0);
    assert_eq!(second("1970-01-01T00:00:00.5Z"), 300);
}

/// An answer with CPU, and `network` for what came in.
fn answer(network: MetricDataResult) -> GetMetricDataOutput {
    let cpu = series("g0_cpu_utilization", &[("10:00:00", 40.0)]);
    GetMetricDataOutput::builder().metric_data_results(cpu).metric_data_results(network).build()
}

fn network_in(status: StatusCode, points: &[(&str, f64)]) -> MetricDataResult {
    let MetricDataResult { timestamps, values, .. } = series("g0_network_in", points);
    let result = MetricDataResult::builder().id("g0_network_in").status_code(status);
    result.set_timestamps(timestamps).set_values(values).build()
}

#[tokio::test]
async fn what_is_not_all_is_asked_for_once_more_and_nothing_else_is() {
    let again = |status: &StatusCode, points: &'static [(&'static str, f64)]| {
        let status = status.clone();
        mock!(Client::get_metric_data)
            .match_requests(|input| asked(input) == ["g0_network_in: AWS/EC2 NetworkIn AutoScalingGroupName=web-asg Sum 300"])
            .then_output(move || GetMetricDataOutput::builder().metric_data_results(network_in(status.clone(), points)).build())
    };
    let failed = || {
        mock!(Client::get_metric_data)
            .then_error(|| GetMetricDataError::generic(ErrorMetadata::builder().code("Throttling").build()))
    };
    let now = Observation { cpu_utilization: Some(40.0), network_in: Some(1.0), ..Observation::at(at("10:00:00")) };
    let later = Observation { network_in: Some(2.0), ..Observation::at(at("10:05:00")) };
    let whole: &[_] = &[("10:00:00", 1.0), ("10:05:00", 2.0)];
    for status in [StatusCode::PartialData, StatusCode::InternalError, StatusCode::from("NewStatus")] {
        for (what, second, expected) in [
            ("and then all", again(&StatusCode::Complete, whole), &[now, later][..]),
            ("and then nothing more", again(&status, &[]), &[now]),
            ("and then a failure", failed(), &[now]),
        ] {
            let status = status.clone();
            let first =
                mock!(Client::get_metric_data).then_output(move || answer(network_in(status.clone(), &[("10:00:00", 1.0)])));
            assert_eq!(read(&[&first, &second], &web()).await.unwrap(), expected, "{what}: what came is true");
            assert_eq!(second.num_calls(), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn what_a_later_page_completes_is_not_asked_for_again() {
    let first = page(None, vec![network_in(StatusCode::PartialData, &[("10:00:00", 1.0)])], Some("2"));
    let second = page(Some("2"), vec![network_in(StatusCode::Complete, &[("10:05:00", 2.0)])], None);
    let values: Vec<_> = read(&[&first, &second], &web()).await.unwrap().iter().map(|row| row.network_in).collect();
    assert_eq!(values, [Some(1.0), Some(2.0)]);
}

#[tokio::test]
async fn a_forbidden_metric_is_told_with_the_cure() {
    let forbidden = mock!(Client::get_metric_data).then_output(|| answer(network_in(StatusCode::Forbidden, &[])));
    let error = read(&[&forbidden], &web()).await.unwrap_err();
    assert!(matches!(error, PortError::Denied(_)));
    assert_eq!(
        error.to_string(),
        "metrics of group `web`: `network_in` is forbidden: allow `cloudwatch:GetMetricData` to the role or user that runs this"
    );
}

#[tokio::test]
async fn a_failed_page_is_a_failed_read() {
    let failed = |code: &'static str| {
        mock!(Client::get_metric_data)
            .then_error(move || GetMetricDataError::generic(ErrorMetadata::builder().code(code).message("it was said").build()))
    };
    let first = page(None, vec![series("g0_cpu_utilization", &[("10:00:00", 40.0)])], Some("2"));
    let error = read(&[&first, &failed("Throttling")], &web()).await.unwrap_err();
    assert!(matches!(error, PortError::Throttled(_)));
    assert_eq!(error.to_string(), "metrics of group `web`: it was said (Throttling): the next tick tries again");
    assert!(matches!(read(&[&failed("AccessDenied")], &web()).await, Err(PortError::Denied(_))));
    assert!(matches!(read(&[&failed("InternalServiceFault")], &web()).await, Err(PortError::Other(_))));
}
