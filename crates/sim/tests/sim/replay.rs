use headroom_sim::{
    Account, Policy, Replay, Seen, WorldRules,
    policies::{StaticPeak, Threshold},
    replay,
};

use super::steady_then;

/// The replay begins after 4 x 8 steps of history.
const SPLIT: usize = 160;

fn desired(replay: &Replay) -> Vec<u32> {
    replay.minutes.iter().map(|minute| minute.desired).collect()
}

#[test]
fn static_peak_stays_at_the_highest_demand_of_the_history() {
    let workload = steady_then(&[5.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    let rules = WorldRules::default();
    let run = replay(&workload, rules, 1, &mut StaticPeak::of(&workload, &rules), 40);
    // It starts with the six that the first minute takes; the history took two.
    assert_eq!(desired(&run), [2; 40]);
    assert_eq!(
        run.account,
        Account {
            minutes: 40,
            instance_seconds: 2 * 40 * 60,
            violation_minutes: 5,
            unserved_instance_minutes: 5 * (6 - 2),
            demand_instance_minutes: 5 * 6 + 35,
            scale_outs: 0,
            scale_ins: 1,
        }
    );
    assert_eq!((run.account.violation_share(), run.account.unserved_share()), (0.125, 20.0 / 65.0));
}

#[test]
fn threshold_moves_by_one_a_minute_after_each_step() {
    let workload = steady_then(&[1.7, 1.7, 0.4, 0.4, 0.4, 1.5, 1.5, 1.5]);
    let run = replay(&workload, WorldRules::default(), 1, &mut Threshold::default(), 40);
    // At minute, of minutes seen: utilization of each, and so on with the instances that it leads to.
    //  6,  0 to  4: 0.85                        adds one, which serves from minute 9 on
    // 11,  5 to  9: 4 x 0.85, 0.57, mean 0.79   adds one, which serves from minute 14 on
    // 16, 10 to 14: 4 x 0.13, 0.10              removes one
    // 21, 15 to 19: 0.10, 4 x 0.13              removes one
    // 26, 20 to 24: 0.13, 4 x 0.20              removes one
    // 31, 25 to 29: 0.75, 4 x 1.50              adds one, which serves from minute 34 on
    // 36, 30 to 34: 4 x 1.50, 0.75              adds one
    let expected: Vec<u32> = [(6, 2), (5, 3), (5, 4), (5, 3), (5, 2), (5, 1), (5, 2), (4, 3)]
        .iter()
        .flat_map(|&(minutes, desired)| std::iter::repeat_n(desired, minutes))
        .collect();
    assert_eq!(desired(&run), expected);
    let between = replay(&steady_then(&[1.0; 8]), WorldRules::default(), 1, &mut Threshold::default(), 40);
    assert_eq!(desired(&between), [2; 40], "0.5 lies between the bounds");
}

#[test]
fn what_a_policy_asks_beyond_the_bounds_is_brought_within_them() {
    struct Greedy;
    impl Policy for Greedy {
        fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
            Some(if seen.minute.is_multiple_of(2) { u32::MAX } else { 0 })
        }
    }
    let run = replay(&steady_then(&[1.7; 8]), WorldRules::default(), 1, &mut Greedy, 4);
    assert_eq!(desired(&run), [100, 1, 100, 1]);
}

#[test]
fn a_policy_sees_the_past_a_minute_late_and_nothing_ahead() {
    struct Witness(Vec<(usize, usize, usize, bool)>);
    impl Policy for Witness {
        fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
            self.0.push((seen.minute, seen.loads.len(), seen.replayed.len(), seen.is_tick()));
            None
        }
    }
    let mut witness = Witness(Vec::new());
    let run = replay(&steady_then(&[1.7; 8]), WorldRules::default(), 1, &mut witness, 1000);
    assert_eq!(run.account.minutes, 40, "the trace ends");
    let expected: Vec<_> = (0..40).map(|i: usize| (SPLIT + i, SPLIT + i - 1, i.saturating_sub(1), i % 5 == 1)).collect();
    assert_eq!(witness.0, expected);
}

#[test]
fn the_same_seed_gives_the_same_account() {
    let run = |seed| {
        let rules = WorldRules { boot_jitter_seconds: 20, ..WorldRules::default() };
        replay(&steady_then(&[1.7, 5.0, 9.0, 3.0, 7.0, 30.0, 2.0, 8.0]), rules, seed, &mut Threshold::default(), 40)
    };
    assert_eq!(run(1), run(1));
}
