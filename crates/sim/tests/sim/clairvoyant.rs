use std::sync::Arc;

use headroom_sim::{Account, Policy, Seen, Workload, WorldRules, policies::Clairvoyant, replay};

use super::workload;

/// Single minutes whose demand is this, after a history of the same length times four.
fn demands(demands: &[u32]) -> Arc<Workload> {
    let history = std::iter::repeat_n(1.0, 4 * demands.len());
    let values: Vec<f64> = history.chain(demands.iter().map(|&demand| f64::from(demand) * 0.8)).collect();
    Arc::new(workload(60, &values, 1.0))
}

fn check(boot_delay_seconds: u32, demand: &[u32], expected: &[u32]) {
    let rules = WorldRules { boot_delay_seconds, ..WorldRules::default() };
    let workload = demands(demand);
    let replay = replay(&workload, rules, 1, &mut Clairvoyant::of(&workload), usize::MAX);
    assert_eq!(replay.minutes.iter().map(|minute| minute.demand).collect::<Vec<_>>(), demand);
    assert_eq!(replay.minutes.iter().map(|minute| minute.desired).collect::<Vec<_>>(), expected, "{boot_delay_seconds} s");
    assert_eq!(replay.account.violation_minutes, 0, "{boot_delay_seconds} s");
}

#[test]
fn it_launches_just_in_time_and_keeps_what_it_would_have_to_launch_again() {
    let demand = [1, 1, 1, 1, 1, 1, 4, 2, 2, 3, 1, 1, 1, 1, 2];
    check(180, &demand, &[1, 1, 1, 4, 4, 4, 4, 3, 3, 3, 1, 2, 2, 2, 2]);
    // Ready in the middle of the fourth minute: the fifth is the first that it serves whole.
    check(200, &demand, &[1, 1, 4, 4, 4, 4, 4, 3, 3, 3, 2, 2, 2, 2, 2]);
    check(60, &demand, &[1, 1, 1, 1, 1, 4, 4, 2, 3, 3, 1, 1, 1, 2, 2]);
    check(0, &demand, &demand);
}

#[test]
fn what_starts_too_high_to_be_met_is_all_that_it_violates() {
    let workload = demands(&[1, 5, 5, 5, 5, 1, 1, 1, 1, 1]);
    let account = replay(&workload, WorldRules::default(), 1, &mut Clairvoyant::of(&workload), usize::MAX).account;
    assert_eq!((account.violation_minutes, account.scale_outs, account.scale_ins), (2, 1, 1));
}

#[test]
fn boots_that_differ_are_all_awaited() {
    let rules = WorldRules { boot_jitter_seconds: 90, ..WorldRules::default() };
    let workload = demands(&[1, 1, 1, 1, 1, 9, 1, 1, 1, 1]);
    for seed in 0..50 {
        let account = replay(&workload, rules, seed, &mut Clairvoyant::of(&workload), usize::MAX).account;
        assert_eq!(account.violation_minutes, 0, "seed {seed}");
    }
}

/// Asks for what it was told, minute by minute.
struct Script(Vec<u32>);

impl Policy for Script {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        Some(self.0[seen.ended.len()])
    }
}

/// What seven minutes come to in which one to three instances are asked for, by the digits of `script`; none with violations.
fn without_violation(workload: &Arc<Workload>, rules: WorldRules, script: u32) -> Option<Account> {
    let mut script = Script((0..7).map(|place| 1 + script / 3_u32.pow(place) % 3).collect());
    Some(replay(workload, rules, 1, &mut script, 7).account).filter(|account| account.violation_minutes == 0)
}

#[test]
fn of_all_that_could_be_asked_for_nothing_is_cheaper() {
    let rules = WorldRules { boot_delay_seconds: 120, instances_max: 3, ..WorldRules::default() };
    // The first two minutes take no more than what is there; the others any demand of one to three.
    for tail in 0..3_u32.pow(5) {
        let digit = |place: u32| 1 + tail / 3_u32.pow(place) % 3;
        // The three minutes at the end are there for the length of the trace, and not played.
        let demand = [2, 1, digit(0), digit(1), digit(2), digit(3), digit(4), digit(4), digit(4), digit(4)];
        let workload = demands(&demand);
        let limit = replay(&workload, rules, 1, &mut Clairvoyant::of(&workload), 7).account;
        assert_eq!(limit.violation_minutes, 0, "{demand:?}");
        let others = (0..3_u32.pow(7)).filter_map(|script| without_violation(&workload, rules, script));
        let cheapest = others.map(|account| account.instance_seconds).min();
        assert_eq!(cheapest, Some(limit.instance_seconds), "{demand:?}");
    }
}
