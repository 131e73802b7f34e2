//! What holds in every situation.

use proptest::prelude::*;

use super::*;
use crate::fleet::Mode;

fn any_past() -> impl Strategy<Value = Past> {
    let age = -600..12_000_i64;
    let needs = proptest::collection::vec((age.clone(), 0..50_u32), 0..6);
    let changes = proptest::collection::vec((age.clone(), 0..50_u32, 0..50_u32), 0..20);
    let foreign = proptest::option::of((age.clone(), 0..50_u32, 0..50_u32));
    let shortage = proptest::option::of((age.clone(), -3600..3600_i64, any::<bool>()));
    let drop = proptest::option::of(age.clone());
    let blind = proptest::option::of(age);
    (needs, changes, foreign, shortage, drop, blind).prop_map(|(needs, changes, foreign, shortage, drop, blind)| Past {
        needs: needs.into_iter().map(|(age, required)| Need { at: after(-age), required }).collect(),
        changes: changes.into_iter().map(|(age, from, to)| Change { at: after(-age), from, to }).collect(),
        foreign: foreign.map(|(age, expected, found)| ForeignChange { at: after(-age), expected, found }),
        shortage: shortage.map(|(age, retry, refused)| Shortage {
            since: after(-age),
            wanted: 30,
            got: 3,
            attempts: 2,
            retry_at: after(retry),
            refused,
        }),
        drop: drop.map(|age| SuddenDrop { since: after(-age), load: 1.0, expected: 9.0, until: after(-age) }),
        blind_since: blind.map(|age| after(-age)),
        ..Past::default()
    })
}

fn any_group() -> impl Strategy<Value = Group> {
    let policy = prop_oneof![
        4 => Just(PolicyName::Headroom),
        1 => Just(PolicyName::Threshold),
        1 => Just(PolicyName::Reactive),
        1 => Just(PolicyName::Schedule),
    ];
    let limits = (proptest::option::of(1..6_u32), proptest::option::of(1..6_u32), proptest::option::of(0..40_u32));
    let schedule = proptest::collection::vec((0..24_i8, 0..24_i8, 0..40_u32), 0..3);
    (policy, (0..15_u32, 15..30_u32), limits, 0..30_u32, 0..60_u32, schedule, any::<bool>()).prop_map(
        |(policy, (min, max), (out, inward, blind), cooldown_minutes, reversals_max, schedule, minute)| Group {
            policy,
            mode: Mode::Active,
            min_instances: Some(min),
            max_instances: Some(max),
            scale_out_limit: out,
            scale_in_limit: inward,
            blind_instances: blind,
            cooldown_minutes,
            reversals_max,
            step_seconds: if minute { 60 } else { 300 },
            schedule: schedule
                .into_iter()
                .map(|(start, end, instances)| crate::fleet::ScheduleEntry {
                    name: "x".to_owned(),
                    days: crate::fleet::Day::ALL.to_vec(),
                    start: jiff::civil::time(start, 0, 0, 0),
                    end: jiff::civil::time(end, 0, 0, 0),
                    instances,
                })
                .collect(),
            ..Group::simulated("web")
        },
    )
}

fn any_case() -> impl Strategy<Value = Case> {
    let loads = proptest::array::uniform12(0.0..60.0_f64);
    let size = (0..40_u32, 0..40_u32, 0..5_u32);
    (any_group(), any_past(), loads, 0.0..60.0_f64, size, 0..8000_i64, 0..3_u8, any::<bool>()).prop_map(
        |(group, past, loads, load, (desired, in_service, unit), age, forecast_kind, event)| Case {
            group,
            past,
            capacity: CapacityState { desired, in_service, unit, ..capacity(desired) },
            load,
            forecast: match forecast_kind {
                0 => Err(NoForecast::NoModel),
                _ => Ok(forecast(loads)),
            },
            calendar: if event {
                r#"{"events": [{"name": "x", "start": "2026-11-27T09:10:00Z", "duration_minutes": 60, "ramp_minutes": 5}]}"#
            } else {
                "{}"
            },
            // Mostly fresh.
            age_seconds: if age > 2000 { 60 } else { age },
        },
    )
}

impl Case {
    fn is_fresh(&self) -> bool {
        self.age_seconds <= self.group.stale_after_seconds
    }

    /// What the load measured now takes, as far as the bounds let it be had in whole units.
    fn floor(&self) -> u32 {
        self.look(|situation| super::super::guards::bounded(situation, situation.instances_for(self.load)))
    }
}

/// The forecast, `factor` times as high.
fn scaled(forecast: &Result<Forecast, NoForecast>, factor: f64) -> Result<Forecast, NoForecast> {
    forecast.clone().map(|known| {
        let Forecast { steps, peaks, .. } = known;
        let outlook = Outlook { steps, peaks }.scaled(factor);
        Forecast::new("web", after(-60), 300, ModelName { name: "test".to_owned(), version: None }, outlook)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn capacity_stays_within_bounds_or_as_it_is(case in any_case()) {
        let decision = case.decide();
        let within = (case.group.min_instances.unwrap()..=case.group.max_instances.unwrap()).contains(&decision.desired);
        prop_assert!(within || decision.desired == case.capacity.desired);
        prop_assert!(!decision.reasons.is_empty(), "every decision has a reason");
        prop_assert_eq!(decision.action, Action::between(case.capacity.desired, decision.desired));
    }

    #[test]
    fn no_guard_goes_below_what_the_load_measured_now_takes(case in any_case()) {
        prop_assume!(case.is_fresh());
        let plan = case.plan();
        let is_short = plan.reasons.iter().any(|reason| matches!(reason, Reason::Shortage { .. }));
        let floor = if is_short { case.floor().min(case.capacity.desired) } else { case.floor() };
        prop_assert!(plan.desired >= floor, "{} < {floor}: {:?}", plan.desired, plan.reasons);
    }

    #[test]
    fn more_load_measured_never_gives_less_capacity(case in any_case(), factor in 1.0..3.0_f64) {
        let more = Case { load: case.load * factor, ..case.clone() };
        prop_assert!(more.plan().desired >= case.plan().desired);
    }

    #[test]
    fn more_load_forecast_never_gives_less_capacity(case in any_case(), factor in 1.0..3.0_f64) {
        let more = Case { forecast: scaled(&case.forecast, factor), ..case.clone() };
        prop_assert!(more.plan().desired >= case.plan().desired);
    }

    #[test]
    fn missing_metrics_remove_nothing_but_what_the_operator_said(case in any_case(), nan in any::<bool>()) {
        let load = if nan { f64::NAN } else { case.load };
        let blind = Case { load, age_seconds: if nan { 60 } else { 1000 }, ..case };
        let plan = blind.plan();
        let configured = plan.alarm && blind.group.blind_instances.is_some();
        prop_assert!(plan.desired >= blind.capacity.desired || configured, "{:?}", plan.reasons);
        let scheduled = blind.group.policy == PolicyName::Schedule;
        prop_assert!(plan.desired <= blind.capacity.desired || configured || scheduled, "{:?}", plan.reasons);
    }

    #[test]
    fn a_size_that_is_told_late_removes_nothing_that_may_be_there(case in any_case(), more in 0..20_u32) {
        let asked = case.capacity.desired;
        let told = asked + more;
        let late = LateSize { at: ago(5), told, asked };
        let plan = case.troubled(late.reason(), plan);
        let larger = case.look(|situation| super::super::guards::bounded(situation, told));
        prop_assert!(plan.desired == asked || plan.desired >= larger, "{} of {asked} to {told}: {:?}", plan.desired, plan.reasons);
        let is_short = plan.reasons.iter().any(|reason| matches!(reason, Reason::Shortage { .. }));
        prop_assert!(is_short || !case.is_fresh() || plan.desired >= case.floor());
    }

    #[test]
    fn what_is_allocated_is_there_as_far_as_bounds_and_cloud_allow(case in any_case(), instances in 0..50_u32, fresh in any::<bool>()) {
        let group = Group { allocated: allocated(instances).allocated, ..case.group.clone() };
        let case = Case { age_seconds: if fresh { 60 } else { 1000 }, ..case.of(group) };
        let plan = case.plan();
        let is_short = plan.reasons.iter().any(|reason| matches!(reason, Reason::Shortage { .. }));
        let least = case.look(|situation| super::super::guards::bounded(situation, instances));
        prop_assert!(is_short || plan.desired >= least, "{} < {least}: {:?}", plan.desired, plan.reasons);
    }

    #[test]
    fn a_held_decision_says_why(case in any_case()) {
        let plan = case.plan();
        let explains = |reason: &Reason| !matches!(reason, Reason::Event { .. } | Reason::NotPredictable);
        prop_assert!(plan.reasons.iter().any(explains), "{:?}", plan.reasons);
    }

    #[test]
    fn no_number_and_no_clock_panics(
        case in any_case(),
        values in proptest::collection::vec((proptest::num::f64::ANY, -90_000..90_000_i64, -90_000..90_000_i64, 0..50_u32, 0..4_u8), 1..12),
    ) {
        let mut past = case.past.clone();
        for (value, offset, age, desired, kind) in values {
            let at = after(offset);
            let size = CapacityState { desired, ..case.capacity };
            let measured = Some(Measured { until: at - SignedDuration::from_secs(age), load: value });
            past.observe(&case.group, size, measured, at);
            let wild = Case { forecast: Ok(forecast([value; HORIZON])), load: value, past: past.clone(), ..case.clone() };
            let Plan { desired, required, .. } = wild.plan();
            let written = [Written::Nothing, Written::Applied, Written::NoCapacity, Written::Unsure][usize::from(kind)];
            past.record(&case.group, &Tick { at, mode: Mode::Active, before: size, required, desired, measured, written });
            past.expect(wild.forecast.as_ref().ok());
        }
        let json = serde_json::to_string(&past).unwrap();
        prop_assert_eq!(serde_json::from_str::<Past>(&json).unwrap(), past);
    }
}
