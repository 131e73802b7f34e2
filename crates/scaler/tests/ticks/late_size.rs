//! A cloud that tells, for a tick, of the size that our own last change replaced: that is nobody else, and nothing is removed on it.

use headroom_core::{
    Action, Decision, Reason,
    decision::Outcome,
    fleet::{Apply, Mode},
};
use jiff::Timestamp;

use crate::setting::{STEP, Setting, noon};

fn tick(count: i32) -> Timestamp {
    noon() + STEP * count
}

/// A load that takes `instances`.
fn load(instances: u32) -> f64 {
    f64::from(instances) * 0.85
}

/// A group of which instances go as soon as the load takes fewer.
fn setting(desired: u32) -> Setting {
    let mut setting = Setting::without_history(desired);
    (setting.group.stabilization_minutes, setting.group.sudden_drop_hold_minutes) = (0, 0);
    setting
}

/// One that was just set from `before` to `after` instances, and whose next look is told of the size before.
async fn changed(mut setting: Setting, apply: Apply, after: u32) -> Setting {
    setting.group.apply = apply;
    let before = setting.cloud.size();
    let decision = setting.follow(tick(0), load(after)).await;
    assert_eq!((decision.desired, &decision.outcome), (after, &Outcome::Applied), "{}", decision.sentence);
    setting.cloud.tell_late(before);
    setting
}

fn late(decision: &Decision) -> Option<(u32, u32)> {
    decision.reasons.iter().find_map(|reason| match *reason {
        Reason::LateSize { told, asked, .. } => Some((told, asked)),
        _ => None,
    })
}

fn foreign(decision: &Decision) -> Option<(u32, u32)> {
    decision.reasons.iter().find_map(|reason| match *reason {
        Reason::ForeignWriter { expected, found, .. } => Some((expected, found)),
        _ => None,
    })
}

#[tokio::test]
async fn it_is_known_as_ours_and_what_is_needed_is_asked_for_again() {
    let setting = changed(setting(10), Apply::Desired, 20).await;
    let again = setting.follow(tick(1), load(20)).await;
    assert_eq!((late(&again), foreign(&again), &again.outcome), (Some((10, 20)), None, &Outcome::Applied));
    assert!(
        again.sentence.contains("the cloud still tells of 10 instances where 20 were asked for at 12:01 UTC"),
        "{}",
        again.sentence
    );
    assert_eq!((setting.cloud.writes(), setting.cloud.desired()), (vec![20, 20], 20));
    let next = setting.follow(tick(2), load(12)).await;
    assert_eq!((late(&next), foreign(&next)), (None, None), "{}", next.sentence);
    assert_eq!((&next.outcome, setting.cloud.desired()), (&Outcome::Applied, 12), "scale-in does not wait for anybody");
}

#[tokio::test]
async fn nothing_is_removed_by_what_looks_like_adding() {
    for (mode, wanted) in [(Mode::Active, 15), (Mode::ScaleOutOnly, 15), (Mode::Active, 10), (Mode::Active, 2)] {
        let mut setting = changed(setting(10), Apply::Desired, 20).await;
        setting.group.mode = mode;
        let decision = setting.follow(tick(1), load(wanted)).await;
        assert_eq!((late(&decision), setting.cloud.desired()), (Some((10, 20)), 20), "{wanted}: {}", decision.sentence);
        assert_eq!(decision.action, if wanted > 10 { Action::ScaleOut } else { Action::Hold }, "{wanted}: {}", decision.sentence);
        let next = setting.follow(tick(2), load(20)).await;
        assert_eq!((next.before.desired, late(&next), foreign(&next)), (20, None, None), "{wanted}: {}", next.sentence);
    }
}

#[tokio::test]
async fn what_the_load_takes_is_asked_for_where_fewer_are_there_than_are_told() {
    for (wanted, left) in [(12, 20), (25, 25), (10, 10), (4, 10)] {
        let setting = changed(setting(20), Apply::Desired, 10).await;
        let decision = setting.follow(tick(1), load(wanted)).await;
        assert_eq!((late(&decision), foreign(&decision)), (Some((20, 10)), None));
        assert_eq!((decision.before.desired, setting.cloud.desired()), (10, left), "{wanted}: {}", decision.sentence);
        let next = setting.follow(tick(2), load(left)).await;
        assert_eq!((next.before.desired, late(&next), foreign(&next)), (left, None, None), "{wanted}: {}", next.sentence);
    }
}

#[tokio::test]
async fn who_puts_it_back_is_noticed_at_the_following_tick() {
    for (before, after) in [(10, 20), (20, 10)] {
        let setting = changed(setting(before), Apply::Desired, after).await;
        setting.cloud.resize(|size| size.desired = before);
        let held = setting.follow(tick(1), load(1)).await;
        assert_eq!((late(&held), foreign(&held), setting.cloud.desired()), (Some((before, after)), None, before));
        let noticed = setting.follow(tick(2), load(1)).await;
        assert_eq!((foreign(&noticed), setting.cloud.desired()), (Some((after, before)), before), "{}", noticed.sentence);
    }
    // What is needed comes at once; whoever takes it away again is noticed.
    let setting = changed(setting(10), Apply::Desired, 20).await;
    for (count, told) in [(1, None), (2, Some((20, 10)))] {
        setting.cloud.resize(|size| size.desired = 10);
        let decision = setting.follow(tick(count), load(20)).await;
        assert_eq!((foreign(&decision), setting.cloud.desired()), (told, 20), "{}", decision.sentence);
    }
}

#[tokio::test]
async fn a_minimum_that_is_told_late_is_not_forgotten() {
    let setting = changed(setting(10), Apply::Floor, 20).await;
    let held = setting.follow(tick(1), load(1)).await;
    assert_eq!((late(&held), held.action), (Some((1, 20)), Action::Hold), "{}", held.sentence);
    let back = setting.follow(tick(2), load(1)).await;
    assert_eq!((back.before.min, &back.outcome, setting.cloud.size().min), (1, &Outcome::Applied, 1), "{}", back.sentence);
    // And one that was given back is not taken for the group's own where it is still told.
    setting.cloud.tell_late(headroom_core::ports::CapacityState { min: 20, ..setting.cloud.size() });
    let held = setting.follow(tick(3), load(1)).await;
    assert_eq!((late(&held), held.before.min, held.action), (Some((20, 1)), 1, Action::Hold), "{}", held.sentence);
    let next = setting.follow(tick(4), load(1)).await;
    assert_eq!((next.before.min, foreign(&next), setting.cloud.minimums()), (1, None, vec![20, 1]), "{}", next.sentence);
}

#[tokio::test]
async fn a_lost_state_finds_out_from_the_journal() {
    for lost_at in [1, 2] {
        let setting = changed(setting(10), Apply::Desired, 20).await;
        for count in [1, 2] {
            if count == lost_at {
                setting.overwrite("state/group=web.json", b"").await;
            }
            let decision = setting.follow(tick(count), load(10)).await;
            assert_eq!((late(&decision).is_some(), foreign(&decision)), (count == 1, None), "{}", decision.sentence);
        }
        assert_eq!(setting.cloud.desired(), 10, "two ticks later it is scaled in");
    }
}
