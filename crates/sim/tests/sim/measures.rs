use std::collections::BTreeSet;

use headroom_sim::{
    Minute,
    measures::{Accuracy, Actions, Day, DaySum, Interval, WorstHour, days, intervals, worst_day, worst_hour},
};
use jiff::civil::date;

use super::{at, minutes};

#[test]
fn accuracy_is_relative_to_demand_and_in_percent_of_the_time() {
    // Demand and service; then what is missing or too much over the demand, and the moves of both.
    let minutes = minutes(&[
        (2, 2), //
        (4, 2), // short by 2 of 4; demand rose alone
        (4, 5), // over by 1 of 4; service rose alone
        (2, 5), // over by 3 of 2; demand fell alone
        (1, 1), // both fell
        (1, 1), // neither moved
        (2, 0), // short by 2 of 2; they moved apart
        (3, 3), // both rose
    ]);
    let accuracy = Accuracy::of(&minutes);
    let expected = Accuracy {
        theta_u: 100.0 * (0.5 + 1.0) / 8.0,
        theta_o: 100.0 * (0.25 + 1.5) / 8.0,
        tau_u: 25.0,
        tau_o: 25.0,
        instability: 50.0,
    };
    assert_eq!(accuracy, expected);
    assert_eq!(Accuracy::of(&[]), Accuracy::default());
    assert_eq!(Accuracy::of(&minutes[..1]), Accuracy::default());
}

#[test]
fn speedup_is_the_geometric_mean_of_four_gains() {
    let of = |theta_u, theta_o, tau_u, tau_o| Accuracy { theta_u, theta_o, tau_u, tau_o, instability: 0.0 };
    let check = |with: Accuracy, without: Accuracy, expected: Option<f64>| {
        let speedup = with.elastic_speedup(&without);
        assert_eq!(speedup.map(|gain| (gain * 1e12).round() / 1e12), expected, "{with:?} over {without:?}");
    };
    check(of(1.0, 10.0, 2.0, 50.0), of(4.0, 80.0, 2.0, 25.0), Some(2.0));
    check(of(4.0, 80.0, 2.0, 25.0), of(1.0, 10.0, 2.0, 50.0), Some(0.5));
    // Neither was ever short: the other two factors decide.
    check(of(0.0, 20.0, 0.0, 50.0), of(0.0, 320.0, 0.0, 50.0), Some(2.0));
    check(of(0.0, 0.0, 0.0, 0.0), of(0.0, 0.0, 0.0, 0.0), Some(1.0));
    // Only the group without a scaler was never short.
    check(of(1.0, 20.0, 1.0, 50.0), of(0.0, 320.0, 0.0, 50.0), Some(0.0));
    // Only the scaler was never short: beyond any number, also where the other factors are 0.
    check(of(0.0, 20.0, 0.0, 50.0), of(1.0, 320.0, 1.0, 50.0), None);
    check(of(0.0, 20.0, 0.0, 50.0), of(1.0, 0.0, 1.0, 0.0), None);
}

#[test]
fn a_reversal_is_a_change_against_the_last_one_however_long_ago() {
    let check = |first: u32, desired: &[u32], expected: (u64, u64, u64)| {
        let minutes: Vec<(u32, u32)> = desired.iter().map(|&desired| (1, desired)).collect();
        let Actions { scale_outs, scale_ins, reversals } = Actions::of(first, &super::minutes(&minutes));
        assert_eq!((scale_outs, scale_ins, reversals), expected, "{first} then {desired:?}");
    };
    check(3, &[3, 3, 3], (0, 0, 0));
    check(3, &[4, 5, 9], (3, 0, 0));
    check(3, &[2, 2, 1], (0, 2, 0));
    check(3, &[4, 4, 4, 3, 3, 2, 5], (2, 2, 2));
    check(3, &[2, 3, 2, 3], (2, 2, 3));
    check(3, &[], (0, 0, 0));
}

#[test]
fn days_are_those_of_utc_and_count_what_was_replayed_of_them() {
    // From two minutes before midnight, for a day and four minutes: short in the last of the first day, in all of the last.
    let mut rows = vec![(2, 2), (2, 1)];
    rows.extend([(3, 3); 1440]);
    rows.extend([(3, 2); 2]);
    let found = days(at(86_400 - 120), &minutes(&rows), &BTreeSet::from([date(2026, 1, 6), date(2025, 12, 31)]));
    let day = |day, event, minutes, instance_minutes: f64, violation_minutes| Day {
        date: date(2026, 1, day),
        event,
        minutes,
        instance_hours: instance_minutes / 60.0,
        violation_minutes,
    };
    assert_eq!(found, [day(5, false, 2, 3.0, 1), day(6, true, 1440, 4320.0, 0), day(7, false, 2, 4.0, 2)]);
    assert_eq!(worst_day(&found), Some(&found[2]));
    assert_eq!(worst_day(&found[1..2]), None, "no violation, no worst day");
    let ordinary = DaySum::of(found.iter().filter(|day| !day.event));
    assert_eq!(ordinary, DaySum { days: 2, minutes: 4, instance_hours: 3.0 / 60.0 + 4.0 / 60.0, violation_minutes: 3 });
    assert_eq!(days(at(0), &[], &BTreeSet::new()), []);
}

#[test]
fn of_days_equally_bad_the_first_is_the_worst() {
    let day = |number, violation_minutes| Day {
        date: date(2026, 1, number),
        event: false,
        minutes: 1440,
        instance_hours: 24.0,
        violation_minutes,
    };
    assert_eq!(worst_day(&[day(1, 2), day(2, 7), day(3, 7)]).unwrap().date, date(2026, 1, 2));
}

#[test]
fn the_worst_hour_is_where_most_instances_were_missing() {
    let mut rows = vec![(1, 1); 300];
    // Ten minutes short by one, and much later two minutes short by six, 59 minutes apart.
    rows[20..30].fill((2, 1));
    (rows[200], rows[259]) = ((7, 1), (7, 1));
    let expected = WorstHour { from: at(200 * 60), first: 200, violation_minutes: 2, unserved_instance_minutes: 12 };
    assert_eq!(worst_hour(at(0), &minutes(&rows)), Some(expected));
    // One minute further apart they do not fall into one hour; of the two alone, and the ten, the ten are worse.
    (rows[259], rows[260]) = ((1, 1), (7, 1));
    let first = worst_hour(at(0), &minutes(&rows)).unwrap();
    assert_eq!((first.first, first.violation_minutes, first.unserved_instance_minutes), (0, 10, 10));
    let short = worst_hour(at(60), &minutes(&rows[..25])).unwrap();
    assert_eq!((short.from, short.violation_minutes), (at(60), 5), "less than an hour is all there is");
    assert_eq!(worst_hour(at(0), &minutes(&[(1, 1); 100])), None);
    assert_eq!(worst_hour(at(0), &Vec::<Minute>::new()), None);
}

/// Days of these instance-hours and violation minutes.
fn some_days(figures: &[(f64, u64)]) -> Vec<Day> {
    let day = |(index, &(instance_hours, violation_minutes))| Day {
        date: date(2026, 1, 1) + jiff::Span::new().days(i64::try_from(index).unwrap()),
        event: false,
        minutes: 1440,
        instance_hours,
        violation_minutes,
    };
    figures.iter().enumerate().map(day).collect()
}

#[test]
fn days_that_are_all_alike_leave_no_doubt() {
    let found = intervals(&some_days(&[(48.0, 144); 9]), &some_days(&[(96.0, 0); 9]), 1).unwrap();
    let at = |value| Interval { low: value, high: value };
    assert_eq!((found.days, found.block_days), (9, 3));
    assert_eq!(found.instance_hours_per_day, at(48.0));
    assert_eq!(found.violation_share, at(0.1));
    assert_eq!(found.cost_over_target_tracking, at(0.5));
}

#[test]
fn days_that_differ_leave_doubt_but_not_about_what_they_share() {
    // Cost is three quarters of the reference's on every day, however much the days differ.
    let figures: Vec<(f64, u64)> =
        (0..14_u32).map(|day| (30.0 + f64::from(day * 7 % 5) * 12.0, u64::from(day * 31 % 60))).collect();
    let reference: Vec<(f64, u64)> = figures.iter().map(|&(hours, _)| (hours / 0.75, 0)).collect();
    let found = intervals(&some_days(&figures), &some_days(&reference), 7).unwrap();
    assert!(found.cost_over_target_tracking.high - found.cost_over_target_tracking.low < 1e-9, "days are drawn in pairs");
    let mean = figures.iter().map(|(hours, _)| hours).sum::<f64>() / 14.0;
    let Interval { low, high } = found.instance_hours_per_day;
    assert!(low < mean - 1.0 && mean + 1.0 < high, "{low} {mean} {high}");
    assert!(30.0 < low && high < 78.0, "means lie within the days");
    let share = figures.iter().map(|&(_, minutes)| minutes as f64).sum::<f64>() / (14.0 * 1440.0);
    assert!(found.violation_share.low < share && share < found.violation_share.high);
    assert_eq!(intervals(&some_days(&figures), &some_days(&reference), 7), Some(found), "the seed decides");
    assert_ne!(intervals(&some_days(&figures), &some_days(&reference), 8), Some(found));
}

#[test]
fn days_in_a_row_stay_together() {
    // Good and bad days alternate: every block of two has one of each, so that an even number of blocks says nothing new.
    let alternating: Vec<(f64, u64)> = (0..8).map(|day| if day % 2 == 0 { (24.0, 0) } else { (72.0, 0) }).collect();
    let found = intervals(&some_days(&alternating), &some_days(&alternating), 3).unwrap();
    assert_eq!((found.block_days, found.instance_hours_per_day), (2, Interval { low: 48.0, high: 48.0 }));
}

#[test]
fn a_day_in_part_counts_for_its_part_and_few_days_give_no_interval() {
    let mut partial = some_days(&[(48.0, 0); 6]);
    partial[0] = Day { minutes: 144, instance_hours: 4.8, ..partial[0] };
    let found = intervals(&partial, &partial, 1).unwrap().instance_hours_per_day;
    assert!((found.low - 48.0).abs() < 1e-9 && (found.high - 48.0).abs() < 1e-9, "two instances all the time");
    assert_eq!(intervals(&partial[..4], &partial[..4], 1), None);
}
