//! `apply = "floor"`: the minimum is raised and given back, beside whatever the cloud scales by itself.

use std::sync::Arc;

use headroom_core::{
    Action, Group, Observation, Reason, Series,
    decision::Outcome,
    fleet::{Apply, Mode},
    ports::{ReadCapacity, WriteCapacity},
};
use headroom_sim::{SimulatedCloud, Workload, WorldRules};
use headroom_store::MemoryStore;
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState};

use crate::{
    doubles::{Elsewhere, Shown},
    setting::{STEP, Setting, noon},
};

fn minutes(count: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(count)
}

/// The load that takes so many instances.
fn load(instances: u32) -> f64 {
    f64::from(instances) * 0.85
}

/// Five instances in a group of at least two and at most 40, whose own policy sizes it.
fn setting() -> Setting {
    let mut setting = Setting::without_history(5);
    setting.cloud.resize(|size| size.min = 2);
    setting.group.apply = Apply::Floor;
    setting.group.stabilization_minutes = 0;
    setting.group.sudden_drop_hold_minutes = 0;
    setting
}

#[tokio::test]
async fn the_minimum_is_raised_and_given_back_and_the_desired_capacity_is_left_alone() {
    let setting = setting();
    let raised = setting.follow(minutes(0), load(14)).await;
    assert_eq!(
        (raised.action, raised.before.desired, raised.desired, &raised.outcome),
        (Action::ScaleOut, 2, 14, &Outcome::Applied)
    );
    assert!(raised.sentence.starts_with("raise the minimum from 2 to 14: "), "{}", raised.sentence);
    assert_eq!((setting.cloud.size().min, setting.cloud.desired()), (14, 14), "EC2 launches up to the minimum");
    assert_eq!(setting.state().await.own_minimum, Some(2));

    let lowered = setting.follow(minutes(5), load(6)).await;
    assert!(lowered.sentence.starts_with("lower the minimum from 14 to 6: "), "{}", lowered.sentence);
    assert_eq!((setting.cloud.size().min, setting.cloud.desired()), (6, 14), "what runs above is the cloud's own business");

    let given_back = setting.follow(minutes(10), load(1)).await;
    assert_eq!((given_back.desired, setting.cloud.size().min), (2, 2), "not below what it was before");
    assert_eq!(setting.state().await.own_minimum, None);
    assert_eq!(setting.follow(minutes(15), load(1)).await.action, Action::Hold);
    assert_eq!((setting.cloud.minimums(), setting.cloud.writes()), (vec![14, 6, 2], vec![]));
}

#[tokio::test]
async fn it_is_never_raised_above_the_maximum_nor_below_any_minimum() {
    let mut setting = setting();
    setting.cloud.resize(|size| size.max = 9);
    assert_eq!(setting.follow(minutes(0), load(14)).await.desired, 9);
    // The configuration allows less than the group, and the group's own minimum counts all the same.
    setting.group.min_instances = Some(1);
    assert_eq!(setting.follow(minutes(5), load(1)).await.desired, 2);
    setting.group.min_instances = Some(4);
    assert_eq!(setting.follow(minutes(10), load(1)).await.desired, 4);
    assert_eq!(setting.cloud.minimums(), [9, 2, 4]);
}

#[tokio::test]
async fn what_the_cloud_does_with_the_desired_capacity_is_no_foreign_change() {
    let setting = setting();
    for (minute, desired) in [(0, 5), (5, 20), (10, 9), (15, 38)] {
        setting.cloud.resize(|size| size.desired = desired.max(size.min));
        let decision = setting.follow(minutes(minute), load(7)).await;
        assert!(!decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", decision.sentence);
    }
    assert_eq!(setting.cloud.minimums(), [7]);
}

#[tokio::test]
async fn a_minimum_below_what_runs_launches_nothing_and_teaches_no_lead_time() {
    let setting = setting();
    setting.cloud.resize(|size| size.desired = 30);
    for (minute, instances) in [(0, 10), (5, 4), (10, 12), (15, 3), (20, 20), (25, 2), (60, 25)] {
        setting.follow(minutes(minute), load(instances)).await;
    }
    let lead_time = setting.state().await.past.lead_time;
    assert_eq!((lead_time.samples(), lead_time.waiting()), (0, &[][..]));
    assert_eq!(setting.cloud.minimums().len(), 7);
}

#[tokio::test]
async fn a_minimum_that_someone_else_sets_is_left_alone_and_becomes_the_groups_own() {
    let setting = setting();
    setting.follow(minutes(0), load(2)).await;
    setting.cloud.resize(|size| (size.min, size.desired) = (4, 5));
    let decision = setting.follow(minutes(5), load(2)).await;
    assert!(
        decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { expected: 2, found: 4, .. })),
        "{}",
        decision.sentence
    );
    // Long after that it is still not undercut.
    let decision = setting.follow(minutes(60), load(2)).await;
    assert_eq!((decision.action, decision.before.min, setting.cloud.size().min), (Action::Hold, 4, 4));
    // One that is set below what is the group's own is its own from then on, raised or not.
    setting.follow(minutes(65), load(10)).await;
    setting.cloud.resize(|size| size.min = 1);
    setting.follow(minutes(70), load(10)).await;
    assert_eq!(setting.follow(minutes(120), load(10)).await.desired, 10);
    assert_eq!(setting.follow(minutes(125), load(1)).await.desired, 1);
}

#[tokio::test]
async fn the_groups_own_minimum_is_not_forgotten() {
    // The state is lost: the journal knows.
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    setting.overwrite("state/group=web.json", b"").await;
    assert_eq!(setting.follow(minutes(5), load(1)).await.desired, 2);

    // The run dies between its write and its records: the claim knows.
    let setting = self::setting();
    let failing = Elsewhere::unwritable(&setting.store, "state/", 1);
    let cloud = Cloud::ReadWrite(&setting.cloud);
    let sight = Shown(|_| Some(load(14)));
    scaler::tick_with(&sight, &setting.group, cloud, &failing, noon()).await.unwrap_err();
    setting.overwrite("decisions/group=web/date=2026-11-26.jsonl", b"").await;
    assert_eq!(setting.cloud.size().min, 14);
    assert_eq!(setting.follow(minutes(5), load(1)).await.desired, 2);
}

#[tokio::test]
async fn a_group_that_is_run_by_its_desired_capacity_again_gets_its_minimum_back() {
    let mut setting = setting();
    setting.follow(minutes(0), load(14)).await;
    setting.group.apply = Apply::Desired;
    assert_eq!(setting.follow(minutes(5), load(14)).await.action, Action::Hold);
    let decision = setting.follow(minutes(10), load(6)).await;
    assert_eq!((decision.desired, &decision.outcome), (6, &Outcome::Applied), "{}", decision.sentence);
    assert_eq!((setting.cloud.size().min, setting.cloud.desired()), (2, 6));
    assert_eq!((setting.cloud.minimums(), setting.cloud.writes()), (vec![14, 2], vec![6]));
    assert_eq!(setting.state().await.own_minimum, None);
}

#[tokio::test]
async fn a_minimum_above_the_configured_maximum_counts() {
    let mut setting = setting();
    setting.group.max_instances = Some(3);
    for apply in [Apply::Desired, Apply::Floor] {
        setting.group.apply = apply;
        setting.cloud.resize(|size| (size.min, size.desired) = (6, 6));
        let minute = if apply == Apply::Desired { 0 } else { 60 };
        let decision = setting.follow(minutes(minute), load(1)).await;
        assert_eq!((decision.desired, setting.cloud.desired()), (6, 6), "{}", decision.sentence);
        let decision = setting.follow(minutes(minute + 5), load(14)).await;
        assert_eq!((decision.desired, setting.cloud.desired()), (6, 6), "{}", decision.sentence);
    }
}

#[tokio::test]
async fn a_minimum_that_was_raised_in_part_is_given_back_too() {
    let setting = setting();
    setting.cloud.grant_in_part(4);
    let refused = setting.follow(minutes(0), load(14)).await;
    assert!(matches!(refused.outcome, Outcome::InsufficientCapacity { .. }), "{}", refused.sentence);
    assert_eq!((setting.cloud.size().min, setting.state().await.own_minimum), (4, Some(2)));
    let given_back = setting.follow(minutes(5), load(1)).await;
    assert_eq!((given_back.desired, setting.cloud.size().min), (2, 2), "{}", given_back.sentence);
}

#[tokio::test]
async fn a_minimum_is_no_desired_capacity_to_compare_with() {
    let mut setting = setting();
    setting.follow(minutes(0), load(5)).await;
    for (minute, apply) in [(5, Apply::Desired), (10, Apply::Floor), (15, Apply::Desired)] {
        setting.group.apply = apply;
        setting.cloud.resize(|size| (size.min, size.desired) = (2, 9));
        let decision = setting.follow(minutes(minute), load(5)).await;
        assert!(!decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", decision.sentence);
    }
}

#[tokio::test]
async fn a_minimum_that_a_stray_write_raises_is_given_back_too() {
    let setting = setting();
    // The run dies at its write; the next tick finds nothing raised; then the write arrives.
    let failing = Elsewhere::unwritable(&setting.store, "state/", 1);
    let cloud = Cloud::ReadWrite(&setting.cloud);
    let sight = Shown(|_| Some(load(14)));
    scaler::tick_with(&sight, &setting.group, cloud, &failing, noon()).await.unwrap_err();
    setting.overwrite("decisions/group=web/date=2026-11-26.jsonl", b"").await;
    setting.cloud.resize(|size| (size.min, size.desired) = (2, 5));
    assert_eq!(setting.follow(minutes(5), load(2)).await.outcome, Outcome::Unchanged);
    setting.cloud.resize(|size| (size.min, size.desired) = (14, 14));
    let given_back = setting.follow(minutes(10), load(1)).await;
    assert_eq!((given_back.before.min, setting.cloud.size().min), (2, 2), "{}", given_back.sentence);
}

/// Two days of a load from 3 to 18 instances' worth.
fn workload() -> Workload {
    let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let row = |step: i32| {
        let noon = 1.0 - (f64::from(step % 288) / 288.0 * std::f64::consts::TAU).cos();
        Observation { request_count: Some(300.0 + 750.0 * noon), ..Observation::at(start + STEP * step) }
    };
    let rows: Vec<Observation> = (0..5 * 288).map(row).collect();
    Workload::from_series(&Series::from_observations(&rows).unwrap(), 18.0).unwrap()
}

#[tokio::test]
async fn a_day_beside_the_clouds_own_target_tracking() {
    let workload = Arc::new(workload());
    let rules = WorldRules { instances_min: 3, instances_max: 25, ..WorldRules::default() };
    let cloud = SimulatedCloud::new("web", Arc::clone(&workload), rules, 1);
    let group = Group { mode: Mode::Active, apply: Apply::Floor, ..Group::simulated("web") };
    let store = MemoryStore::default();
    // What will be needed in a quarter of an hour, as a forecast would say.
    let ahead = {
        let workload = Arc::clone(&workload);
        move |now: Timestamp| {
            let minute = now.duration_since(workload.timestamp(0)).as_mins() + 15;
            Some(workload.load_at(usize::try_from(minute).unwrap()))
        }
    };
    let sight = Shown(ahead);
    let (mut floors, mut desired) = (Vec::new(), Vec::new());
    let mut now = workload.split();
    let end = workload.timestamp(workload.minutes() - 20);
    while now < end {
        cloud.advance_to(now);
        let size = cloud.describe(&group).await.unwrap();
        // Its own policy: 70 % each, within the bounds that it finds.
        let minute = now.duration_since(workload.timestamp(0)).as_mins();
        let wanted = (workload.load_at(usize::try_from(minute).unwrap()) / 0.7).ceil() as u32;
        cloud.set_desired(&group, wanted.clamp(size.min, size.max)).await.unwrap();
        if minute % 5 == 1 {
            let found = cloud.describe(&group).await.unwrap();
            let decision = scaler::tick_with(&sight, &group, Cloud::ReadWrite(&cloud), &store, now).await.unwrap();
            let told = format!("{now}: {}", decision.sentence);
            let left = cloud.describe(&group).await.unwrap();
            assert!(matches!(decision.outcome, Outcome::Applied | Outcome::Unchanged), "{told}");
            assert_eq!((decision.before.desired, decision.before.min, left.min), (found.min, 3, decision.desired), "{told}");
            assert!((3..=25).contains(&left.min) && left.desired >= left.min, "{told}");
            assert_eq!(left.desired, found.desired.max(left.min), "nothing else was changed: {told}");
            assert!(!decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{told}");
            floors.push(left.min);
            desired.push(found.desired);
        }
        now += SignedDuration::from_mins(1);
    }
    assert!(floors.len() > 250, "{}", floors.len());
    let (low, high) = (floors.iter().min().unwrap(), floors.iter().max().unwrap());
    assert!(*low < 10 && *high >= 20, "it goes up and down with the load: {floors:?}");
    assert!(desired.windows(2).any(|pair| pair[0] != pair[1]), "as does what the cloud asks for");
    assert!(GroupState::read(&store, "web").await.unwrap().past.foreign.is_none());
}
