//! Where two numbers are the same, and where a time is just over.

use super::*;
use crate::fleet::Mode;

fn is_limit(reason: &Reason) -> bool {
    matches!(reason, Reason::Minimum { .. } | Reason::Maximum { .. } | Reason::Allocated { .. } | Reason::StepLimit { .. })
}

/// That `case` comes to `desired`, and that nothing is told to have limited it.
fn check_unlimited(case: &Case, desired: u32) {
    let plan = case.plan();
    assert_eq!(plan.desired, desired, "{:?}", plan.reasons);
    assert!(!plan.reasons.iter().any(is_limit), "{:?}", plan.reasons);
}

#[test]
fn a_bound_that_is_just_reached_limits_nothing() {
    // Five are wanted.
    for group in [
        Group { max_instances: Some(5), ..group() },
        Group { min_instances: Some(5), ..group() },
        Group { scale_out_limit: Some(1), ..group() },
        allocated(5),
    ] {
        check_unlimited(&Case::rising().of(group), 5);
    }
    // One is wanted where four are.
    check_unlimited(&Case::quiet().of(Group { scale_in_limit: Some(3), ..group() }), 1);
}

#[test]
fn blindly_what_is_there_needs_no_allocation() {
    let blind = Case { age_seconds: 5400, ..Case::steady() };
    check_unlimited(&blind.clone().of(allocated(4)), 4);
    let raised = blind.of(allocated(5)).plan();
    assert_eq!(raised.desired, 5);
    assert!(raised.reasons.iter().any(is_limit), "{:?}", raised.reasons);
}

#[test]
fn each_way_has_its_own_step_limit() {
    let group = Group { scale_out_limit: Some(1), scale_in_limit: Some(2), ..group() };
    assert_eq!(Case::quiet().of(group.clone()).plan().desired, 2);
    assert_eq!(Case { load: 8.0, ..Case::rising() }.of(group.clone()).plan().desired, 10, "what is measured comes first");
    let far = Case { forecast: Ok(forecast([8.0; HORIZON])), ..Case::steady() };
    assert_eq!(far.of(group).plan().desired, 5);
}

#[test]
fn a_foreign_change_is_left_alone_until_its_hold_is_over_to_the_minute() {
    let desired = |minutes: i64| {
        let foreign = ForeignChange { at: ago(minutes), expected: 8, found: 4 };
        let group = Group { foreign_hold_minutes: 20, ..group() };
        Case::rising().of(group).with(Past { foreign: Some(foreign), ..Past::default() }).plan().desired
    };
    assert_eq!((desired(19), desired(20)), (4, 5));
}

/// A tick that was over so many minutes ago, and changed four instances to `desired`, of which `run` were there.
fn tick(ago_minutes: i64, run: u32, desired: u32) -> Tick {
    Tick {
        at: ago(ago_minutes),
        mode: Mode::Active,
        before: CapacityState { in_service: run, ..capacity(4) },
        required: desired,
        desired,
        measured: None,
        written: Written::Applied,
    }
}

#[test]
fn of_what_was_needed_the_newest_counts_and_the_oldest_is_forgotten() {
    let mut past = Past::default();
    for (minutes, required) in [(185, 2), (180, 3), (175, 4), (0, 5), (0, 6)] {
        past.record(&group(), &tick(minutes, 4, required));
    }
    let needs: Vec<_> = past.needs.iter().map(|need| (need.at, need.required)).collect();
    assert_eq!(needs, [(ago(180), 3), (ago(175), 4), (now(), 6)], "a tick that is recorded twice is one");
}

#[test]
fn what_is_forgotten_and_what_not_quite() {
    let change = |minutes: i64| Change { at: ago(minutes), from: 4, to: 5 };
    let need = |minutes: i64| Need { at: ago(minutes), required: 4 };
    let ages = [185, 180, 0, -5];
    let mut past = Past { changes: ages.map(change).into(), needs: ages.map(need).into(), ..Past::default() };
    past.observe(&group(), capacity(5), None, now());
    assert_eq!(past.changes, [change(180), change(0)]);
    assert_eq!(past.needs, [need(180), need(0)]);
}

#[test]
fn only_instances_that_have_to_come_are_waited_for() {
    let waiting = |run: u32, desired: u32| {
        let mut past = Past::default();
        past.record(&group(), &tick(5, run, desired));
        past.lead_time.waiting().iter().map(|waiting| (waiting.from, waiting.to)).collect::<Vec<_>>()
    };
    assert_eq!(waiting(4, 6), [(4, 6)]);
    assert_eq!(waiting(5, 6), [(5, 6)], "one of them runs already");
    assert_eq!(waiting(6, 6), [], "they run already");
    assert_eq!(waiting(4, 3), []);

    // What is removed takes back what was on its way.
    let mut past = Past::default();
    past.record(&group(), &tick(5, 4, 6));
    past.record(&group(), &tick(0, 4, 3));
    assert!(past.lead_time.waiting().is_empty());
    assert_eq!(past.changes.len(), 2);
}

#[test]
fn what_stays_waits_for_nothing() {
    let change = Change { at: ago(1), from: 3, to: 4 };
    let past = Past { changes: vec![change], ..Past::default() };
    let waits = |case: Case| {
        let case = case.of(Group { cooldown_minutes: 10, ..group() }).with(past.clone());
        case.plan().reasons.iter().any(|reason| matches!(reason, Reason::Cooldown { .. }))
    };
    assert_eq!((waits(Case::steady()), waits(Case::quiet())), (false, true));
}

#[test]
fn what_is_needed_again_within_half_an_hour_stays_and_what_is_needed_later_goes() {
    // The forecast begins a minute ago: the step that begins 30 minutes after that is the seventh.
    let desired = |step: usize| {
        let loads = std::array::from_fn(|h| if h >= step { 3.0 } else { 0.5 });
        Case { forecast: Ok(forecast(loads)), ..Case::quiet() }.plan().desired
    };
    assert_eq!([6, 7, 8].map(desired), [4, 1, 1]);
}

#[test]
fn what_this_very_moment_needed_is_no_past_need() {
    let desired = |at: Timestamp| {
        let needs = vec![Need { at, required: 3 }];
        let group = Group { stabilization_minutes: 5, ..group() };
        Case::quiet().of(group).with(Past { needs, ..Past::default() }).plan().desired
    };
    assert_eq!([ago(6), ago(5), after(-1), now()].map(desired), [1, 3, 3, 1]);
}

/// That the cloud refused six instances a while ago, and may be asked again at `retry_at`.
fn refused(retry_at: Timestamp) -> Past {
    let shortage = Shortage { since: ago(60), wanted: 6, got: 4, attempts: 3, retry_at, refused: true };
    Past { shortage: Some(shortage), ..Past::default() }
}

#[test]
fn a_refusal_is_told_where_more_is_wanted_and_not_before() {
    let told = |case: Case| {
        let plan = case.with(refused(after(300))).plan();
        (plan.desired, plan.reasons.iter().any(|reason| matches!(reason, Reason::Shortage { .. })))
    };
    assert_eq!((told(Case::steady()), told(Case::rising())), ((4, false), (4, true)));
}

#[test]
fn a_refusal_is_forgotten_an_hour_after_its_time_to_the_second() {
    let is_known = |seconds: i64| {
        let mut past = refused(after(-seconds));
        past.observe(&group(), capacity(4), None, now());
        past.shortage.is_some()
    };
    assert_eq!((is_known(3600), is_known(3601)), (true, false));
}

#[test]
fn three_lead_times_after_the_last_has_come_the_others_are_missed() {
    // A lead time has 180 seconds.
    let short = |looks: &[(i64, u32)]| {
        let mut past = Past::default();
        past.observe(&group(), capacity(4), None, now());
        past.record(&group(), &tick(0, 4, 10));
        for &(seconds, in_service) in looks {
            let size = CapacityState { in_service, pending: 10 - in_service, ..capacity(10) };
            past.observe(&group(), size, None, after(seconds));
        }
        past.shortage.is_some()
    };
    assert!(!short(&[(60, 7), (599, 7)]));
    assert!(short(&[(60, 7), (600, 7)]));
    assert!(!short(&[(600, 10), (1200, 10), (1500, 10)]), "they came late, and are there");
}

#[test]
fn a_measurement_is_held_against_what_was_expected_of_its_own_step() {
    let origin = ago(6);
    let falls = |low: [f64; HORIZON]| {
        let expected = Some(Expectation { origin, step_seconds: 300, low, median: low });
        let mut past = Past { expected, ..Past::default() };
        past.observe(&group(), capacity(4), Some(Measured { until: ago(1), load: 3.0 }), now());
        past.drop.map(|drop| drop.expected)
    };
    let only = |step: usize| std::array::from_fn(|h| if h == step { 10.0 } else { 0.1 });
    assert_eq!([0, 1, 2].map(|step| falls(only(step))), [Some(10.0), None, None]);
}

#[test]
fn without_a_forecast_a_fall_is_seen_over_three_steps_and_no_more() {
    let falls = |seconds: i64| {
        let before = Some(Measured { until: after(-seconds - 60), load: 10.0 });
        let mut past = Past { measured: before, ..Past::default() };
        past.observe(&group(), capacity(4), Some(Measured { until: ago(1), load: 3.0 }), now());
        past.drop.is_some()
    };
    assert_eq!((falls(900), falls(1200)), (true, false));
}

#[test]
fn a_forecast_without_steps_expects_nothing() {
    let forecast = forecast([3.0; HORIZON]);
    assert!(Expectation::of(&forecast).is_some());
    assert!(Expectation::of(&Forecast { step_seconds: 0, ..forecast }).is_none());
}
