//! A clock that was wrong for a tick: what it decided is set aside, and nobody waits for its time to come.

use headroom_core::{Decision, Reason, decision::Outcome};
use jiff::{SignedDuration, Timestamp};
use scaler::Cloud;

use crate::{
    doubles::{Elsewhere, Shown},
    setting::{STEP, Setting, noon},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn is_told(decision: &Decision, dated: Timestamp) -> bool {
    decision.alarm && decision.reasons.iter().any(|reason| matches!(reason, Reason::FutureDecision { tick } if *tick == dated))
}

fn is_foreign(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. }))
}

#[tokio::test]
async fn a_decision_of_tomorrow_is_set_aside_and_told_and_the_group_goes_on() {
    let setting = Setting::without_history(10);
    let today = setting.follow(noon(), 8.5).await;
    let tomorrow = setting.follow(noon() + DAY, 17.0).await;
    assert_eq!((today.desired, tomorrow.desired, setting.cloud.desired()), (10, 20, 20));

    let next = setting.follow(noon() + STEP, 8.5).await;
    assert_eq!(next.at, noon() + STEP, "it is decided anew: {}", next.sentence);
    assert!(is_told(&next, tomorrow.tick), "{}", next.sentence);
    assert!(!is_foreign(&next), "what the wrong clock set is nobody else's: {}", next.sentence);
    assert_eq!((next.desired, &next.outcome), (20, &Outcome::Unchanged), "nothing is removed at that tick: {}", next.sentence);
    let needs: Vec<u32> = setting.state().await.past.needs.iter().map(|need| need.required).collect();
    assert_eq!(needs, [10, 10], "what the group needed lately is found again");
    assert_eq!(setting.decisions().await, [today, next, tomorrow], "the record stays as it was");

    let after = setting.follow(noon() + STEP * 2, 25.0).await;
    assert_eq!((after.alarm, &after.outcome, setting.cloud.desired()), (false, &Outcome::Applied, 30), "{}", after.sentence);
}

#[tokio::test]
async fn a_run_of_tomorrow_that_died_is_not_taken_for_someone_else() {
    let setting = Setting::without_history(10);
    setting.follow(noon(), 8.5).await;
    // It claims, writes, and dies.
    let dying = Elsewhere::unwritable(&setting.store, "state/", 1);
    let cloud = Cloud::ReadWrite(&setting.cloud);
    scaler::tick_with(&Shown(|_| Some(17.0)), &setting.group, cloud, &dying, noon() + DAY).await.unwrap_err();
    let claimed = setting.state().await.claim.unwrap();
    assert_eq!((claimed.at, setting.cloud.desired()), (noon() + DAY, 20));

    let next = setting.follow(noon() + STEP, 17.0).await;
    assert!(is_told(&next, claimed.tick) && !is_foreign(&next), "{}", next.sentence);
    // What it may still write is known for as long as a run lives, and no longer.
    assert_eq!(setting.state().await.strays.iter().map(|stray| stray.at).collect::<Vec<_>>(), [noon() + STEP]);
    setting.follow(noon() + STEP * 6, 17.0).await;
    let last = setting.follow(noon() + STEP * 7, 17.0).await;
    assert!(!is_foreign(&last) && !last.alarm, "{}", last.sentence);
    assert!(setting.state().await.strays.is_empty());
}

#[tokio::test]
async fn within_the_hour_a_later_decision_stands_as_before() {
    let setting = Setting::without_history(10);
    let minutes = SignedDuration::from_mins;
    let later = setting.follow(noon() + minutes(60), 17.0).await;
    assert_eq!(setting.follow(noon(), 8.5).await, later, "the clocks of two machines differ");
    let far = setting.follow(noon() - minutes(2), 17.0).await;
    assert!(is_told(&far, later.tick), "{}", far.sentence);
}

#[tokio::test]
async fn a_clock_that_is_behind_decides_nothing_twice() {
    let setting = Setting::without_history(10);
    let early = setting.follow(noon(), 17.0).await;
    for hours in [1, 2, 3] {
        setting.follow(noon() + SignedDuration::from_hours(hours), 17.0).await;
    }
    let before = setting.objects().await;
    assert_eq!(setting.follow(noon(), 1.0).await, early, "the journal has it");
    assert_eq!((setting.objects().await, setting.cloud.desired()), (before, 20));
}
