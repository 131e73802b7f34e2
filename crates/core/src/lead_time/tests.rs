//! Late boots, staggered boots, and boots that never end.

use super::*;

const STEP: i64 = 300;

fn at(seconds: i64) -> Timestamp {
    "2026-11-27T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// The mean counts of the steps from `from` on, of instances that are there from the given seconds on.
fn steps(from: i64, count: usize, step_seconds: i64, arrivals: &[i64]) -> Vec<Observation> {
    let mean = |start: i64| {
        let served = |arrival: &i64| (start + step_seconds - arrival).clamp(0, step_seconds) as f64 / step_seconds as f64;
        arrivals.iter().map(served).sum::<f64>()
    };
    let starts = (0..).map(|index| from + index * step_seconds).take(count);
    starts.map(|start| Observation { in_service_instances: Some(mean(start)), ..Observation::at(at(start)) }).collect()
}

/// Lead times of one scale-out at `asked` from as many instances as are there then to all of `arrivals`.
fn timed(asked: i64, step_seconds: i64, arrivals: &[i64]) -> Vec<i64> {
    let mut lead_time = LeadTime::default();
    let before = arrivals.iter().filter(|arrival| **arrival < asked).count() as u32;
    lead_time.see(at(asked), before, before, 180);
    lead_time.asked(at(asked), before, arrivals.len() as u32);
    lead_time.measure(&steps(-1200, 60, step_seconds, arrivals), step_seconds);
    lead_time.samples
}

const LONG_AGO: i64 = -100_000;

#[test]
fn the_mean_count_of_a_step_tells_the_moment_within_it() {
    for delay in [0, 30, 180, 239, 240, 245, 400, 600, 1500] {
        let arrivals = [LONG_AGO, LONG_AGO, 60 + delay, 60 + delay, 60 + delay];
        assert_eq!(timed(60, STEP, &arrivals), [delay], "steps of five minutes");
    }
    assert_eq!(timed(75, 60, &[LONG_AGO, 255]), [180], "steps of one minute");
}

#[test]
fn the_last_instance_counts() {
    // Two come after 100 s, the third after 500 s.
    assert_eq!(timed(60, STEP, &[LONG_AGO, 160, 160, 560]), [500]);
}

#[test]
fn a_scale_out_that_overtakes_another_is_timed_for_itself() {
    let arrivals = [LONG_AGO, LONG_AGO, 660, 960, 960];
    let mut lead_time = LeadTime::default();
    for (asked, from, to) in [(60, 2, 3), (360, 3, 5)] {
        lead_time.see(at(asked), 2, from, 180);
        lead_time.asked(at(asked), from, to);
    }
    lead_time.measure(&steps(-600, 8, STEP, &arrivals), STEP);
    assert_eq!(lead_time.samples, [600, 600]);
}

#[test]
fn what_never_came_or_was_taken_back_does_not_count() {
    let mut lead_time = LeadTime::default();
    lead_time.asked(at(60), 2, 5);
    for tick in 1..=13 {
        lead_time.see(at(60 + tick * STEP), 2, 5, 180);
    }
    assert!(lead_time.waiting().is_empty() && lead_time.samples.is_empty());
    lead_time.asked(at(60), 2, 5);
    lead_time.asked(at(90), 5, 3);
    lead_time.asked(at(120), 3, 6);
    lead_time.see(at(360), 2, 4, 180);
    assert!(lead_time.waiting().is_empty(), "someone else took it back");
}

#[test]
fn what_was_there_before_has_no_lead_time() {
    let mut lead_time = LeadTime::default();
    lead_time.see(at(60), 8, 4, 180);
    lead_time.asked(at(60), 4, 6);
    assert!(lead_time.waiting().is_empty());
}

#[test]
fn without_counts_the_ticks_bound_the_time() {
    let learned = |missing_until: i64, there: i64, configured: i64| {
        let mut lead_time = LeadTime::default();
        lead_time.asked(at(0), 2, 4);
        for tick in (300..=3000).step_by(300) {
            let in_service = if tick <= missing_until { 2 } else { 4 };
            assert!(tick <= missing_until || tick >= there);
            lead_time.see(at(tick), in_service, 4, configured);
        }
        lead_time.samples
    };
    assert_eq!(learned(0, 300, 180), [180], "what was configured may be right");
    assert_eq!(learned(600, 900, 180), [600], "it was later than configured");
    assert_eq!(learned(0, 300, 900), [300], "it was sooner");
}

#[test]
fn three_samples_say_something_and_a_late_one_does_not_decide() {
    let learned = |samples: &[i64]| {
        let mut lead_time = LeadTime::default();
        samples.iter().for_each(|&seconds| lead_time.learn(seconds));
        lead_time.seconds()
    };
    assert_eq!(learned(&[180, 180]), None);
    assert_eq!(learned(&[180, 190, 200]), Some(198));
    let mut boots = vec![180; 19];
    boots.push(2000);
    assert_eq!(learned(&boots), Some(180), "one late boot of twenty");
    boots.extend([900; 4]);
    assert_eq!(learned(&boots), Some(900), "boots that have become slow");
    assert_eq!(learned(&[90_000; 5]), Some(LEAD_TIME_SECONDS_MAX));
    assert_eq!(learned(&[-5; 5]), Some(0));
}

#[test]
fn gaps_and_odd_counts_time_nothing() {
    let mut rows = steps(-600, 8, STEP, &[LONG_AGO, 240]);
    rows.remove(2);
    let mut lead_time = LeadTime::default();
    lead_time.asked(at(60), 1, 2);
    lead_time.measure(&rows, STEP);
    lead_time.measure(&[Observation { in_service_instances: Some(f64::NAN), ..Observation::at(at(300)) }], STEP);
    lead_time.measure(&[], STEP);
    assert_eq!((lead_time.samples(), lead_time.waiting().len()), (0, 1));
}
