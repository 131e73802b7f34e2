use headroom_core::{Column, Series, observation::Observation};
use headroom_sim::{Workload, WorkloadError, WorldRules};

use super::{at, rows, workload};

fn loads(workload: &Workload, minutes: std::ops::Range<usize>) -> Vec<f64> {
    minutes.map(|minute| (workload.load_at(minute) * 1e9).round() / 1e9).collect()
}

#[test]
fn load_is_counted_in_shares_of_the_99th_percentile_of_the_history() {
    // The first 8 of 10 rows are history: sorted 0 ... 700, whose 99th percentile lies at 0.93 between 600 and 700.
    let values: Vec<f64> = (0..10).map(|row| f64::from(row) * 100.0).collect();
    let workload = workload(300, &values, 20.0);
    assert_eq!((workload.minutes(), workload.split_minute(), workload.split()), (50, 40, at(2400)));
    assert_eq!(workload.main_column(), Column::RequestCount);
    assert!((workload.load_at(45) - 900.0 / 693.0 * 20.0).abs() < 1e-9);
    assert_eq!(workload.load_at(40), workload.load_at(44), "constant within a step");
    assert_eq!(workload.load_at(49), workload.load_at(500), "the last value goes on beyond the end");
    assert!((workload.requests_per_instance(300).unwrap() - 693.0 / 20.0).abs() < 1e-9);
    assert!((workload.requests_per_instance(60).unwrap() - 693.0 / 100.0).abs() < 1e-9);
    // The highest load of the history is 700 / 693 x 20 = 20.2, over 0.85: 23.8.
    assert_eq!(workload.static_peak(&WorldRules::default()), 24);
    assert_eq!(workload.static_peak(&WorldRules { instances_max: 10, ..WorldRules::default() }), 10);
}

#[test]
fn a_minute_trace_keeps_its_minutes() {
    // 48 of 60 minutes are history, and half of its minutes are at 15: so is their 99th percentile.
    let mut values: Vec<f64> = [5.0, 15.0, 10.0, 15.0].repeat(12);
    values.extend([30.0; 12]);
    let series = Series::from_observations(&rows(60, Column::RequestCount, &values)).unwrap();
    let workload = Workload::from_series(&series, 10.0).unwrap();
    assert_eq!(workload.minutes(), 60);
    // The split lies on the grid of five minutes: 12 of them, 9 of history.
    assert_eq!((workload.split_minute(), workload.split()), (45, at(2700)));
    assert_eq!(loads(&workload, 0..4), [3.333333333, 10.0, 6.666666667, 10.0]);
    assert_eq!(loads(&workload, 47..49), [10.0, 20.0]);
}

#[test]
fn means_are_not_divided_and_a_gap_holds_the_last_value() {
    let values = [50.0, 50.0, f64::NAN, 50.0, 50.0, 25.0, f64::NAN, 50.0, 10.0, 20.0];
    let series = Series::from_observations(&rows(1800, Column::CpuUtilization, &values)).unwrap();
    let workload = Workload::from_series(&series, 10.0).unwrap();
    assert_eq!((workload.minutes(), workload.split_minute()), (300, 240));
    assert_eq!(loads(&workload, 59..61), [10.0, 10.0]);
    assert_eq!(loads(&workload, 180..181), [5.0], "25 percent was seen last");
    assert_eq!(loads(&workload, 240..241), [2.0]);
    assert_eq!(workload.requests_per_instance(300), None);
}

#[test]
fn minutes_and_times_agree() {
    let workload = workload(300, &[1.0; 10], 1.0);
    assert_eq!(workload.timestamp(7), at(420));
    assert_eq!(workload.minute_of(at(479)), Some(7));
    assert_eq!(workload.minute_of(at(-1)), None);
    assert_eq!(workload.minute_of(at(86_400)), Some(1440));
}

#[test]
fn history_shows_a_group_at_its_static_size_and_keeps_gaps() {
    let mut source = rows(1800, Column::RequestCount, &[600.0, 1200.0, f64::NAN, 1200.0, 1200.0]);
    for (row, sale) in source.iter_mut().zip([0.0, 1.0, 0.0, 0.0]) {
        row.network_in = Some(3000.0);
        row.is_sale_active = Some(sale);
    }
    let workload = Workload::from_series(&Series::from_observations(&source).unwrap(), 2.0).unwrap();
    let history = workload.history_observations(300, 4);
    // Four half hours of history, the third of them a gap.
    let starts: Vec<_> = history.iter().map(|row| row.timestamp).collect();
    let expected: Vec<_> = (0..12).chain(18..24).map(|step| at(step * 300)).collect();
    assert_eq!(starts, expected);
    let row = |start, cpu, requests, sale| Observation {
        timestamp: at(start),
        cpu_utilization: Some(cpu),
        network_in: Some(500.0),
        request_count: Some(requests),
        in_service_instances: Some(4.0),
        is_sale_active: Some(sale),
    };
    // 1200 requests in half an hour are two instances' worth; a sixth of them falls into each five minutes.
    assert_eq!(history[0], row(0, 25.0, 100.0, 0.0));
    assert_eq!(history[6], row(1800, 50.0, 200.0, 1.0));
    assert_eq!(
        workload.history_observations(60, 1)[1],
        Observation {
            network_in: Some(100.0),
            request_count: Some(20.0),
            in_service_instances: Some(1.0),
            ..row(60, 100.0, 0.0, 0.0)
        }
    );
}

#[test]
fn a_step_of_minutes_counts_when_most_of_it_was_measured() {
    let mut values = vec![10.0; 50];
    values[1] = f64::NAN;
    values[2] = f64::NAN;
    values[5..8].fill(f64::NAN);
    let history = workload(60, &values, 10.0).history_observations(300, 20);
    assert_eq!(history[0].request_count, Some(50.0), "three minutes stand for five");
    assert_eq!(history[0].is_sale_active, None, "what the source has not is absent");
    assert_eq!(history[1].timestamp, at(600), "two do not");
    assert_eq!(history.len(), 7);
}

#[test]
fn what_cannot_be_replayed_says_why() {
    let series = |values: &[f64]| Series::from_observations(&rows(300, Column::RequestCount, values)).unwrap();
    let one_step = Series::with_step(&rows(300, Column::RequestCount, &[1.0]), 300).unwrap();
    assert_eq!(Workload::from_series(&one_step, 20.0).unwrap_err(), WorkloadError::TooShort { rows: 1 });
    let none = Workload::from_series(&series(&[0.0; 20]), 20.0).unwrap_err();
    assert_eq!(
        none.to_string(),
        "the 99th percentile of `request_count` over the first 80 % of the trace is 0: load is counted in shares of it, so take a trace with more load"
    );
    for size in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Workload::from_series(&series(&[1.0; 20]), size).unwrap_err();
        assert!(matches!(error, WorkloadError::PeakInstances(_)));
    }
}

#[test]
fn a_groups_own_load_is_taken_as_it_is() {
    let row = |step: i64, requests: f64, cpu: f64| Observation {
        request_count: Some(requests),
        cpu_utilization: Some(cpu),
        in_service_instances: Some(4.0),
        ..Observation::at(at(step * 300))
    };
    let series =
        Series::from_observations(&(0..10).map(|step| row(step, 100.0 * step as f64, 50.0)).collect::<Vec<_>>()).unwrap();
    let requests = Workload::from_load(&series, Some(200.0)).unwrap();
    assert_eq!((requests.main_column(), requests.split_minute()), (Column::RequestCount, 40));
    assert_eq!((requests.load_at(20), requests.load_at(49)), (2.0, 4.5));
    // The history's 99th percentile lies at 0.93 between 600 and 700 requests.
    assert!((requests.peak_instances() - 693.0 / 200.0).abs() < 1e-9);
    assert!((requests.requests_per_instance(300).unwrap() - 200.0).abs() < 1e-9);
    let cpu = Workload::from_load(&series, None).unwrap();
    assert_eq!((cpu.main_column(), cpu.load_at(20), cpu.requests_per_instance(300)), (Column::CpuUtilization, 2.0, None));
}

#[test]
fn an_own_load_with_gaps_holds_and_one_without_load_is_refused() {
    let mut values = vec![10.0; 10];
    values[4] = f64::NAN;
    let series = Series::from_observations(&rows(300, Column::RequestCount, &values)).unwrap();
    assert_eq!(Workload::from_load(&series, Some(5.0)).unwrap().load_at(22), 2.0);
    assert!(matches!(Workload::from_load(&series, None), Err(WorkloadError::NoLoad { column: Column::CpuUtilization, .. })));
}
