//! What each mode lets through to the cloud.

use std::collections::BTreeSet;

use async_trait::async_trait;
use headroom_core::{
    Action, Calendar, Fleet, Group, Reason,
    decision::Outcome,
    fleet::{Apply, Approval, Day, Mode, PolicyName, ScheduleEntry},
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{Store, history};
use jiff::Timestamp;
use scaler::{Cloud, Scaler};

use crate::{
    doubles::Shown,
    setting::{STEP, Setting, at, group, noon, rows_of},
};

/// A cloud that nobody may write to.
struct LookOnly;

#[async_trait]
impl ReadCapacity for LookOnly {
    async fn describe(&self, _: &Group) -> Result<CapacityState, PortError> {
        Ok(CapacityState { desired: 3, min: 1, max: 40, in_service: 3, pending: 0, unit: 1 })
    }
}

#[async_trait]
impl WriteCapacity for LookOnly {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        panic!("group `{}` was set to {desired}", group.id);
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        panic!("the minimum of group `{}` was set to {minimum}", group.id);
    }
}

fn forbids(mode: &str) -> Reason {
    Reason::ModeForbids { mode: mode.to_owned() }
}

#[tokio::test]
async fn observe_decides_and_records_and_never_writes() {
    let setting = Setting::with_instances(3).await;
    let group = Group { mode: Mode::Observe, ..setting.group.clone() };
    let cloud = Cloud::ReadWrite(&LookOnly);
    let decision =
        scaler::tick(&Scaler::default(), &group, &Ok(Calendar::default()), cloud, &setting.store, noon()).await.unwrap();
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleOut, &Outcome::NotAllowed));
    assert_eq!(decision.reasons.last(), Some(&forbids("observe")));
    assert!(decision.sentence.ends_with("; mode `observe` does not allow this write"), "{}", decision.sentence);
    assert_eq!(setting.decisions().await, [decision]);
}

#[tokio::test]
async fn observe_never_writes_on_any_path() {
    let always = ScheduleEntry {
        name: "day".to_owned(),
        days: Day::ALL.to_vec(),
        start: "12:10".parse().unwrap(),
        end: "13:00".parse().unwrap(),
        instances: 9,
    };
    // Too much, too little, nothing at all for longer than any hold, and then a load again.
    let load = |moment: Timestamp| match moment.duration_since(noon()).as_mins() {
        ..10 => Some(30.0),
        10..20 => Some(0.1),
        20..130 => None,
        130..140 => Some(f64::NAN),
        _ => Some(8.0),
    };
    let (mut wishes, mut alarms) = (BTreeSet::new(), 0);
    for policy in [PolicyName::Headroom, PolicyName::Threshold, PolicyName::Reactive, PolicyName::Schedule] {
        for apply in [Apply::Desired, Apply::Floor] {
            for approval in [Approval::None, Approval::ScaleIn, Approval::All] {
                let mut setting = Setting::without_history(3);
                setting.group = Group {
                    mode: Mode::Observe,
                    policy,
                    apply,
                    approval,
                    schedule: vec![always.clone()],
                    stabilization_minutes: 0,
                    sudden_drop_hold_minutes: 0,
                    blind_instances: Some(5),
                    ..setting.group
                };
                // What a time in mode `active` may have left: a raised minimum, and a run that has not come back.
                let left = br#"{"format":1,"last":null,"own_minimum":1,"expected":[],"errors":[],
                    "claim":{"tick":"2026-11-26T11:50:00Z","at":"2026-11-26T11:51:00Z","apply":"desired","found":3,"leaves":8}}"#;
                setting.overwrite("state/group=web.json", left).await;
                for step in 0..30 {
                    let cloud = Cloud::ReadWrite(&LookOnly);
                    let now = noon() + STEP * step;
                    let decision = scaler::tick_with(&Shown(load), &setting.group, cloud, &setting.store, now).await.unwrap();
                    let expected = if decision.action == Action::Hold { Outcome::Unchanged } else { Outcome::NotAllowed };
                    assert_eq!(decision.outcome, expected, "{}", decision.sentence);
                    assert!(!decision.reasons.is_empty());
                    wishes.insert((decision.desired > decision.before.desired, decision.desired < decision.before.desired));
                    alarms += usize::from(decision.alarm);
                }
            }
        }
    }
    assert_eq!((wishes.len(), alarms > 100), (3, true), "it wanted more, less, and what is there: {wishes:?}, {alarms}");
}

#[tokio::test]
async fn scale_out_only_lets_capacity_grow() {
    let mut setting = Setting::with_instances(3).await;
    setting.group.mode = Mode::ScaleOutOnly;
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleOut, &Outcome::Applied));
    assert_eq!(setting.cloud.desired(), decision.desired);
}

#[tokio::test]
async fn scale_out_only_blocks_scale_in() {
    let mut setting = Setting::with_instances(40).await;
    setting.group.mode = Mode::ScaleOutOnly;
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleIn, &Outcome::NotAllowed));
    assert_eq!(decision.reasons.last(), Some(&forbids("scale-out-only")));
    assert_eq!((setting.cloud.desired(), setting.cloud.writes()), (40, vec![]));
}

#[tokio::test]
async fn active_lets_both_through_and_a_hold_writes_nothing() {
    let setting = Setting::with_instances(40).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleIn, &Outcome::Applied));
    assert_eq!(setting.cloud.desired(), decision.desired);
    let held = Setting::with_instances(decision.desired).await;
    let decision = held.tick(noon()).await.unwrap();
    assert_eq!((decision.action, &decision.outcome), (Action::Hold, &Outcome::Unchanged));
    assert_eq!(held.cloud.writes(), [0; 0]);
}

#[tokio::test]
async fn a_group_that_is_off_is_left_alone() {
    let setting = Setting::with_instances(3).await;
    let before = setting.objects().await;
    let fleet = Fleet { groups: vec![Group { mode: Mode::Off, ..setting.group.clone() }] };
    let results = scaler::tick_fleet(&setting.scaler, &fleet, &LookOnly, &setting.store, noon()).await;
    assert!(results.is_empty());
    assert_eq!(setting.objects().await, before);
}

#[tokio::test]
async fn one_failing_group_stops_no_other() {
    let mut setting = Setting::with_instances(3).await;
    setting.cloud = setting.cloud.hiding("hidden");
    let fleet = Fleet { groups: vec![group("hidden"), group("web"), group("api")] };
    history::merge(&setting.store, "api", &rows_of(at("11:00:00"), at("12:00:00"), |_| 17.0)).await.unwrap();

    let results = scaler::tick_fleet(&setting.scaler, &fleet, &setting.cloud, &setting.store, noon()).await;
    let ids: Vec<&str> = results.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["hidden", "web", "api"], "in the fleet's order");
    let error = results[0].1.as_ref().unwrap_err();
    assert_eq!(error.to_string(), "reading the capacity of group `hidden`");
    assert_eq!(results[1].1.as_ref().unwrap().outcome, Outcome::Applied);
    assert_eq!(results[2].1.as_ref().unwrap().desired, 20);
    assert_eq!(setting.store.list("state/").await.unwrap(), ["state/group=api.json", "state/group=web.json"]);
    assert_eq!(setting.store.list("decisions/group=hidden").await.unwrap(), [""; 0]);
}
