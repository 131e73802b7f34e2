//! Each guard at its edge.

use super::*;
use crate::fleet::{Mode, PolicyName};

fn check(case: &Case, desired: u32, reason: fn(&Reason) -> bool) {
    let plan = case.plan();
    assert_eq!(plan.desired, desired, "{:?}", plan.reasons);
    assert!(plan.reasons.iter().any(reason), "{:?}", plan.reasons);
}

/// `desired`, and no reason of that kind.
fn check_without(case: &Case, desired: u32, reason: fn(&Reason) -> bool) {
    let plan = case.plan();
    assert_eq!(plan.desired, desired, "{:?}", plan.reasons);
    assert!(!plan.reasons.iter().any(reason), "{:?}", plan.reasons);
}

#[test]
fn a_peak_is_met_before_it_comes() {
    let peak_at = |step: usize| Case {
        forecast: Ok(forecast(std::array::from_fn(|h| if h == step { 8.0 } else { 3.0 }))),
        ..Case::steady()
    };
    // Lead time 180 s and a tick of 300 s from 60 s after the origin reach 540 s: into the second step.
    assert_eq!(peak_at(1).plan().desired, 10);
    assert_eq!(peak_at(2).plan().desired, 4, "a later tick will do");
    let slow = Group { lead_time_seconds: 600, ..group() };
    assert_eq!(peak_at(3).of(slow.clone()).plan().desired, 10, "960 s reach into the fourth step");
    assert_eq!(peak_at(4).of(slow).plan().desired, 4);
}

#[test]
fn nothing_is_removed_while_events_are_not_known_or_a_clock_was_wrong() {
    let unreadable = || Reason::CalendarUnreadable { problem: "access denied".to_owned() };
    let history = Reason::HistoryUnreadable { problem: "line 17".to_owned() };
    for policy in [PolicyName::Headroom, PolicyName::Threshold, PolicyName::Reactive, PolicyName::Schedule] {
        let quiet = Case::quiet().of(Group { policy, ..group() });
        assert!(quiet.plan().desired < 4, "{policy:?}");
        for trouble in [unreadable(), Reason::FutureDecision { tick: after(86_400) }] {
            let plan = quiet.troubled(trouble, plan);
            assert_eq!((plan.desired, plan.alarm), (4, true), "{policy:?}: {:?}", plan.reasons);
        }
        let other = quiet.troubled(history.clone(), plan);
        assert_eq!((other.desired, other.alarm), (quiet.plan().desired, false), "{policy:?}: another trouble keeps nothing");
    }
    let grown = Case::rising().troubled(unreadable(), plan);
    assert_eq!((grown.desired, grown.alarm), (Case::rising().plan().desired, true), "what is needed still comes");
    assert!(grown.desired > 4);
}

#[test]
fn nothing_is_removed_blindly_while_events_are_not_known() {
    let blind = |instances: u32| {
        Case { age_seconds: 90 * 60, ..Case::steady() }.of(Group { blind_instances: Some(instances), ..group() })
    };
    let unreadable = || Reason::CalendarUnreadable { problem: "access denied".to_owned() };
    assert_eq!(blind(2).plan().desired, 2);
    for (configured, desired) in [(2, 4), (12, 12)] {
        let plan = blind(configured).troubled(unreadable(), plan);
        assert_eq!((plan.desired, plan.alarm), (desired, true), "{:?}", plan.reasons);
    }
    let stays = blind(2).troubled(unreadable(), plan);
    assert!(
        stays.reasons.iter().any(|reason| matches!(reason, Reason::HoldExpired { instances: None, .. })),
        "{:?}",
        stays.reasons
    );
}

#[test]
fn what_is_allocated_is_there_until_its_time_is_up() {
    let is_allocated: fn(&Reason) -> bool = |reason| matches!(reason, Reason::Allocated { instances: 6, by, .. } if by == "anna");
    check(&Case::quiet().of(allocated(6)), 6, is_allocated);
    check_without(&Case { load: 6.0, ..Case::quiet() }.of(allocated(6)), 8, is_allocated);
    let over = |until: Timestamp| {
        let order = Allocated { instances: 6, until, by: "anna".to_owned() };
        Case::quiet().of(Group { allocated: Some(order), ..group() })
    };
    check(&over(after(1)), 6, is_allocated);
    check_without(&over(now()), 1, is_allocated);
}

#[test]
fn an_allocation_stays_within_bounds_and_whole_units() {
    let is_allocated: fn(&Reason) -> bool = |reason| matches!(reason, Reason::Allocated { .. });
    let is_maximum: fn(&Reason) -> bool = |reason| matches!(reason, Reason::Maximum { instances: 20, wanted: 50 });
    check(&Case::quiet().of(allocated(50)), 20, is_maximum);
    let roomy = Group { min_instances: Some(7), ..allocated(6) };
    check_without(&Case::quiet().of(roomy), 7, is_allocated);
    let mixed = CapacityState { unit: 4, ..capacity(4) };
    check(&Case { capacity: mixed, ..Case::quiet() }.of(allocated(6)), 8, is_allocated);
}

#[test]
fn only_a_short_cloud_keeps_an_allocation_waiting() {
    let is_allocated: fn(&Reason) -> bool = |reason| matches!(reason, Reason::Allocated { .. });
    let limited = Group { scale_out_limit: Some(1), ..allocated(9) };
    check(&Case::quiet().of(limited), 9, is_allocated);
    let foreign = ForeignChange { at: ago(10), expected: 6, found: 4 };
    check(&Case::quiet().of(allocated(9)).with(Past { foreign: Some(foreign), ..Past::default() }), 9, is_allocated);
    check(&Case { age_seconds: 3600, ..Case::quiet() }.of(allocated(9)), 9, is_allocated);
    let shortage = Shortage { since: ago(20), wanted: 9, got: 4, attempts: 3, retry_at: after(600), refused: true };
    let short = Past { shortage: Some(shortage), ..Past::default() };
    check(&Case::quiet().of(allocated(9)).with(short.clone()), 4, |reason| matches!(reason, Reason::Shortage { .. }));
    check(&Case { age_seconds: 3600, ..Case::quiet() }.of(allocated(9)).with(short), 4, is_allocated);
}

#[test]
fn every_policy_keeps_what_is_allocated() {
    for policy in [PolicyName::Headroom, PolicyName::Threshold, PolicyName::Reactive, PolicyName::Schedule] {
        let case = Case::quiet().of(Group { policy, ..allocated(9) });
        check(&case, 9, |reason| matches!(reason, Reason::Allocated { instances: 9, .. }));
    }
}

#[test]
fn a_learned_lead_time_counts_in_place_of_the_configured_one() {
    let mut past = Past::default();
    for hours in [6, 5, 4] {
        let at = ago(60 * hours);
        past.lead_time.see(at, 3, 3, 180);
        past.lead_time.asked(at, 3, 4);
        let step = |index: i32, count: f64| crate::Observation {
            in_service_instances: Some(count),
            ..crate::Observation::at(at - minutes(1) + minutes(5) * index)
        };
        past.lead_time.measure(&[step(-1, 3.0), step(0, 3.0), step(1, 3.0), step(2, 3.2), step(3, 4.0)], 300);
    }
    assert_eq!(past.lead_time.seconds(), Some(780));
    let late = Case { forecast: Ok(forecast(std::array::from_fn(|h| if h == 3 { 8.0 } else { 3.0 }))), ..Case::steady() };
    assert_eq!(late.plan().desired, 4);
    assert_eq!(late.with(past).plan().desired, 10);
}

#[test]
fn minute_steps_look_a_minute_further_than_the_lead_time() {
    let minute = Group { step_seconds: 60, ..group() };
    let peak_at = |step: usize| Case {
        forecast: Ok(forecast(std::array::from_fn(|h| if h == step { 8.0 } else { 3.0 }))),
        ..Case::steady().of(minute.clone())
    };
    // 180 s and 60 s from 60 s after the origin of a forecast in steps of 300 s: just to the end of the first.
    assert_eq!(peak_at(0).plan().desired, 10);
    assert_eq!(peak_at(1).plan().desired, 4);
}

#[test]
fn missing_metrics_never_change_capacity() {
    for desired in [0, 1, 4, 50] {
        let stale = Case { capacity: capacity(desired), age_seconds: 901, ..Case::quiet() };
        check(&stale, desired, |reason| matches!(reason, Reason::StaleMetrics { .. }));
        let none = Case { load: f64::NAN, ..stale };
        check(&none, desired, |reason| matches!(reason, Reason::NoMetrics));
    }
}

#[test]
fn a_hold_ends_with_an_alarm_and_where_the_operator_wants() {
    let blind = |minutes: i64, blind_instances: Option<u32>| {
        let group = Group { blind_instances, ..group() };
        Case { age_seconds: 900 + 60 * minutes, ..Case::quiet().of(group) }
    };
    assert!(!blind(59, Some(9)).plan().alarm);
    for (instances, desired) in [(None, 4), (Some(9), 9), (Some(2), 2), (Some(0), 1), (Some(99), 20)] {
        let case = blind(60, instances);
        check(&case, desired, |reason| matches!(reason, Reason::HoldExpired { .. }));
        assert!(case.plan().alarm);
    }
    // Nothing has ever been measured: what was noted counts.
    let never = Past { blind_since: Some(ago(60)), ..Past::default() };
    assert!(Case { load: f64::NAN, ..Case::steady() }.with(never).plan().alarm);
    // An operator who took over is not disturbed.
    let foreign = Some(ForeignChange { at: ago(5), expected: 9, found: 4 });
    assert_eq!(blind(60, Some(9)).with(Past { foreign, ..Past::default() }).plan().desired, 4);
}

#[test]
fn scale_in_waits_out_the_window() {
    let needed = |minutes: i64| Past { needs: vec![Need { at: ago(minutes), required: 3 }], ..Past::default() };
    check(&Case::quiet().with(needed(5)), 3, |reason| matches!(reason, Reason::Stabilizing { needed: 3, .. }));
    check_without(&Case::quiet().with(needed(6)), 1, |reason| matches!(reason, Reason::Stabilizing { .. }));
}

#[test]
fn scale_in_waits_after_a_change() {
    let changed = |minutes: i64| Past { changes: vec![Change { at: ago(minutes), from: 5, to: 4 }], ..Past::default() };
    let cooling = Group { cooldown_minutes: 10, ..group() };
    check(&Case::quiet().of(cooling.clone()).with(changed(9)), 4, |reason| matches!(reason, Reason::Cooldown { .. }));
    check_without(&Case::quiet().of(cooling.clone()).with(changed(10)), 1, |reason| matches!(reason, Reason::Cooldown { .. }));
    assert_eq!(Case::rising().of(cooling).with(changed(1)).plan().desired, 5, "scale-out does not wait");
    assert_eq!(Case::quiet().with(changed(0)).plan().desired, 1, "off by default");
}

#[test]
fn an_event_holds_from_when_it_could_be_prepared_for_until_its_ramp_is_climbed() {
    let event = |start: &str| -> &'static str {
        format!(r#"{{"events": [{{"name": "x", "start": "2026-11-27T{start}Z", "duration_minutes": 60, "ramp_minutes": 10}}]}}"#)
            .leak()
    };
    // The look-ahead reaches 09:09.
    for (start, desired) in [("09:01:00", 1), ("09:02:00", 4), ("09:19:00", 4), ("09:20:00", 1), ("12:00:00", 1)] {
        let case = Case { calendar: event(start), ..Case::quiet() };
        assert_eq!(case.plan().desired, desired, "{start}: {:?}", case.plan().reasons);
    }
}

#[test]
fn a_sudden_drop_holds_for_its_time() {
    let dropped = |minutes: i64| {
        let drop = SuddenDrop { since: ago(minutes), load: 0.5, expected: 3.0, until: ago(minutes + 1) };
        Past { drop: Some(drop), ..Past::default() }
    };
    check(&Case::quiet().with(dropped(14)), 4, |reason| matches!(reason, Reason::SuddenDrop { .. }));
    check_without(&Case::quiet().with(dropped(15)), 1, |reason| matches!(reason, Reason::SuddenDrop { .. }));
    let off = Group { sudden_drop_hold_minutes: 0, ..group() };
    assert_eq!(Case::quiet().of(off).with(dropped(0)).plan().desired, 1);
}

#[test]
fn too_many_reversals_hold_what_would_be_one_more() {
    // Up and down in turn, the last one `up`.
    let changed = |count: i64, up: bool| {
        let change = |index: i64| {
            let raises = up == (index % 2 == 0);
            Change { at: ago(10 * (index + 1)), from: if raises { 3 } else { 4 }, to: if raises { 4 } else { 3 } }
        };
        Past { changes: (0..count).rev().map(change).collect(), ..Past::default() }
    };
    check(&Case::quiet().with(changed(13, true)), 4, |reason| matches!(reason, Reason::FlapBudget { reversals: 12, .. }));
    check_without(&Case::quiet().with(changed(12, true)), 1, |reason| matches!(reason, Reason::FlapBudget { .. }));
    check_without(&Case::quiet().with(changed(13, false)), 1, |reason| matches!(reason, Reason::FlapBudget { .. }));
    assert_eq!(Case::rising().with(changed(15, true)).plan().desired, 5, "scale-out does not wait");
}

#[test]
fn step_limits_yield_to_the_measured_load_and_to_the_bounds() {
    let out = Group { scale_out_limit: Some(2), ..group() };
    let peak = Case { forecast: Ok(forecast([9.0; HORIZON])), ..Case::steady() };
    check(&peak.clone().of(out.clone()), 6, |reason| {
        matches!(reason, Reason::StepLimit { action: Action::ScaleOut, limit: 2, wanted: 11 })
    });
    check_without(&Case { load: 9.0, ..peak.clone() }.of(out.clone()), 11, |reason| matches!(reason, Reason::StepLimit { .. }));
    check(&Case { load: 6.0, ..peak.clone() }.of(out.clone()), 8, |reason| matches!(reason, Reason::StepLimit { .. }));
    let floored = Group { min_instances: Some(9), ..out };
    assert_eq!(peak.of(floored).plan().desired, 9, "the minimum comes first");
    let inward = Group { scale_in_limit: Some(1), ..group() };
    check(&Case::quiet().of(inward.clone()), 3, |reason| {
        matches!(reason, Reason::StepLimit { action: Action::ScaleIn, limit: 1, wanted: 1 })
    });
    let capped = Group { max_instances: Some(2), ..inward };
    assert_eq!(Case::quiet().of(capped).plan().desired, 2, "and so does the maximum");
}

#[test]
fn capacity_comes_in_whole_units_within_the_bounds() {
    let units = |desired: u32, unit: u32, load: f64, min: u32, max: u32| {
        let size = CapacityState { min, max, unit, ..capacity(desired) };
        Case { capacity: size, load, forecast: Ok(forecast([load; HORIZON])), ..Case::steady() }.plan().desired
    };
    assert_eq!(units(4, 4, 3.6, 1, 20), 8, "five become eight");
    assert_eq!(units(8, 4, 3.6, 1, 20), 8, "and stay eight");
    assert_eq!(units(4, 4, 15.0, 1, 18), 16, "no whole unit fits between 16 and 18");
    assert_eq!(units(4, 4, 0.1, 5, 20), 8, "the minimum is rounded up");
    assert_eq!(units(6, 4, 0.1, 5, 7), 5, "where no unit fits at all, the bounds count");
    assert_eq!(units(4, 0, 3.6, 1, 20), 5, "a unit of nothing is one");
}

#[test]
fn steps_in_units_are_a_unit_at_least() {
    let sized = |group: Group, load: f64| {
        let size = CapacityState { unit: 4, ..capacity(12) };
        Case { capacity: size, load: 0.1, forecast: Ok(forecast([load; HORIZON])), ..Case::steady() }.of(group).plan().desired
    };
    assert_eq!(sized(Group { scale_in_limit: Some(1), ..group() }, 0.1), 8);
    assert_eq!(sized(Group { scale_out_limit: Some(1), ..group() }, 16.9), 16);
}

#[test]
fn a_foreign_writer_is_told_and_not_fought() {
    let is_told = |reason: &Reason| matches!(reason, Reason::ForeignWriter { .. });
    let by = |minutes: i64, expected: u32, found: u32| Past {
        foreign: Some(ForeignChange { at: ago(minutes), expected, found }),
        ..Past::default()
    };
    // Someone raised it: nothing is removed, and more may come.
    check(&Case::quiet().with(by(5, 2, 4)), 4, is_told);
    check(&Case::rising().with(by(5, 2, 4)), 5, is_told);
    check(&Case::quiet().of(Group { max_instances: Some(2), ..group() }).with(by(5, 2, 4)), 4, is_told);
    // Someone lowered it: only what the load measured now takes comes back.
    check(&Case::rising().with(by(5, 8, 4)), 4, is_told);
    check(&Case { load: 3.5, ..Case::rising() }.with(by(5, 8, 4)), 5, is_told);
    check(&Case::quiet().of(Group { min_instances: Some(6), ..group() }).with(by(5, 8, 4)), 6, is_told);
    // Half an hour later it is ours again, or at once where the operator wants that.
    check_without(&Case::rising().with(by(30, 8, 4)), 5, is_told);
    check_without(&Case::rising().of(Group { foreign_hold_minutes: 0, ..group() }).with(by(0, 8, 4)), 5, is_told);
}

#[test]
fn on_a_size_that_is_told_late_nothing_is_removed() {
    let late = |told: u32, asked: u32| LateSize { at: ago(5), told, asked }.reason();
    // Four instances are the fewest of both.
    for (told, asked) in [(4, 6), (6, 4)] {
        let desired = |case: &Case| case.troubled(late(told, asked), plan).desired;
        assert_eq!(desired(&Case::quiet()), 4);
        assert_eq!(desired(&Case::rising()), 6, "five are wanted, and there may be six");
        assert_eq!(desired(&Case { load: 8.0, ..Case::rising() }), 10);
        assert_eq!(desired(&Case::rising().of(Group { max_instances: Some(5), ..group() })), 5);
        let foreign = ForeignChange { at: ago(20), expected: 8, found: 3 };
        let fought = Case { load: 4.0, ..Case::rising() }.with(Past { foreign: Some(foreign), ..Past::default() });
        assert_eq!(desired(&fought), 6, "not only what the load measured now takes");
        let blind = Case { age_seconds: 5400, ..Case::steady() };
        let configured = |instances: u32| blind.clone().of(Group { blind_instances: Some(instances), ..group() });
        assert_eq!([1, 5, 8].map(|instances| desired(&configured(instances))), [4, 6, 8]);
    }
    assert_eq!(Case::quiet().plan().desired, 1);
}

#[test]
fn after_a_shortage_more_is_asked_for_at_its_time() {
    let is_told = |reason: &Reason| matches!(reason, Reason::Shortage { .. });
    let short = |refused: bool, retry_in_minutes: i64| {
        let retry_at = now() + minutes(retry_in_minutes);
        let shortage = Shortage { since: ago(20), wanted: 9, got: 4, attempts: 3, retry_at, refused };
        Past { shortage: Some(shortage), ..Past::default() }
    };
    let urgent = Case { load: 8.0, ..Case::rising() };
    check(&urgent.clone().with(short(true, 1)), 4, is_told);
    check_without(&urgent.with(short(true, 0)), 10, is_told);
    check_without(&Case::quiet().with(short(true, 9)), 1, is_told);
    check(&Case::steady().with(short(false, 9)), 4, is_told);
    check_without(&Case::quiet().with(short(false, 9)), 1, is_told);
}

#[test]
fn without_a_trusted_forecast_the_reactive_rule_takes_over() {
    for because in [NoForecast::NoModel, NoForecast::GapsInHistory, NoForecast::UnusableModel("x".to_owned())] {
        let case = Case { forecast: Err(because), ..Case::steady() };
        check(&case, 5, |reason| matches!(reason, Reason::Reactive { target: Some(0.6), .. }));
    }
    let broken = Case { forecast: Ok(forecast([f64::NAN; HORIZON])), ..Case::steady() };
    check(&broken, 5, |reason| matches!(reason, Reason::Reactive { because: NoForecast::UnusableModel(_), .. }));
    let tracking = Group { policy: PolicyName::Reactive, reactive_target: 0.5, ..group() };
    check(&Case::rising().of(tracking), 6, |reason| matches!(reason, Reason::Tracking { required: 6, .. }));
}

#[test]
fn a_schedule_is_met_at_its_start_and_left_at_its_end() {
    let scheduled = |start: &str, end: &str| {
        let text = format!("name = \"office\"\nstart = \"{start}\"\nend = \"{end}\"\ninstances = 9");
        Group { policy: PolicyName::Schedule, schedule: vec![toml::from_str(&text).unwrap()], ..group() }
    };
    let is_told = |reason: &Reason| matches!(reason, Reason::Schedule { .. });
    // The look-ahead reaches 09:09, and 09:01 is now.
    check(&Case::quiet().of(scheduled("09:09", "17:00")), 9, is_told);
    check_without(&Case::quiet().of(scheduled("09:10", "17:00")), 1, is_told);
    check(&Case::quiet().of(scheduled("08:00", "09:02")), 9, is_told);
    check_without(&Case::quiet().of(scheduled("08:00", "09:01")), 1, is_told);
    check(&Case { load: 10.0, ..Case::quiet() }.of(scheduled("08:00", "17:00")), 12, |reason| {
        matches!(reason, Reason::ReactiveFloor { .. })
    });
    // It needs no metrics, but removes nothing without them.
    let blind = Case { age_seconds: 1000, ..Case::quiet() };
    check(&blind.clone().of(scheduled("08:00", "17:00")), 9, is_told);
    assert_eq!(Case { capacity: capacity(12), ..blind }.of(scheduled("08:00", "17:00")).plan().desired, 12);
}

#[test]
fn the_plain_rule_is_guarded_too() {
    let threshold = Group { policy: PolicyName::Threshold, ..group() };
    assert_eq!(Case::quiet().of(threshold.clone()).plan().desired, 3, "one fewer at a time");
    let wrong = Case { load: 8.0, ..Case::quiet() }.of(threshold);
    check(&wrong, 10, |reason| matches!(reason, Reason::ReactiveFloor { .. }));
}

#[test]
fn whatever_is_forecast_or_measured_a_decision_can_be_stored() {
    for policy in [PolicyName::Headroom, PolicyName::Threshold, PolicyName::Reactive] {
        let group = Group { policy, ..group() };
        for load in [3.0, 1e307, f64::MAX, f64::NAN, f64::INFINITY, -5.0] {
            for expected in [3.0, 1e307, f64::MAX, f64::NAN, f64::INFINITY] {
                let case = Case { load, forecast: Ok(forecast([expected; HORIZON])), ..Case::steady() }.of(group.clone());
                let decision = case.decide();
                let json = serde_json::to_string(&decision).unwrap();
                assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision, "{policy:?}, {load}, {expected}");
                assert!(decision.sentence.len() < 400, "{}", decision.sentence);
            }
        }
    }
}

#[test]
fn money_says_how_sure_to_be() {
    let steps: StepQuantiles = [Quantiles([1.0, 2.0, 3.0, 4.0, 5.0]); HORIZON];
    let outlook = Outlook { steps, peaks: steps };
    let model = ModelName { name: "test".to_owned(), version: None };
    let spread = Case { forecast: Ok(Forecast::new("web", after(-60), 300, model, outlook)), load: 1.0, ..Case::steady() };
    let even = Group { price_per_hour: Some(60.0), violation_cost_per_minute: Some(1.0), ..group() };
    assert_eq!(spread.clone().of(even.clone()).plan().desired, 3, "the median of 2.0");
    let decision = spread.clone().of(even).decide();
    assert_eq!(decision.risk.map(|risk| risk.source), Some(crate::fleet::RiskSource::Money));
    assert_eq!(spread.plan().desired, 6, "the default quantile, 5.0");
}

#[test]
fn decisions_tell_what_is_only_known_then() {
    let mut past = Past::default();
    let priced = Group { price_per_hour: Some(0.1), mode: Mode::Observe, ..group() };
    past.observe(&priced, capacity(4), Some(Measured { until: ago(6), load: 3.0 }), ago(5));
    past.observe(&priced, capacity(4), Some(Measured { until: ago(1), load: 3.0 }), now());
    let decision = Case::steady().of(priced).with(past).decide();
    assert_eq!((decision.measured_until, decision.lead_time_seconds), (Some(ago(1)), Some(180)));
    let today = decision.savings.unwrap().today;
    assert!((today.cost - 4.0 * 300.0 / 3600.0 * 0.1).abs() < 1e-12, "{today:?}");
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    assert!(Case::steady().decide().savings.is_none(), "no price, no costs");
}

#[test]
fn a_decision_of_an_earlier_version_can_be_read() {
    let stored = r#"{"format":1,"group":"web","tick":"2026-11-24T12:00:00Z","at":"2026-11-24T12:01:00Z","mode":"active",
        "policy":"headroom","before":{"desired":4,"min":2,"max":10,"in_service":4,"pending":0},"required":5,"desired":5,
        "action":"scale_out","load":3.2,"reasons":[{"kind":"reactive","because":"no_model","load":3.2,"required":4}],
        "sentence":"scale out from 4 to 5","outcome":{"kind":"applied"}}"#;
    let decision: Decision = serde_json::from_str(stored).unwrap();
    assert_eq!((decision.before.unit, decision.alarm, decision.lead_time_seconds), (1, false, None));
}
