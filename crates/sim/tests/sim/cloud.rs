use std::sync::Arc;

use headroom_core::{
    Group, Observation,
    ports::{CapacityState, Metrics as _, PortError, ReadCapacity as _, Window, WriteCapacity as _},
};
use headroom_sim::{Account, SimulatedCloud, Workload, WorldRules};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{steady_then, workload};

/// The replay begins after 4 x 8 steps of history.
fn cloud(replayed: &[f64; 8], seed: u64) -> SimulatedCloud {
    SimulatedCloud::new("web", steady_then(replayed), WorldRules::default(), seed)
}

fn after(cloud: &SimulatedCloud, seconds: i64) -> Timestamp {
    cloud.now() + SignedDuration::from_secs(seconds)
}

async fn seen(cloud: &SimulatedCloud, from: Timestamp) -> Vec<Observation> {
    cloud.observations_of(Window::of(&Group::simulated("web"), from, Timestamp::MAX)).await.unwrap()
}

#[tokio::test]
async fn metrics_of_a_step_arrive_a_minute_after_it_ended() {
    let cloud = cloud(&[1.7; 8], 1);
    let split = cloud.now();
    for (seconds, steps) in [(300, 0), (359, 0), (360, 1), (659, 1), (660, 2)] {
        cloud.advance_to(split + SignedDuration::from_secs(seconds));
        assert_eq!(seen(&cloud, split).await.len(), steps, "after {seconds} s");
    }
    let first = seen(&cloud, split).await[0];
    assert_eq!(
        first,
        Observation {
            cpu_utilization: Some(85.0),
            request_count: Some(170.0),
            in_service_instances: Some(2.0),
            ..Observation::at(split)
        }
    );
    let later = seen(&cloud, split + SignedDuration::from_secs(1)).await;
    assert_eq!(later.iter().map(|row| row.timestamp).collect::<Vec<_>>(), [split + SignedDuration::from_secs(300)]);
    let none = cloud.observations_of(Window::of(&Group::simulated("web"), split, split)).await.unwrap();
    assert!(none.is_empty());
    let minutes = Group { step_seconds: 60, ..Group::simulated("web") };
    assert_eq!(cloud.observations_of(Window::of(&minutes, split, Timestamp::MAX)).await.unwrap().len(), 10);
}

#[tokio::test]
async fn cpu_is_capped_where_requests_are_not_and_instances_are_averaged() {
    let cloud = cloud(&[5.1, 1.7, 1.7, 1.7, 1.7, 1.7, 1.7, 1.7], 1);
    let split = cloud.now();
    // Six to begin with; two are too few, and the four that come back for the last minute make three on average.
    cloud.advance_to(after(&cloud, 0));
    let group = Group::simulated("web");
    assert_eq!(cloud.describe(&group).await.unwrap().in_service, 6);
    cloud.set_desired(&group, 2).await.unwrap();
    cloud.advance_to(after(&cloud, 60));
    cloud.set_desired(&group, 6).await.unwrap();
    let booting = CapacityState { desired: 6, min: 1, max: 100, in_service: 2, pending: 4, unit: 1 };
    assert_eq!(cloud.describe(&group).await.unwrap(), booting);
    cloud.advance_to(split + SignedDuration::from_secs(360));
    let row = seen(&cloud, split).await[0];
    assert_eq!((row.request_count, row.in_service_instances), (Some(510.0), Some(2.8)));
    assert_eq!(row.cpu_utilization, Some((4.0 * 100.0 + 85.0) / 5.0));
}

#[tokio::test]
async fn what_lies_before_the_replay_is_the_history() {
    let cloud = cloud(&[1.7; 8], 1);
    cloud.advance_to(after(&cloud, 60));
    let workload = steady_then(&[1.7; 8]);
    let history = seen(&cloud, Timestamp::MIN).await;
    assert_eq!(history, workload.history_observations(300, workload.static_peak(&WorldRules::default())));
    assert_eq!(history.len(), 32);
}

#[tokio::test]
async fn gaps_of_the_trace_stay_in_the_history_and_are_load_in_the_replay() {
    let mut values = vec![100.0; 20];
    values[3] = f64::NAN;
    values[17] = f64::NAN;
    let workload: Arc<Workload> = Arc::new(workload(300, &values, 5.0));
    let cloud = SimulatedCloud::new("web", workload, WorldRules::default(), 1);
    cloud.advance_to(after(&cloud, 1260));
    assert_eq!(cloud.minutes_left(), 0);
    let rows = seen(&cloud, Timestamp::MIN).await;
    assert_eq!(rows.len(), 19, "the cloud measures the load that it is under");
    assert_eq!(rows[16].request_count, Some(100.0));
}

#[tokio::test]
async fn what_the_group_does_not_allow_is_refused_and_changes_nothing() {
    let cloud = cloud(&[1.7; 8], 1);
    let group = Group::simulated("web");
    for desired in [0, 101, u32::MAX] {
        let error = cloud.set_desired(&group, desired).await.unwrap_err();
        let text = format!("group `web` has 1 to 100 instances, not {desired}: decide again within these bounds");
        assert!(matches!(&error, PortError::Conflict(_)));
        assert_eq!(error.to_string(), text);
    }
    let error = cloud.describe(&Group::simulated("api")).await.unwrap_err();
    assert!(matches!(&error, PortError::NotFound(_)));
    assert_eq!(error.to_string(), "the simulated cloud has no group `api`: its one group is `web`");
    let odd = Group { step_seconds: 90, ..group.clone() };
    assert!(cloud.observations_of(Window::of(&odd, Timestamp::MIN, Timestamp::MAX)).await.is_err());
    assert_eq!(cloud.describe(&group).await.unwrap().desired, 2);
    assert_eq!(cloud.account(), Account::default());
}

#[tokio::test]
async fn the_minimum_raises_the_group_and_bounds_it_from_then_on() {
    let cloud = cloud(&[1.7; 8], 1);
    let group = Group::simulated("web");
    cloud.set_minimum(&group, 5).await.unwrap();
    let raised = CapacityState { desired: 5, min: 5, max: 100, in_service: 2, pending: 3, unit: 1 };
    assert_eq!(cloud.describe(&group).await.unwrap(), raised);
    assert!(matches!(cloud.set_desired(&group, 4).await, Err(PortError::Conflict(_))), "EC2 has a ValidationError for this");
    cloud.set_desired(&group, 8).await.unwrap();
    cloud.set_minimum(&group, 3).await.unwrap();
    assert_eq!(cloud.describe(&group).await.unwrap().desired, 8, "a lower minimum removes nothing");
    cloud.set_desired(&group, 3).await.unwrap();

    let before = cloud.describe(&group).await.unwrap();
    let error = cloud.set_minimum(&group, 101).await.unwrap_err();
    assert!(matches!(&error, PortError::Conflict(text) if text.contains("at most 100 instances")), "{error}");
    assert_eq!(cloud.describe(&group).await.unwrap(), before);
    cloud.set_minimum(&group, 100).await.unwrap();
    assert_eq!(cloud.describe(&group).await.unwrap().desired, 100);
}

#[tokio::test]
async fn the_seed_decides_everything() {
    let run = async |seed| {
        let rules = WorldRules { boot_jitter_seconds: 20, ..WorldRules::default() };
        let cloud = SimulatedCloud::new("web", steady_then(&[1.7, 5.0, 9.0, 3.0, 7.0, 30.0, 2.0, 8.0]), rules, seed);
        let group = Group::simulated("web");
        for desired in [6, 9, 4, 20, 30, 3, 10, 12, 11, 25] {
            cloud.set_desired(&group, desired).await.unwrap();
            cloud.advance_to(after(&cloud, 210));
        }
        (cloud.account(), cloud.minutes_from(3))
    };
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
    assert_eq!((first.0.minutes, first.1.len()), (35, 32));
}

proptest! {
    #[test]
    fn no_sequence_of_wishes_gets_it_out_of_bounds(wishes in proptest::collection::vec((-60_i64..600, 0_u32..130), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let cloud = cloud(&[1.7, 9.0, 0.0, 30.0, 60.0, 99.0, 2.0, 8.0], 1);
        let group = Group::simulated("web");
        let mut expected = 2;
        for (seconds, desired) in wishes {
            let taken = runtime.block_on(cloud.set_desired(&group, desired)).is_ok();
            prop_assert_eq!(taken, (1..=100).contains(&desired));
            expected = if taken { desired } else { expected };
            cloud.advance_to(after(&cloud, seconds));
            let state = runtime.block_on(cloud.describe(&group)).unwrap();
            prop_assert_eq!(state.desired, expected);
            prop_assert_eq!(state.in_service + state.pending, expected);
            prop_assert!((1..=100).contains(&state.in_service));
        }
        for row in runtime.block_on(cloud.observations_of(Window::of(&group, Timestamp::MIN, Timestamp::MAX))).unwrap() {
            prop_assert!((0.0..=100.0).contains(&row.cpu_utilization.unwrap()));
            prop_assert!((1.0..=100.0).contains(&row.in_service_instances.unwrap()));
        }
    }
}
