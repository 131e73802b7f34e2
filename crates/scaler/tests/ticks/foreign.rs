//! Someone else who changes the capacity: told, and not fought.

use headroom_core::{
    Action, Decision, Reason,
    decision::Outcome,
    fleet::{Apply, Approval, Mode},
};
use jiff::{SignedDuration, Timestamp};

use crate::setting::{Setting, noon};

fn minutes(count: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(count)
}

fn told(decision: &Decision) -> Option<(u32, u32, Timestamp)> {
    decision.reasons.iter().find_map(|reason| match *reason {
        Reason::ForeignWriter { expected, found, until, .. } => Some((expected, found, until)),
        _ => None,
    })
}

/// Ten instances, and a load that takes as many.
async fn settled() -> Setting {
    let mut setting = Setting::without_history(10);
    setting.group.stabilization_minutes = 0;
    let decision = setting.follow(minutes(0), 8.5).await;
    assert_eq!((decision.action, told(&decision)), (Action::Hold, None));
    setting
}

#[tokio::test]
async fn instances_that_someone_added_are_left_there_for_a_while() {
    let setting = settled().await;
    setting.cloud.resize(|size| size.desired = 20);
    for minute in [5, 10, 30] {
        let decision = setting.follow(minutes(minute), 8.5).await;
        assert_eq!((decision.action, told(&decision)), (Action::Hold, Some((10, 20, minutes(35)))), "{}", decision.sentence);
    }
    assert_eq!(setting.cloud.writes(), [0; 0]);
    let decision = setting.follow(minutes(35), 8.5).await;
    assert_eq!((told(&decision), setting.cloud.desired()), (None, 10), "then it is ours again");
}

#[tokio::test]
async fn instances_that_someone_removed_come_back_only_as_the_load_takes_them() {
    let setting = settled().await;
    setting.cloud.resize(|size| size.desired = 4);
    let decision = setting.follow(minutes(5), 3.4).await;
    assert_eq!((decision.action, told(&decision)), (Action::Hold, Some((10, 4, minutes(35)))));
    let decision = setting.follow(minutes(10), 5.1).await;
    assert_eq!((decision.desired, &decision.outcome), (6, &Outcome::Applied), "{}", decision.sentence);
    assert_eq!(told(&decision), Some((10, 4, minutes(35))), "our own change is not taken for theirs");
}

#[tokio::test]
async fn what_others_do_to_a_group_that_is_only_watched_is_their_business() {
    let mut setting = Setting::without_history(10);
    setting.group.mode = Mode::Observe;
    for (minute, desired) in [(0, 10), (5, 20), (10, 4)] {
        setting.cloud.resize(|size| size.desired = desired);
        assert_eq!(told(&setting.follow(minutes(minute), 8.5).await), None);
    }
}

#[tokio::test]
async fn a_lost_state_accuses_nobody() {
    let setting = settled().await;
    setting.follow(minutes(5), 17.0).await;
    setting.overwrite("state/group=web.json", b"").await;
    let decision = setting.follow(minutes(10), 17.0).await;
    assert_eq!((decision.before.desired, told(&decision)), (20, None));
    // What is remembered from the journal tells that it was someone else.
    setting.overwrite("state/group=web.json", b"").await;
    setting.cloud.resize(|size| size.desired = 30);
    assert_eq!(told(&setting.follow(minutes(15), 17.0).await).map(|(expected, found, _)| (expected, found)), Some((20, 30)));
}

#[tokio::test]
async fn instances_that_came_of_a_refused_request_are_nobody_elses() {
    let setting = settled().await;
    setting.cloud.grant_in_part(13);
    let refused = setting.follow(minutes(5), 17.0).await;
    assert!(matches!(refused.outcome, Outcome::InsufficientCapacity { .. }), "{}", refused.sentence);
    let decision = setting.follow(minutes(10), 8.5).await;
    assert_eq!((decision.before.desired, told(&decision)), (13, None), "{}", decision.sentence);
    // Beyond what was asked for it was someone else.
    setting.follow(minutes(15), 17.0).await;
    setting.cloud.resize(|size| size.desired = 30);
    assert!(told(&setting.follow(minutes(20), 17.0).await).is_some());
}

#[tokio::test]
async fn a_proposal_to_raise_the_minimum_is_none_to_set_the_desired_capacity() {
    let mut setting = Setting::without_history(10);
    (setting.group.approval, setting.group.apply) = (Approval::All, Apply::Floor);
    setting.follow(minutes(0), 17.0).await;
    let proposed = setting.state().await.approvals.standing.expect("a proposal");
    setting.group.apply = Apply::Desired;
    let decision = setting.follow(minutes(5), 17.0).await;
    assert!(matches!(decision.outcome, Outcome::AwaitingApproval { .. }), "{}", decision.sentence);
    let standing = setting.state().await.approvals.standing.expect("another one");
    assert_eq!((proposed.tick, standing.tick), (minutes(-1), minutes(4)));
}
