use std::sync::Arc;

use headroom_sim::{
    Family, Minute, Policy, Seen, WorldRules,
    backtest::{Settings, backtest},
    plain_families,
    policies::Clairvoyant,
    replay,
};
use proptest::prelude::*;

use super::workload;

/// Minutes of any load up to eleven instances' worth, four fifths of them history.
fn any_loads() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![Just(0.0), 0.0..11.0_f64, 0.8..1.2_f64];
    proptest::collection::vec((level, 1_usize..30), 10..40).prop_map(|stretches| {
        let mut loads: Vec<f64> = stretches.iter().flat_map(|&(load, minutes)| std::iter::repeat_n(load, minutes)).collect();
        // Something to count in, and whole steps.
        loads.extend([1.0; 60]);
        loads.truncate(loads.len() / 25 * 25);
        loads.rotate_right(30);
        loads
    })
}

prop_compose! {
    fn any_rules()(min in 0_u32..3, more in 0_u32..30, boot in 0_u32..400, delay in 0_u32..200, max_utilization in 0.3..1.0_f64)
        -> WorldRules
    {
        WorldRules {
            instances_min: min,
            instances_max: (min + more).max(1),
            boot_delay_seconds: boot,
            metric_delay_seconds: delay,
            max_utilization,
            ..WorldRules::default()
        }
    }
}

/// Asks for what the clairvoyant asks for, and somewhat more now and then.
struct Lavish(Clairvoyant, Vec<u32>);

impl Policy for Lavish {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let more = self.1[seen.minute % self.1.len()];
        self.0.decide(seen).map(|desired| desired + more)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_policy_keeps_within_the_bounds_and_adds_up(loads in any_loads(), rules in any_rules(), share in 0.0..1.0_f64) {
        let workload = Arc::new(workload(60, &loads, 1.0));
        let before = WorldRules { ..rules };
        for family in plain_families(&workload, &rules) {
            let knob = family.knobs().get((family.knobs().len() as f64 * share) as usize).copied();
            let run = replay(&workload, rules, 1, &mut *family.policy(knob), usize::MAX);
            prop_assert_eq!(run.minutes.len(), workload.minutes() - workload.split_minute());
            let mut billed = 0;
            for minute in &run.minutes {
                prop_assert!(rules.instances_min <= minute.desired && minute.desired <= rules.instances_max, "{}", family.name());
                prop_assert!(minute.in_service <= minute.desired, "what serves was asked for");
                billed += 60 * u64::from(minute.desired);
            }
            prop_assert_eq!(run.account.instance_seconds, billed, "{}", family.name());
            let again = replay(&workload, rules, 1, &mut *family.policy(knob), usize::MAX);
            prop_assert_eq!(run, again, "{} decides by what it sees alone", family.name());
        }
        prop_assert_eq!(before, rules);
    }

    #[test]
    fn the_clairvoyant_violates_nothing_avoidable_and_nothing_without_violations_is_cheaper(
        loads in any_loads(), rules in any_rules(), lavish in proptest::collection::vec(0_u32..3, 1..50),
    ) {
        let rules = WorldRules { instances_max: 100, ..rules };
        let workload = Arc::new(workload(60, &loads, 1.0));
        let limit = replay(&workload, rules, 1, &mut Clairvoyant::of(&workload), usize::MAX);
        let late = limit.minutes.iter().rposition(Minute::is_violation);
        prop_assert!(late.is_none_or(|late| late < rules.boot_minutes()), "{late:?} after the first boots");
        let mut others: Vec<Family<'_>> = plain_families(&workload, &rules);
        others.push(Family::fixed("lavish", || Lavish(Clairvoyant::of(&workload), lavish.clone())));
        for family in others {
            let run = replay(&workload, rules, 1, &mut *family.policy(None), usize::MAX).account;
            if run.violation_minutes == 0 {
                prop_assert!(run.instance_seconds >= limit.account.instance_seconds, "{}", family.name());
            }
        }
    }

    #[test]
    fn whatever_the_world_the_json_has_only_numbers_and_is_the_same_again(loads in any_loads(), rules in any_rules()) {
        let workload = Arc::new(workload(60, &loads, 1.0));
        let settings = Settings { rules, ..Settings::default() };
        let families: Vec<_> = plain_families(&workload, &rules).into_iter().map(|family| family.with_knobs(Vec::new())).collect();
        let run = || serde_json::to_string(&backtest("any", &workload, &families, &settings)).unwrap();
        let json = run();
        // serde_json writes null for what is not a finite number: only these fields may be none.
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        for policy in value["policies"].as_array().unwrap() {
            for (field, value) in policy.as_object().unwrap() {
                let may_be_none = ["knob", "elastic_speedup", "worst_day", "worst_hour", "intervals"].contains(&field.as_str());
                prop_assert!(may_be_none || !value.is_null(), "{field}");
            }
        }
        prop_assert_eq!(json, run());
    }
}
