use std::sync::Arc;

use headroom_sim::{
    Policy, Replay, Workload, WorldRules,
    policies::{AwsPredictiveLike, SameTimeLastWeek, TargetTracking},
    replay,
};

use super::{steady_then, workload};

fn run(workload: &Arc<Workload>, policy: &mut dyn Policy) -> Replay {
    replay(workload, WorldRules::default(), 1, policy, usize::MAX)
}

/// Checks what was asked for, given as stretches of minutes.
fn check(replay: &Replay, stretches: &[(usize, u32)]) {
    let desired: Vec<u32> = replay.minutes.iter().map(|minute| minute.desired).collect();
    let expected: Vec<u32> = stretches.iter().flat_map(|&(minutes, desired)| std::iter::repeat_n(desired, minutes)).collect();
    assert_eq!(desired, expected);
}

// Load jumps from 0.4 to 1.7 at minute 5 and stays there; the target is 0.5.
const JUMP: [f64; 8] = [0.4, 1.7, 1.7, 1.7, 1.7, 1.7, 1.7, 1.7];

#[test]
fn fast_target_tracking_adds_after_one_minute_and_cuts_after_fifteen() {
    // At  6 it has seen 1.70 of one instance in minute 5, which counts as 1: 1 x 1 / 0.5 = 2, to serve from 9.
    // At  9 it has seen 1.70 again, of the one of minute 8, and has two: 2 x 1 / 0.5 = 4, to serve from 12.
    // At 12 it has seen 0.85 of the two of minute 11, and has four: 4 x 0.85 / 0.5 = 6.8, seven, to serve from 15.
    // From 12 on utilization is 1.7 / 4 = 0.425, below 0.45, and from 15 on 1.7 / 7 = 0.243.
    // At 27 it has seen fifteen such minutes, 12 to 26: 7 x 0.425 / 0.5 = 5.95, six.
    // At 28 and 29 the highest is still that of minute 14: 6 x 0.425 / 0.5 = 5.1, six.
    // At 30 the highest is 1.7 / 6 = 0.283, of minute 27: 6 x 0.283 / 0.5 = 3.4, four.
    // From 31 on it is 0.425 again: 4 x 0.425 / 0.5 = 3.4, four.
    let replay = run(&steady_then(&JUMP), &mut TargetTracking::fast_at(0.5));
    check(&replay, &[(6, 1), (3, 2), (3, 4), (15, 7), (3, 6), (10, 4)]);
    // Short from minute 5 on, until two serve from 9.
    assert_eq!(replay.account.violation_minutes, 4);
}

#[test]
fn target_tracking_adds_after_three_minutes_in_a_row() {
    // As above, each step up two minutes later, and the next only when three minutes were above at the time:
    // at  8 two, to serve from 11; at 11 four, to serve from 14; at 14 seven, to serve from 17.
    // 0.425 from 14 on, 0.243 from 17 on: six at 29, four at 32.
    let replay = run(&steady_then(&JUMP), &mut TargetTracking::at(0.5));
    check(&replay, &[(8, 1), (3, 2), (3, 4), (15, 7), (3, 6), (8, 4)]);
    assert_eq!(replay.account.violation_minutes, 6);
}

/// A trace of single minutes: a history of 1.7 instances' worth, then these.
fn minutes_of(replayed: &[f64]) -> Arc<Workload> {
    let values: Vec<f64> =
        std::iter::repeat_n(170.0, 4 * replayed.len()).chain(replayed.iter().map(|load| load * 100.0)).collect();
    Arc::new(workload(60, &values, 1.7))
}

#[test]
fn one_quiet_minute_starts_the_three_anew_and_one_busy_minute_the_fifteen() {
    // Ten instances' worth of demand at first; utilization of the ten is a tenth of the load.
    let mut loads = vec![8.0; 60];
    // Above the target of 0.8 in two minutes of three, twice; then three times in a row.
    for minute in [2, 3, 5, 6, 10, 11, 12] {
        loads[minute] = 8.4;
    }
    // Quiet is below 0.72: of the eleven that there are by then, 8.4 is 0.76 and 8.0 is 0.73.
    loads[20..45].fill(5.0);
    loads[30] = 8.4;
    let replay = run(&minutes_of(&loads), &mut TargetTracking::at(0.8));
    // At 13 the last three were 0.84: 10 x 0.84 / 0.8 = 10.5, eleven.
    // Ten quiet minutes, a busy one and fourteen quiet ones: never fifteen.
    assert_eq!([12, 13, 35, 45, 59].map(|minute| replay.minutes[minute].desired), [10, 11, 11, 11, 11]);
    assert!(replay.minutes[31..45].iter().all(|minute| minute.utilization() < 0.72));
    loads[45] = 5.0;
    let longer = run(&minutes_of(&loads), &mut TargetTracking::at(0.8));
    // At 46 fifteen quiet ones lie behind, the highest at 5 / 11: 11 x 0.4545 / 0.8 = 6.25, seven.
    assert_eq!((longer.minutes[45].desired, longer.minutes[46].desired), (11, 7));
}

#[test]
fn an_empty_group_can_be_left() {
    let rules = WorldRules { instances_min: 0, ..WorldRules::default() };
    let loads: Vec<f64> = [vec![0.0; 20], vec![0.5; 20]].concat();
    let replay = replay(&minutes_of(&loads), rules, 1, &mut TargetTracking::fast_at(0.5), usize::MAX);
    let desired = |minute: usize| replay.minutes[minute].desired;
    // Fifteen idle minutes take it to none; load on nothing is above any target, and a group of none counts as one.
    assert_eq!((desired(14), desired(15), desired(20), desired(21)), (1, 0, 0, 2));
}

/// Ten days of five minutes, 1.6 instances' worth but for one step of 5.0.
fn pulse_at(step: usize) -> Arc<Workload> {
    let mut values = vec![160.0; 10 * 288];
    values[step] = 500.0;
    Arc::new(workload(300, &values, 1.6))
}

#[test]
fn same_time_last_week_provides_what_the_look_ahead_had_a_week_before() {
    // The replay begins as day 8 does; the pulse was at 01:00 of day 1, a week before its minutes 60 to 64. Ticks are at 1, 6,
    // and so on. What is launched at 51 looks at 51 to 58, at 56 at 56 to 63, at 61 at 61 to 68, at 66 at 66 to 73.
    let replay = run(&pulse_at(288 + 12), &mut SameTimeLastWeek::with_margin(1.0));
    assert!(replay.minutes[0].minute == 8 * 1440);
    check(&replay, &[(56, 2), (10, 6), (2 * 1440 - 66, 2)]);
    // Six serve from 59 on, in time.
    assert_eq!((replay.minutes[58].in_service, replay.minutes[59].in_service), (2, 6));
    // 2 x 1.6 / 0.85 = 3.8 and 2 x 5.0 / 0.85 = 11.8, from the first tick on.
    let doubled = run(&pulse_at(288 + 12), &mut SameTimeLastWeek::with_margin(2.0));
    check(&doubled, &[(1, 2), (55, 4), (10, 12), (2 * 1440 - 66, 4)]);
}

#[test]
fn same_time_yesterday_stands_in_where_there_is_no_week_yet() {
    // Five days: the replay is day 4, and the pulse was at 01:00 of day 3.
    let mut values = vec![160.0; 5 * 288];
    values[3 * 288 + 12] = 500.0;
    let replay = run(&Arc::new(workload(300, &values, 1.6)), &mut SameTimeLastWeek::with_margin(1.0));
    check(&replay, &[(56, 2), (10, 6), (1440 - 66, 2)]);
    // Half a day of history: nothing to go by until a day has passed.
    let mut short = vec![160.0; 180];
    short[0] = 500.0;
    let nothing = run(&Arc::new(workload(300, &short, 1.6)), &mut SameTimeLastWeek::with_margin(5.0));
    check(&nothing, &[(180, 2)]);
}

#[test]
fn the_predictive_rule_adds_by_the_hour_and_tracking_works_above_it() {
    // 20 days, the replay begins with day 16. The hour from 03:00 had four instances' worth on each of the last 14 days, and a
    // hundred before, which is too long ago to count.
    let mut values: Vec<f64> = (0..20 * 288)
        .map(|step| match (step / 288, step % 288 / 12) {
            (0..2, 3) => 10_000.0,
            (2..16, 3) => 400.0,
            _ => 100.0,
        })
        .collect();
    // Of the replayed days, the first has no load at 03:00 but three instances' worth in five minutes from 05:00 on.
    values[16 * 288 + 60] = 300.0;
    let level = Arc::new(workload(300, &values, 1.0));
    // The 99th percentile of the history is 4.0 of the scale that one is 1.0 of: so 0.25 instances are ordinary.
    let scale = level.load_at(0);
    let level = Arc::new(workload(300, &values, 1.0 / scale));
    assert!((level.load_at(0) - 1.0).abs() < 1e-9);
    let replay = run(&level, &mut AwsPredictiveLike::at(0.45));
    let at = |minute: usize| replay.minutes[minute].desired;
    // 1 / 0.45 = 2.2, and 4 / 0.45 = 8.9, not sooner than the hour begins.
    assert_eq!((at(0), at(179), at(180), at(239)), (3, 3, 9, 9));
    // The hour after, tracking has seen fifteen minutes of 1 / 9: 9 x 0.111 / 0.45 = 2.2.
    assert_eq!((at(240), at(299)), (3, 3));
    // Three instances' worth on three: minutes 300 to 302 are above, at 303 it takes 3 x 1 / 0.45 = 6.7.
    assert_eq!((at(302), at(303)), (3, 7));
    // On the next day, hours with 1 / 14 of the burst's mean more are forecast: (14 + 1/6) / 14 / 0.45 = 2.2 too.
    assert_eq!(at(1440 + 300), 3);
    // What the forecast asks for is kept when the day at hand is quiet, and the mean of 03:00 falls with it:
    // (13 x 4 + 1) / 14 / 0.45 = 8.4.
    assert_eq!((at(1440 + 179), at(1440 + 180), at(1440 + 240)), (3, 9, 3));
    // Two quiet days: (12 x 4 + 2) / 14 / 0.45 = 7.9.
    assert_eq!(at(2 * 1440 + 180), 8);
}

#[test]
fn a_replay_that_begins_within_an_hour_has_that_hours_forecast() {
    // 130 minutes of history: the replay begins at 02:10 of the first day, and 02:00 of no day before was measured.
    let values = vec![100.0; 30];
    let none_before = Arc::new(workload(300, &values, 2.0));
    let replay = run(&none_before, &mut AwsPredictiveLike::at(0.3));
    assert_eq!(replay.minutes[0].desired, 3, "demand: there is nothing to forecast from");
    // Two days, the replay begins at 14:20 of the second: 1.6 instances' worth at 14:00 of the first day, 2.0 for the rest.
    let mut values = vec![200.0; 2 * 288];
    values[14 * 12..15 * 12].fill(1600.0);
    let level = Arc::new(workload(300, &values, 16.0));
    assert_eq!(level.split_minute() % 1440, 14 * 60 + 20);
    let replay = run(&level, &mut AwsPredictiveLike::at(0.8));
    assert_eq!(replay.minutes[0].desired, 20, "16 / 0.8");
}
