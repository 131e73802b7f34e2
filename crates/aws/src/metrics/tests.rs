use aws_sdk_cloudwatch::{
    config::retry::RetryConfig,
    error::ErrorMetadata,
    operation::get_metric_data::{GetMetricDataError, GetMetricDataInput, GetMetricDataOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;

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
    cloud(rules).observations(group, at("10:00:00"), at("10:15:00")).await
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
            "cpu_utilization: AWS/EC2 CPUUtilization AutoScalingGroupName=web-asg Average 300",
            "network_in: AWS/EC2 NetworkIn AutoScalingGroupName=web-asg Sum 300",
            "in_service_instances: AWS/AutoScaling GroupInServiceInstances AutoScalingGroupName=web-asg Average 300",
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
            "cpu_utilization: Own Cpu A=1,B=2 p90 60",
            "network_in: AWS/EC2 NetworkIn AutoScalingGroupName=web-asg Sum 60",
            "request_count: AWS/ApplicationELB RequestCount A=1,B=2 Sum 60",
            "in_service_instances: AWS/AutoScaling GroupInServiceInstances AutoScalingGroupName=web-asg Average 60",
        ],
    )
    .await;
    let only = Group { metrics: BTreeMap::from([(Column::RequestCount, requests)]), ..Group::simulated("web") };
    asks(only, &["request_count: AWS/ApplicationELB RequestCount A=1,B=2 Sum 300"]).await;
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
    let first = vec![series("cpu_utilization", &[("10:00:00", 40.0), ("10:10:00", 0.0)]), series("network_in", &[])];
    let second = vec![series("cpu_utilization", &[("10:05:00", f64::NAN)]), series("in_service_instances", &[("10:00:00", 3.0)])];
    let third = vec![series("network_in", &[("10:10:00", 7.0)]), series("no column", &[("10:10:00", 9.0)])];
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
                GetMetricDataOutput::builder().metric_data_results(series("cpu_utilization", &points)).build()
            })
    };
    let starts = |rows: Vec<Observation>| rows.into_iter().map(|row| row.timestamp).collect::<Vec<_>>();
    let rows = cloud(&[&window("10:00:00", "10:10:00")]).observations(&web(), at("09:55:00.1"), at("10:10:00")).await;
    assert_eq!(starts(rows.unwrap()), [at("10:00:00"), at("10:05:00")]);
    let rows = cloud(&[&window("10:00:00", "10:10:00")]).observations(&web(), at("10:00:00"), at("10:05:01")).await;
    assert_eq!(starts(rows.unwrap()), [at("10:00:00"), at("10:05:00")]);
    assert_eq!(cloud(&[]).observations(&web(), at("10:00:01"), at("10:04:00")).await.unwrap(), [], "no step starts in it");
    assert_eq!(cloud(&[]).observations(&web(), at("10:05:00"), at("10:00:00")).await.unwrap(), []);
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

#[tokio::test]
async fn a_series_that_failed_costs_no_other_but_a_forbidden_one_is_told() {
    let with = |status: StatusCode| {
        let failed = MetricDataResult::builder().id("network_in").status_code(status).build();
        page(None, vec![series("cpu_utilization", &[("10:00:00", 40.0)]), failed], None)
    };
    for status in [StatusCode::InternalError, StatusCode::PartialData] {
        let rows = read(&[&with(status)], &web()).await.unwrap();
        assert_eq!(rows, [Observation { cpu_utilization: Some(40.0), ..Observation::at(at("10:00:00")) }]);
    }
    let error = read(&[&with(StatusCode::Forbidden)], &web()).await.unwrap_err();
    assert!(matches!(&error, PortError::Denied(line) if line.contains("allow `cloudwatch:GetMetricData`")), "{error}");
}

#[tokio::test]
async fn a_failed_page_is_a_failed_read() {
    let failed = |code: &'static str| {
        mock!(Client::get_metric_data)
            .then_error(move || GetMetricDataError::generic(ErrorMetadata::builder().code(code).message("it was said").build()))
    };
    let first = page(None, vec![series("cpu_utilization", &[("10:00:00", 40.0)])], Some("2"));
    let error = read(&[&first, &failed("Throttling")], &web()).await.unwrap_err();
    assert!(matches!(error, PortError::Throttled(_)));
    assert_eq!(error.to_string(), "metrics of group `web`: it was said (Throttling): the next tick tries again");
    assert!(matches!(read(&[&failed("AccessDenied")], &web()).await, Err(PortError::Denied(_))));
    assert!(matches!(read(&[&failed("InternalServiceFault")], &web()).await, Err(PortError::Other(_))));
}
