use headroom_sim::{Account, Minute, World, WorldRules};
use proptest::prelude::*;

use super::{at, steady_then};

/// The replay begins after 4 x 8 steps of history.
const SPLIT: usize = 160;

fn world(replayed: &[f64; 8]) -> World {
    World::new(steady_then(replayed), WorldRules::default(), 1)
}

#[test]
fn a_boot_of_three_minutes_costs_three_minutes_of_violation() {
    let mut world = world(&[1.7, 5.1, 5.1, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!((world.minute(), world.in_service(), world.desired()), (SPLIT, 2, 2));
    world.advance_to_minute(SPLIT + 5);
    world.set_desired(6);
    world.advance_to_minute(SPLIT + 7);
    assert_eq!((world.in_service(), world.booting(), world.desired()), (2, 4, 6));
    world.advance_to_minute(SPLIT + 8);
    assert_eq!((world.in_service(), world.booting()), (6, 0));
    world.advance_to_minute(SPLIT + 15);
    world.set_desired(1);
    world.advance_to_minute(SPLIT + 20);
    assert_eq!(
        world.account(),
        Account {
            minutes: 20,
            // Two for five minutes, six from their launch for ten, one for five.
            instance_seconds: 60 * (2 * 5 + 6 * 10 + 5),
            violation_minutes: 3,
            unserved_instance_minutes: 3 * (6 - 2),
            demand_instance_minutes: 5 * 2 + 10 * 6 + 5,
            scale_outs: 1,
            scale_ins: 1,
        }
    );
    let fifth = Minute { minute: SPLIT + 5, load: 5.1, demand: 6, desired: 6, in_service: 2 };
    assert_eq!(Minute { load: (world.minutes()[5].load * 1e9).round() / 1e9, ..world.minutes()[5] }, fifth);
    assert!((fifth.utilization() - 2.55).abs() < 1e-12, "above 1 where load is lost");
}

#[test]
fn part_of_a_minute_is_billed_but_not_yet_judged() {
    let mut world = world(&[1.7; 8]);
    let split = world.now();
    world.advance_to(split + jiff::SignedDuration::from_secs(90));
    assert_eq!((world.account().minutes, world.account().instance_seconds), (1, 180));
    // Fewer in the middle of a minute are fewer for that minute, also when more are asked for again.
    world.set_desired(1);
    world.set_desired(2);
    world.advance_to(split + jiff::SignedDuration::from_secs(120));
    assert_eq!((world.account().violation_minutes, world.minutes()[1].in_service), (1, 1));
    assert_eq!(world.account().instance_seconds, 240);
}

#[test]
fn time_never_goes_back_and_goes_on_beyond_the_end() {
    let mut world = world(&[1.7; 8]);
    assert_eq!(world.minutes_left(), 40);
    world.advance_to(at(0));
    assert_eq!((world.minute(), world.account()), (SPLIT, Account::default()));
    world.advance_to_minute(SPLIT + 60);
    assert_eq!((world.minutes_left(), world.account().minutes), (0, 60));
    assert_eq!(world.account().violation_minutes, 0);
}

#[test]
fn boots_differ_within_the_jitter_and_by_the_seed() {
    let ready_after = |seed| {
        let rules = WorldRules { boot_jitter_seconds: 20, ..WorldRules::default() };
        let mut world = World::new(steady_then(&[1.7; 8]), rules, seed);
        world.set_desired(50);
        let launch = world.now();
        let mut in_service = Vec::new();
        for second in 0..=200 {
            world.advance_to(launch + jiff::SignedDuration::from_secs(second));
            in_service.push(world.in_service());
        }
        in_service
    };
    let first = ready_after(7);
    assert_eq!((first[159], first[200]), (2, 50));
    assert!(first[180] > 2 && first[180] < 50, "they do not all come at once: {}", first[180]);
    assert_eq!(first, ready_after(7));
    assert_ne!(first, ready_after(8));
}

#[test]
fn without_a_boot_delay_what_is_launched_as_a_minute_begins_serves_that_minute() {
    let rules = WorldRules { boot_delay_seconds: 0, ..WorldRules::default() };
    let mut world = World::new(steady_then(&[1.7, 5.1, 5.1, 5.1]), rules, 1);
    world.advance_to_minute(world.minute() + 5);
    world.set_desired(6);
    world.advance_to_minute(world.minute() + 5);
    assert_eq!((world.account().violation_minutes, world.minutes()[5].in_service), (0, 6));
}

#[test]
#[should_panic(expected = "1..=100 instances are allowed")]
fn who_asks_beyond_the_bounds_has_a_bug() {
    world(&[1.7; 8]).set_desired(101);
}

proptest! {
    #[test]
    fn whatever_is_asked_bounds_hold_and_nothing_panics(
        steps in proptest::collection::vec((0_i64..900, 0_u32..30), 1..60),
        min in 0_u32..4,
        boot_delay_seconds in 0_u32..400,
        boot_jitter_seconds in 0_u32..500,
    ) {
        let rules = WorldRules { instances_min: min, instances_max: min + 20, boot_delay_seconds, boot_jitter_seconds,
            ..WorldRules::default() };
        let mut world = World::new(steady_then(&[1.7, 9.0, 0.0, 30.0]), rules, 5);
        let mut billed = 0;
        for (seconds, desired) in steps {
            let before = world.in_service();
            world.set_desired(rules.bounded(desired));
            prop_assert_eq!(world.desired(), rules.bounded(desired));
            prop_assert!(world.in_service() >= before.min(world.desired()), "what serves is only removed when asked to");
            billed += u64::try_from(seconds).unwrap() * u64::from(world.desired());
            world.advance_to(world.now() + jiff::SignedDuration::from_secs(seconds));
            prop_assert!(world.in_service() <= rules.instances_max);
            prop_assert!(world.in_service() + world.booting() >= rules.instances_min);
            prop_assert_eq!(world.account().instance_seconds, billed);
        }
        let judged = world.account();
        prop_assert_eq!(judged.minutes, world.minutes().len() as u64);
        prop_assert!(judged.violation_minutes <= judged.minutes);
        prop_assert!(judged.unserved_instance_minutes <= judged.demand_instance_minutes);
        let _ = world.observations(300, jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    }
}
