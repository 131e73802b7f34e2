//! Instances that come late, or never: the lead time is learned, and a cloud that has run short is not asked endlessly.

use std::sync::Arc;

use headroom_core::{
    Action, Calendar, Decision, Group, Observation, Reason, Series,
    decision::Outcome,
    fleet::{Mode, PolicyName},
};
use headroom_sim::{SimulatedCloud, Workload, WorldRules};
use headroom_store::{MemoryStore, history};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, Scaler};

use crate::setting::{STEP, Setting, noon};

fn minutes(count: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(count)
}

/// Two days of load that climbs four times a day.
fn workload() -> Workload {
    let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let row = |step: i32| {
        let requests = 1000.0 + 1000.0 * f64::from(step / 18 % 4);
        Observation { request_count: Some(requests), ..Observation::at(start + STEP * step) }
    };
    let rows: Vec<Observation> = (0..576).map(row).collect();
    Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap()
}

#[tokio::test]
async fn the_lead_time_is_learned_from_boots_of_400_seconds() {
    let workload = Arc::new(workload());
    let rules = WorldRules { boot_delay_seconds: 400, ..WorldRules::default() };
    let group = Group {
        mode: Mode::Active,
        policy: PolicyName::Reactive,
        requests_per_instance: workload.requests_per_instance(300),
        ..Group::simulated("web")
    };
    let store = MemoryStore::default();
    history::merge(&store, "web", &workload.history_observations(300, workload.static_peak(&rules))).await.unwrap();
    let cloud = SimulatedCloud::new("web", Arc::clone(&workload), rules, 1);
    let (scaler, calendar) = (Scaler::default(), Ok(Calendar::default()));
    let mut learned = Vec::new();
    let mut now = workload.split() + SignedDuration::from_secs(60);
    while now < workload.timestamp(workload.minutes()) {
        cloud.advance_to(now);
        collector::collect(&group, calendar.as_ref().unwrap(), &cloud, &store, now).await.unwrap();
        let decision = scaler::tick(&scaler, &group, &calendar, Cloud::ReadWrite(&cloud), &store, now).await.unwrap();
        learned.push(decision.lead_time_seconds.unwrap());
        now += STEP;
    }
    assert_eq!(learned[0], group.lead_time_seconds, "until then it is what was configured");
    let last = *learned.last().unwrap();
    assert!((380..=460).contains(&last), "{learned:?}");
}

fn shortage(decision: &Decision) -> Option<(u32, u32, u32, Timestamp)> {
    decision.reasons.iter().find_map(|reason| match *reason {
        Reason::Shortage { wanted, got, attempts, retry_at } => Some((wanted, got, attempts, retry_at)),
        _ => None,
    })
}

#[tokio::test]
async fn a_cloud_that_refuses_is_asked_ever_more_rarely() {
    let setting = Setting::without_history(4);
    setting.cloud.refuse(100);
    let mut asked = Vec::new();
    for tick in 0..24 {
        let decision = setting.follow(minutes(5 * tick), 8.5).await;
        assert_eq!(decision.desired > 4, decision.outcome != Outcome::Unchanged, "{}", decision.sentence);
        match &decision.outcome {
            Outcome::InsufficientCapacity { error } => {
                assert!(error.contains("no more m7g.large"), "{error}");
                asked.push(tick);
            }
            outcome => {
                assert_eq!((decision.action, outcome), (Action::Hold, &Outcome::Unchanged));
                assert!(shortage(&decision).is_some(), "the hold has its reason: {}", decision.sentence);
            }
        }
    }
    assert_eq!(asked, [0, 1, 3, 7, 15], "after 5, 10, 20, 40 minutes, then an hour");
    assert_eq!(setting.cloud.writes().len(), asked.len());

    // Smaller requests go through meanwhile, and once there is capacity again all is well.
    let fewer = setting.follow(minutes(125), 1.7).await;
    assert_ne!(fewer.action, Action::ScaleOut);
}

#[tokio::test]
async fn capacity_that_is_back_is_taken() {
    let setting = Setting::without_history(4);
    setting.cloud.refuse(1);
    assert!(matches!(setting.follow(minutes(0), 8.5).await.outcome, Outcome::InsufficientCapacity { .. }));
    let taken = setting.follow(minutes(5), 8.5).await;
    assert_eq!((&taken.outcome, setting.cloud.desired()), (&Outcome::Applied, 10), "{}", taken.sentence);
    let next = setting.follow(minutes(10), 8.5).await;
    assert_eq!((next.outcome, setting.state().await.past.shortage), (Outcome::Unchanged, None));
}

#[tokio::test]
async fn instances_that_were_granted_and_never_come_are_told_with_what_came() {
    let setting = Setting::without_history(4);
    setting.cloud.stock(7);
    let granted = setting.follow(minutes(0), 8.5).await;
    assert_eq!((&granted.outcome, granted.desired), (&Outcome::Applied, 10));
    let mut first = None;
    for minute in (5..60).step_by(5) {
        let decision = setting.follow(minutes(minute), 8.5).await;
        assert_eq!((decision.before.in_service, &decision.outcome), (7, &Outcome::Unchanged));
        first = first.or(shortage(&decision).map(|told| (minute, told)));
    }
    let (minute, (wanted, got, attempts, _)) = first.expect("a shortage");
    assert_eq!((minute, wanted, got, attempts), (15, 10, 7, 1), "three lead times after the last one came");
    assert_eq!(setting.cloud.writes(), [10]);

    setting.cloud.stock(100);
    let there = setting.follow(minutes(60), 8.5).await;
    assert_eq!((shortage(&there), there.before.in_service), (None, 10));
}
