//! The cloud in which things go wrong.

use std::sync::Arc;

use headroom_core::{
    Column, Group, Observation,
    ports::{Metrics as _, PortError, ReadCapacity as _, Window, WriteCapacity as _},
};
use headroom_sim::{
    Fault, FaultKind, FaultPlan, FaultyCloud, WorldRules,
    faults::{Answer, Asked, CloudWrite, ForeignWish, Writer},
};
use jiff::{SignedDuration, Timestamp};

use super::steady_then;

/// Two instances' worth of load for forty hours.
fn cloud_with(faults: &[(FaultKind, i64, i64)]) -> FaultyCloud {
    let workload = steady_then(&[1.7; 480]);
    let start = workload.split();
    let fault = |&(kind, from, until): &(FaultKind, i64, i64)| Fault {
        kind,
        from: start + SignedDuration::from_mins(from),
        until: start + SignedDuration::from_mins(until),
    };
    let plan = FaultPlan::of(faults.iter().map(fault).collect());
    FaultyCloud::new(&group(), workload, WorldRules::default(), plan, 7, None)
}

fn group() -> Group {
    Group::simulated("web")
}

/// So many minutes after the start.
fn minutes(cloud: &FaultyCloud, count: i64) -> Timestamp {
    start(cloud) + SignedDuration::from_mins(count)
}

fn start(cloud: &FaultyCloud) -> Timestamp {
    let passed = i64::try_from(cloud.inner().minutes_from(0).len()).unwrap();
    cloud.inner().now() - SignedDuration::from_mins(passed)
}

async fn rows(cloud: &FaultyCloud) -> Vec<Observation> {
    cloud.observations_of(Window::of(&group(), start(cloud), Timestamp::MAX)).await.unwrap()
}

fn answers(log: &[CloudWrite]) -> Vec<(Asked, Answer, u32)> {
    log.iter().map(|line| (line.asked, line.answer, line.after.0)).collect()
}

#[tokio::test]
async fn boots_that_fail_come_when_the_fault_is_over() {
    let cloud = cloud_with(&[(FaultKind::FailedBoots { share: 1.0 }, 0, 60)]);
    cloud.set_desired(&group(), 5).await.unwrap();
    for (minute, in_service) in [(59, 2), (62, 2), (63, 5)] {
        cloud.advance_to(minutes(&cloud, minute));
        let size = cloud.describe(&group()).await.unwrap();
        assert_eq!((size.desired, size.in_service, size.pending), (5, in_service, 5 - in_service), "after {minute} min");
    }
}

#[tokio::test]
async fn instances_that_fail_are_replaced() {
    let cloud = cloud_with(&[(FaultKind::LostInstances { every_seconds: 600 }, 0, 15)]);
    let mut seen = Vec::new();
    for minute in [1, 4, 11, 14] {
        cloud.advance_to(minutes(&cloud, minute));
        let size = cloud.describe(&group()).await.unwrap();
        seen.push((size.desired, size.in_service));
    }
    assert_eq!(seen, [(2, 1), (2, 2), (2, 1), (2, 2)]);
}

#[tokio::test]
async fn a_cloud_that_is_short_gives_what_it_has_and_says_so() {
    let cloud = cloud_with(&[(FaultKind::NoCapacity { spare: 1 }, 0, 60)]);
    let refused = cloud.set_desired(&group(), 9).await.unwrap_err();
    assert!(matches!(refused, PortError::InsufficientCapacity(_)), "{refused}");
    cloud.set_desired(&group(), 4).await.unwrap();
    assert!(matches!(cloud.set_minimum(&group(), 8).await, Err(PortError::InsufficientCapacity(_))));
    assert_eq!((cloud.size().desired, cloud.size().min), (5, 5));
    cloud.set_desired(&group(), 5).await.unwrap();
    let told = [
        (Asked::Desired(9), Answer::Short, 3),
        (Asked::Desired(4), Answer::Done, 4),
        (Asked::Minimum(8), Answer::Short, 5),
        (Asked::Desired(5), Answer::Done, 5),
    ];
    assert_eq!(answers(&cloud.log_from(0)), told);
}

#[tokio::test]
async fn answers_are_lost_and_calls_are_throttled() {
    let lost = cloud_with(&[(FaultKind::AnswersLost { share: 1.0 }, 0, 60)]);
    lost.set_desired(&group(), 9).await.unwrap_err();
    assert_eq!(answers(&lost.log_from(0)), [(Asked::Desired(9), Answer::Lost, 9)]);

    let throttled = [FaultKind::WritesThrottled { share: 1.0 }, FaultKind::ReadsThrottled { share: 1.0 }];
    let cloud = cloud_with(&[(throttled[0], 0, 60), (throttled[1], 0, 60)]);
    assert!(matches!(cloud.set_desired(&group(), 9).await, Err(PortError::Throttled(_))));
    assert!(matches!(cloud.describe(&group()).await, Err(PortError::Throttled(_))));
    assert_eq!(answers(&cloud.log_from(0)), [(Asked::Desired(9), Answer::Throttled, 2)]);
    cloud.advance_to(minutes(&cloud, 60));
    cloud.set_desired(&group(), 9).await.unwrap();

    let outside = cloud_with(&[]);
    assert!(matches!(outside.set_desired(&group(), 101).await, Err(PortError::Conflict(_))));
    assert_eq!(answers(&outside.log_from(0)), [(Asked::Desired(101), Answer::OutOfBounds, 2)]);
}

#[tokio::test]
async fn metrics_come_late_in_part_or_never() {
    let late = cloud_with(&[(FaultKind::MetricsLate { seconds: 3600 }, 10, 20)]);
    for (minute, steps) in [(11, 2), (17, 2), (21, 4), (26, 5)] {
        late.advance_to(minutes(&late, minute));
        assert_eq!(rows(&late).await.len(), steps, "after {minute} min");
    }
    let missing = cloud_with(&[(FaultKind::MetricsMissing { share: 1.0 }, 10, 20)]);
    missing.advance_to(minutes(&missing, 41));
    let starts: Vec<i64> =
        rows(&missing).await.iter().map(|row| row.timestamp.duration_since(start(&missing)).as_mins()).collect();
    assert_eq!(starts, [0, 5, 20, 25, 30, 35]);

    let some = cloud_with(&[(FaultKind::MetricsMissing { share: 0.5 }, 0, 2000)]);
    some.advance_to(minutes(&some, 1001));
    let once = rows(&some).await;
    assert_eq!(once, rows(&some).await, "what is missing stays so");
    assert!((50..150).contains(&once.len()), "{}", once.len());

    let partial = FaultKind::MetricsPartial { column: Column::InServiceInstances };
    let broken = cloud_with(&[(partial, 0, 60), (FaultKind::MetricsAbsurd { value: -5.0 }, 0, 60)]);
    broken.advance_to(minutes(&broken, 6));
    let row = rows(&broken).await[0];
    assert_eq!((row.in_service_instances, row.cpu_utilization, row.request_count), (None, Some(-5.0), Some(-5.0)));

    let unread = cloud_with(&[(FaultKind::MetricsThrottled { share: 1.0 }, 0, 60)]);
    assert!(matches!(
        unread.observations_of(Window::of(&group(), start(&unread), Timestamp::MAX)).await,
        Err(PortError::Throttled(_))
    ));
}

#[tokio::test]
async fn other_people_write_at_their_times() {
    let wish = ForeignWish::OneSize(0.5);
    let cloud = cloud_with(&[(FaultKind::ForeignWriter { every_seconds: 600, wish }, 5, 30)]);
    cloud.set_desired(&group(), 3).await.unwrap();
    cloud.advance_to(minutes(&cloud, 60));
    let log = cloud.log_from(1);
    let times: Vec<i64> = log.iter().map(|line| line.at.duration_since(start(&cloud)).as_mins()).collect();
    assert_eq!(times, [5, 15, 25]);
    assert!(log.iter().all(|line| line.by == Writer::Foreign && line.after.0 == 50), "{log:?}");
}

#[tokio::test]
async fn a_policy_of_the_clouds_own_scales_above_the_minimum() {
    let workload = steady_then(&[1.7; 480]);
    let until = Some(workload.split() + SignedDuration::from_hours(2));
    let cloud = FaultyCloud::new(&group(), workload, WorldRules::default(), FaultPlan::default(), 7, until);
    cloud.set_minimum(&group(), 8).await.unwrap();
    cloud.advance_to(minutes(&cloud, 10));
    assert_eq!(cloud.size().desired, 8);
    cloud.set_minimum(&group(), 1).await.unwrap();
    cloud.advance_to(minutes(&cloud, 20));
    assert_eq!((cloud.size().desired, cloud.log_from(2)[0].by), (3, Writer::Own), "1.7 at 60 % each");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_cloud() {
    let lived = |seed| async move {
        let workload = steady_then(&[1.7; 480]);
        let plan = FaultPlan::draw(seed, workload.split(), workload.split() + SignedDuration::from_hours(24));
        let cloud = FaultyCloud::new(&group(), Arc::clone(&workload), WorldRules::default(), plan, seed, None);
        let mut told = Vec::new();
        for step in 0..288_u32 {
            cloud.advance_to(workload.split() + SignedDuration::from_mins(5) * i32::try_from(step).unwrap());
            told.push(format!("{:?} {:?}", cloud.set_desired(&group(), 2 + step % 9).await, cloud.describe(&group()).await));
        }
        (
            told,
            format!("{:?}", cloud.observations_of(Window::of(&group(), workload.split(), Timestamp::MAX)).await),
            cloud.log_from(0),
        )
    };
    for seed in 0..20 {
        assert_eq!(lived(seed).await, lived(seed).await, "seed {seed}");
    }
}
