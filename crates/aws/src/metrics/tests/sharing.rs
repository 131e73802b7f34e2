//! Which groups share a call, and what they lose by it: nothing.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;

use super::*;

type Calls = Arc<Mutex<Vec<GetMetricDataInput>>>;

/// CloudWatch that has the value 1 for the first step of every metric, and forbids those named `Secret`.
fn honest(calls: &Calls) -> Rule {
    let calls = calls.clone();
    mock!(Client::get_metric_data).match_requests(|input| !asks_for(input, "Wrong")).then_compute_output(move |input| {
        calls.lock().unwrap().push(input.clone());
        let results = input.metric_data_queries().iter().map(|query| {
            let result = MetricDataResult::builder().set_id(query.id.clone());
            if name(query) == "Secret" {
                return result.status_code(StatusCode::Forbidden).build();
            }
            result.status_code(StatusCode::Complete).timestamps(*input.start_time().unwrap()).values(1.0).build()
        });
        GetMetricDataOutput::builder().set_metric_data_results(Some(results.collect())).build()
    })
}

/// CloudWatch that refuses with `code` whatever asks for a metric named `Wrong`.
fn refusing(code: &'static str) -> Rule {
    mock!(Client::get_metric_data)
        .match_requests(|input| asks_for(input, "Wrong"))
        .then_error(move || GetMetricDataError::generic(ErrorMetadata::builder().code(code).message("it was said").build()))
}

fn name(query: &MetricDataQuery) -> &str {
    query.metric_stat().and_then(|stat| stat.metric()?.metric_name()).unwrap()
}

fn asks_for(input: &GetMetricDataInput, metric: &str) -> bool {
    input.metric_data_queries().iter().any(|query| name(query) == metric)
}

/// A cloud in which `rules` answer, the first that fits, in every region.
fn regional(rules: &[&Rule]) -> CloudWatch {
    let client =
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, rules, |config| { config.retry_config(RetryConfig::disabled()) });
    CloudWatch { clients: Regional::made_by(move |_| client.clone()) }
}

fn groups(count: usize) -> Vec<Group> {
    (0..count).map(|place| Group { auto_scaling_group: Some(format!("asg-{place}")), ..Group::simulated("web") }).collect()
}

/// `group` with one metric of its own more.
fn with_metric(group: &Group, metric: &str) -> Group {
    let source = MetricSource {
        namespace: "Own".to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::new(),
        statistic: "Sum".to_owned(),
    };
    Group { metrics: [(Column::RequestCount, source)].into(), ..group.clone() }
}

fn windows(groups: &[Group]) -> Vec<Window<'_>> {
    groups.iter().map(|group| Window::of(group, at("10:00:00"), at("10:15:00"))).collect()
}

fn sizes(calls: &Calls) -> Vec<usize> {
    let mut sizes: Vec<_> = calls.lock().unwrap().iter().map(|input| input.metric_data_queries().len()).collect();
    sizes.sort_unstable();
    sizes
}

#[tokio::test]
async fn groups_of_the_same_steps_share_calls_of_500_metrics() {
    for (count, expected) in [(0, &[][..]), (1, &[3]), (166, &[498]), (167, &[3, 498]), (400, &[204, 498, 498])] {
        let (groups, calls) = (groups(count), Calls::default());
        let results = regional(&[&honest(&calls)]).observations(&windows(&groups)).await;
        assert_eq!(sizes(&calls), expected, "{count} groups of three metrics");
        let first = Observation {
            cpu_utilization: Some(1.0),
            network_in: Some(1.0),
            in_service_instances: Some(1.0),
            ..Observation::at(at("10:00:00"))
        };
        assert!(results.iter().all(|rows| *rows.as_ref().unwrap() == [first]));
        assert_eq!(results.len(), count);
        let calls = calls.lock().unwrap();
        let mut asked: Vec<_> = calls.iter().flat_map(asked).map(|line| line.split_once(": ").unwrap().1.to_owned()).collect();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), 3 * count, "each metric once");
    }
}

#[tokio::test]
async fn ids_are_what_cloudwatch_takes_and_unlike_each_other() {
    let (groups, calls) = (groups(166), Calls::default());
    regional(&[&honest(&calls)]).observations(&windows(&groups)).await;
    let calls = calls.lock().unwrap();
    let mut ids: Vec<_> = calls[0].metric_data_queries().iter().map(|query| query.id().unwrap()).collect();
    let is_legal = |id: &&str| {
        id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    assert!(ids.iter().all(is_legal), "{ids:?}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 498);
}

#[tokio::test]
async fn other_steps_other_calls_and_each_row_meets_its_window() {
    let (groups, calls) = (groups(2), Calls::default());
    let [from, to] = [at("10:00:00"), at("11:00:00")];
    let windows = [
        Window::of(&groups[0], from, to),
        Window { step_seconds: 3600, ..Window::of(&groups[0], from, to) },
        Window::of(&groups[1], at("10:30:00"), to),
        Window::of(&groups[1], from, to),
    ];
    let results = regional(&[&honest(&calls)]).observations(&windows).await;
    let starts: Vec<_> = results.into_iter().map(|rows| rows.unwrap()[0].timestamp).collect();
    assert_eq!(starts, [from, from, at("10:30:00"), from]);
    assert_eq!(sizes(&calls), [3, 3, 6]);
    let calls = calls.lock().unwrap();
    let hourly = calls.iter().find(|input| asked(input)[0].ends_with("3600")).unwrap();
    assert_eq!(hourly.metric_data_queries().len(), 3);
}

#[tokio::test]
async fn each_region_has_its_own_calls() {
    let names = [None, Some("eu-west-1"), Some("us-east-1"), Some("eu-west-1")];
    let mut groups = groups(names.len());
    for (group, region) in groups.iter_mut().zip(names) {
        group.region = region.map(str::to_owned);
    }
    let by_region: Arc<Mutex<BTreeMap<Option<String>, Calls>>> = Arc::default();
    let clients = Regional::made_by({
        let by_region = by_region.clone();
        move |region| {
            let calls = Calls::default();
            by_region.lock().unwrap().insert(region.map(str::to_owned), calls.clone());
            mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&honest(&calls)], |config| config)
        }
    });
    let results = CloudWatch { clients }.observations(&windows(&groups)).await;
    assert!(results.iter().all(|rows| rows.as_ref().is_ok_and(|rows| rows.len() == 1)) && results.len() == names.len());
    let sizes: Vec<_> = by_region.lock().unwrap().iter().map(|(region, calls)| (region.clone(), sizes(calls))).collect();
    let region = |name: &str| Some(name.to_owned());
    assert_eq!(sizes, [(None, vec![3]), (region("eu-west-1"), vec![6]), (region("us-east-1"), vec![3])]);
}

#[tokio::test]
async fn long_history_comes_in_few_calls_of_at_most_100800_points() {
    let now = at("10:00:00");
    for (count, step_seconds, days, calls_expected) in
        [(1, 300, 63, 1), (1, 3600, 455, 1), (2, 3600, 455, 1), (3, 3600, 455, 2), (3, 300, 63, 3), (1, 60, 63, 4)]
    {
        let own = |(place, group): (usize, &Group)| with_metric(group, &format!("Requests{place}"));
        let groups: Vec<_> = groups(count).iter().enumerate().map(own).collect();
        let calls = Calls::default();
        let from = now - SignedDuration::from_hours(24 * days);
        let windows: Vec<_> = groups.iter().map(|group| Window { group, step_seconds, from, to: now }).collect();
        let results = regional(&[&honest(&calls)]).observations(&windows).await;
        let calls = calls.lock().unwrap();
        assert_eq!(calls.len(), calls_expected, "{count} groups of four metrics, {days} days by {step_seconds} s");
        let mut read: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for input in calls.iter() {
            let [first, end] = [input.start_time().unwrap().secs(), input.end_time().unwrap().secs()];
            let points = (end - first) / step_seconds * i64::try_from(input.metric_data_queries().len()).unwrap();
            assert!(points <= 100_800, "{points}");
            for line in asked(input) {
                read.entry(line.split_once(": ").unwrap().1.to_owned()).or_default().push((first, end));
            }
        }
        for parts in read.values_mut() {
            parts.sort_unstable();
            assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "parts meet: {parts:?}");
            assert_eq!((parts[0].0, parts[parts.len() - 1].1), (from.as_second(), now.as_second()));
        }
        let parts = calls_expected.div_ceil(count.min(calls_expected));
        assert!(count > 1 || results[0].as_ref().unwrap().len() == parts, "every part adds its rows");
    }
}

#[tokio::test]
async fn a_forbidden_metric_costs_its_own_group_only() {
    let (mut groups, calls) = (groups(3), Calls::default());
    groups[1] = with_metric(&groups[1], "Secret");
    let results = regional(&[&honest(&calls)]).observations(&windows(&groups)).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(matches!(results[1], Err(PortError::Denied(_))));
    assert_eq!(sizes(&calls), [10], "in one call");
}

#[tokio::test]
async fn a_metric_that_cloudwatch_does_not_understand_costs_its_own_group_only() {
    for code in ["ValidationError", "InvalidParameterValueException", "InvalidParameterCombination", "MissingParameter"] {
        let (mut groups, calls) = (groups(100), Calls::default());
        groups[41] = with_metric(&groups[41], "Wrong");
        let refusing = refusing(code);
        let results = regional(&[&honest(&calls), &refusing]).observations(&windows(&groups)).await;
        let failed: Vec<_> = results.iter().enumerate().filter(|(_, rows)| rows.is_err()).map(|(place, _)| place).collect();
        assert_eq!(failed, [41], "{code}");
        let error = results[41].as_ref().unwrap_err().to_string();
        assert!(error.starts_with(&format!("metrics of group `web`: it was said ({code})")), "{error}");
        assert!(refusing.num_calls() <= 8, "halved until it stands alone: {} calls", refusing.num_calls());
        assert_eq!(sizes(&calls).iter().sum::<usize>(), 99 * 3, "every other metric is read once");
    }
}

#[tokio::test]
async fn a_call_that_fails_fails_the_groups_in_it() {
    for code in ["Throttling", "AccessDenied", "InternalServiceFault"] {
        let (mut groups, calls) = (groups(3), Calls::default());
        groups[0] = with_metric(&groups[0], "Wrong");
        let windows = [
            Window::of(&groups[0], at("10:00:00"), at("10:15:00")),
            Window::of(&groups[1], at("10:00:00"), at("10:15:00")),
            Window::of(&groups[2], at("09:00:00"), at("10:15:00")),
        ];
        let refusing = refusing(code);
        let results = regional(&[&honest(&calls), &refusing]).observations(&windows).await;
        assert!(results[0].is_err() && results[1].is_err() && results[2].is_ok(), "{code}: {results:?}");
        assert_eq!(refusing.num_calls(), 1, "what says nothing of a metric is not split");
    }
}

#[tokio::test]
async fn a_step_that_cloudwatch_does_not_have_costs_its_own_group_only() {
    for step_seconds in [i64::MIN, -60, 0, 30, 90, 86_460, i64::MAX] {
        let (mut groups, calls) = (groups(2), Calls::default());
        groups[0].step_seconds = step_seconds;
        let results = regional(&[&honest(&calls)]).observations(&windows(&groups)).await;
        assert!(results[1].is_ok());
        let error = results[0].as_ref().unwrap_err().to_string();
        let line = "of group `web` is not a whole number of minutes of one day: use 60 or 300";
        assert_eq!(error, format!("`step_seconds` = {step_seconds} {line}"));
    }
}

#[tokio::test]
async fn a_group_without_a_metric_costs_no_other() {
    let calls = Calls::default();
    let groups = [groups(1), vec![Group::simulated("nothing")], groups(1)].concat();
    let results = regional(&[&honest(&calls)]).observations(&windows(&groups)).await;
    assert!(results[0].is_ok() && results[2].is_ok() && matches!(results[1], Err(PortError::NotFound(_))));
}
