//! What operators order beside the configuration: another mode, and instances for a while. It goes through every check that a
//! configured mode and any decision go through.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use headroom_core::{
    Action, Calendar, Decision, Fleet, Group, Observation, Reason, Series,
    decision::Outcome,
    fleet::{Apply, Approval, Mode, PolicyName},
};
use headroom_sim::{SimulatedCloud, Workload, WorldRules};
use headroom_store::{
    MemoryStore,
    controls::{self, Allocation, ModeOverride, Stop},
    history,
    refusing::{Call, Refusing, silent},
};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, Scaler};

use crate::setting::{STEP, Setting, noon};

fn order(mode: Mode) -> ModeOverride {
    ModeOverride { mode, at: noon(), by: "anna".to_owned(), why: "a sale".to_owned() }
}

async fn set_mode(setting: &Setting, mode: Mode) {
    controls::set_mode(&setting.store, "web", &order(mode)).await.unwrap();
}

fn allocation(instances: u32, until: Timestamp) -> Allocation {
    Allocation { instances, until, at: noon(), by: "anna".to_owned(), why: "a load test".to_owned() }
}

/// Allocates until an hour after noon.
async fn allocate(setting: &Setting, instances: u32) {
    controls::allocate(&setting.store, "web", &allocation(instances, noon() + STEP * 12)).await.unwrap();
}

fn is_allocated(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::Allocated { by, .. } if by == "anna"))
}

/// Four instances of a group that scale-in need not wait for.
fn setting(mode: Mode) -> Setting {
    let mut setting = Setting::without_history(4);
    setting.group.mode = mode;
    setting.group.stabilization_minutes = 0;
    setting.group.sudden_drop_hold_minutes = 0;
    setting
}

#[tokio::test]
async fn a_mode_that_is_raised_writes_until_it_is_taken_back() {
    let setting = setting(Mode::Observe);
    assert_eq!(setting.follow(noon(), 8.5).await.outcome, Outcome::NotAllowed);
    set_mode(&setting, Mode::Active).await;
    let raised = setting.follow(noon() + STEP, 8.5).await;
    assert_eq!((raised.mode, &raised.outcome, setting.cloud.desired()), (Mode::Active, &Outcome::Applied, 10));
    controls::clear_mode(&setting.store, "web").await.unwrap();
    let back = setting.follow(noon() + STEP * 2, 3.4).await;
    assert_eq!((back.mode, &back.outcome, setting.cloud.writes()), (Mode::Observe, &Outcome::NotAllowed, vec![10]));
}

#[tokio::test]
async fn a_mode_that_is_lowered_writes_no_more_than_it_allows() {
    for (mode, load, outcome) in [
        (Mode::Observe, 8.5, Outcome::NotAllowed),
        (Mode::Observe, 0.5, Outcome::NotAllowed),
        (Mode::ScaleOutOnly, 8.5, Outcome::Applied),
        (Mode::ScaleOutOnly, 0.5, Outcome::NotAllowed),
    ] {
        let setting = setting(Mode::Active);
        set_mode(&setting, mode).await;
        let decision = setting.follow(noon(), load).await;
        assert_eq!((decision.mode, &decision.outcome), (mode, &outcome), "{}", decision.sentence);
        let forbidden = decision.reasons.last() == Some(&Reason::ModeForbids { mode: mode.name().to_owned() });
        assert_eq!((forbidden, setting.cloud.writes().is_empty()), (outcome == Outcome::NotAllowed, forbidden));
    }
}

#[tokio::test]
async fn a_mode_that_is_raised_goes_through_the_same_checks() {
    let mut setting = setting(Mode::Observe);
    setting.group.approval = Approval::All;
    set_mode(&setting, Mode::Active).await;
    let waits = setting.follow(noon(), 8.5).await;
    assert!(matches!(waits.outcome, Outcome::AwaitingApproval { .. }), "{}", waits.sentence);
    setting.group.approval = Approval::None;
    let stop = Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() };
    controls::stop(&setting.store, None, &stop).await.unwrap();
    let stopped = setting.follow(noon() + STEP, 8.5).await;
    assert_eq!((&stopped.outcome, setting.cloud.writes()), (&Outcome::Stopped, vec![]), "{}", stopped.sentence);
    controls::resume(&setting.store, None).await.unwrap();

    setting.group.mode = Mode::Off;
    let fleet = Fleet { groups: vec![setting.group.clone()] };
    let results = scaler::tick_fleet(&setting.scaler, &fleet, &setting.cloud, &setting.store, noon() + STEP * 2).await;
    assert!(results.is_empty() && setting.cloud.writes().is_empty(), "what the configuration took out stays out");
}

#[tokio::test]
async fn orders_that_cannot_be_read_leave_the_configuration_and_let_nothing_be_written() {
    let setting = setting(Mode::Active);
    set_mode(&setting, Mode::Observe).await;
    let is_silent = AtomicBool::new(true);
    let coughing = Refusing::new(&setting.store, |call, key| {
        let is_control = call == Call::Get && key == "control/group=web.json";
        (is_control && is_silent.swap(false, Ordering::Relaxed)).then(|| silent(key))
    });
    let decision = setting.follow_in(&coughing, noon(), 8.5).await;
    assert_eq!((decision.mode, &decision.outcome), (Mode::Active, &Outcome::Stopped), "{}", decision.sentence);
    assert!(matches!(decision.reasons.last(), Some(Reason::KillSwitchUnreadable { .. })), "{}", decision.sentence);
    assert_eq!(setting.cloud.writes(), [0; 0], "the operator had said so");
    controls::clear_mode(&setting.store, "web").await.unwrap();
    assert_eq!(setting.follow_in(&coughing, noon() + STEP, 8.5).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn what_is_allocated_comes_at_the_next_tick_and_goes_when_its_time_is_up() {
    let setting = setting(Mode::Active);
    allocate(&setting, 9).await;
    let raised = setting.follow(noon(), 0.5).await;
    assert_eq!((&raised.outcome, setting.cloud.desired(), is_allocated(&raised)), (&Outcome::Applied, 9, true));
    let told = "9 instances are allocated by anna until 26 Nov 13:01 UTC";
    assert!(raised.sentence.ends_with(told), "{}", raised.sentence);
    let held = setting.follow(noon() + STEP * 11, 0.5).await;
    assert_eq!((held.action, held.desired, is_allocated(&held)), (Action::Hold, 9, true));
    let busy = setting.follow(noon() + STEP * 11 + STEP / 2, 10.2).await;
    assert_eq!(busy, held, "one tick, one decision");
    let over = setting.follow(noon() + STEP * 12, 0.5).await;
    assert_eq!((&over.outcome, setting.cloud.desired(), is_allocated(&over)), (&Outcome::Applied, 1, false));
}

#[tokio::test]
async fn what_the_load_takes_comes_beside_what_is_allocated() {
    let setting = setting(Mode::Active);
    allocate(&setting, 9).await;
    let busy = setting.follow(noon(), 10.2).await;
    assert_eq!((busy.desired, is_allocated(&busy)), (12, false), "{}", busy.sentence);
    let quiet = setting.follow(noon() + STEP, 0.5).await;
    assert_eq!((quiet.desired, is_allocated(&quiet)), (9, true), "{}", quiet.sentence);
    controls::release(&setting.store, "web").await.unwrap();
    assert_eq!(setting.follow(noon() + STEP * 2, 0.5).await.desired, 1);
}

#[tokio::test]
async fn an_allocation_is_held_back_like_any_decision() {
    let check = async |change: fn(&mut Group), stop: bool, expected: fn(&Outcome) -> bool| {
        let mut setting = setting(Mode::Active);
        change(&mut setting.group);
        allocate(&setting, 9).await;
        if stop {
            let stop = Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() };
            controls::stop(&setting.store, Some("web"), &stop).await.unwrap();
        }
        let decision = setting.follow(noon(), 0.5).await;
        assert!(expected(&decision.outcome) && is_allocated(&decision), "{}", decision.sentence);
        assert_eq!((decision.desired, setting.cloud.writes()), (9, vec![]));
    };
    check(|group| group.mode = Mode::Observe, false, |outcome| *outcome == Outcome::NotAllowed).await;
    check(|group| group.approval = Approval::All, false, |outcome| matches!(outcome, Outcome::AwaitingApproval { .. })).await;
    check(|_| {}, true, |outcome| *outcome == Outcome::Stopped).await;

    let cautious = setting(Mode::ScaleOutOnly);
    allocate(&cautious, 9).await;
    assert_eq!(cautious.follow(noon(), 0.5).await.outcome, Outcome::Applied);
    let over = cautious.follow(noon() + STEP * 12, 0.5).await;
    assert_eq!((&over.outcome, cautious.cloud.desired()), (&Outcome::NotAllowed, 9), "it is for someone else to take back");
}

#[tokio::test]
async fn an_allocation_comes_without_metrics_too_and_as_a_minimum_where_that_is_set() {
    let setting = setting(Mode::Active);
    allocate(&setting, 9).await;
    let blind = setting.see(&crate::doubles::Shown(|_| None), &setting.store, noon()).await;
    assert_eq!((&blind.outcome, setting.cloud.desired(), is_allocated(&blind)), (&Outcome::Applied, 9, true));

    let mut floored = self::setting(Mode::Active);
    floored.group.apply = Apply::Floor;
    allocate(&floored, 9).await;
    floored.follow(noon(), 0.5).await;
    assert_eq!((floored.cloud.minimums(), floored.cloud.size().min), (vec![9], 9));
    floored.follow(noon() + STEP * 12, 0.5).await;
    assert_eq!((floored.cloud.minimums(), floored.cloud.size().min), (vec![9, 1], 1), "the group's own is given back");
}

#[tokio::test]
async fn an_hours_allocation_in_the_simulated_cloud() {
    let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let row = |step: i32| Observation { request_count: Some(1000.0), ..Observation::at(start + STEP * step) };
    let rows: Vec<Observation> = (0..576).map(row).collect();
    let workload = Arc::new(Workload::from_series(&Series::from_observations(&rows).unwrap(), 4.0).unwrap());
    let rules = WorldRules::default();
    // Configured to watch: an operator's mode and an operator's allocation do the rest.
    let group = Group {
        policy: PolicyName::Reactive,
        reactive_target: 0.85,
        requests_per_instance: workload.requests_per_instance(300),
        ..Group::simulated("web")
    };
    let store = MemoryStore::default();
    history::merge(&store, "web", &workload.history_observations(300, workload.static_peak(&rules))).await.unwrap();
    let cloud = SimulatedCloud::new("web", Arc::clone(&workload), rules, 1);
    controls::set_mode(&store, "web", &order(Mode::Active)).await.unwrap();
    let (scaler, calendar) = (Scaler::default(), Ok(Calendar::default()));
    let first = workload.split() + SignedDuration::from_secs(60);
    let (from, until) = (first + STEP * 6, first + STEP * 18);
    let mut now = first;
    while now < first + STEP * 36 {
        if now == from {
            controls::allocate(&store, "web", &allocation(12, until)).await.unwrap();
        }
        cloud.advance_to(now);
        collector::collect(&group, calendar.as_ref().unwrap(), &cloud, &store, now).await.unwrap();
        let decision = scaler::tick(&scaler, &group, &calendar, Cloud::ReadWrite(&cloud), &store, now).await.unwrap();
        let (desired, in_service) = (decision.desired, decision.before.in_service);
        if now >= from && now < until {
            assert_eq!((desired, is_allocated(&decision)), (12, true), "{now}: {}", decision.sentence);
            assert!(now < from + STEP || in_service == 12, "{now}: they are there after one step, and {in_service} are");
        } else if now < from || now >= until + STEP * 6 {
            assert_eq!(desired, 5, "{now}: {}", decision.sentence);
        }
        now += STEP;
    }
}
