//! The approval step: what waits, what an answer lets through, and what becomes of answers that come too late.

use headroom_core::{
    Action, Decision, Reason,
    decision::Outcome,
    fleet::{Approval, Mode},
    ports::PortError,
};
use headroom_store::controls::{self, Answer, Stop, Verdict};
use jiff::{SignedDuration, Timestamp};
use scaler::{Proposal, Refusal};

use crate::setting::{Setting, noon};

/// The load that takes so many instances.
fn load(instances: u32) -> f64 {
    f64::from(instances) * 0.85
}

fn minutes(count: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(count)
}

/// A group of ten instances whose every change waits for an operator, half an hour long.
fn setting() -> Setting {
    let mut setting = Setting::without_history(10);
    setting.group.approval = Approval::All;
    setting.group.stabilization_minutes = 0;
    setting.group.sudden_drop_hold_minutes = 0;
    setting
}

/// Answers the proposal that stands.
async fn answer(setting: &Setting, verdict: Verdict) -> Answer {
    let Proposal { tick, action, desired, .. } = setting.state().await.approvals.standing.expect("a proposal");
    let answer = Answer { tick, action, desired, verdict, at: noon(), by: "ops".to_owned() };
    controls::answer(&setting.store, "web", &answer).await.unwrap();
    answer
}

fn waits(decision: &Decision) -> Option<Timestamp> {
    match (&decision.outcome, decision.reasons.last()) {
        (Outcome::AwaitingApproval { until }, Some(Reason::AwaitingApproval { until: told })) if until == told => Some(*until),
        _ => None,
    }
}

fn approved() -> Reason {
    Reason::Approved { by: "ops".to_owned() }
}

#[tokio::test]
async fn a_change_waits_and_its_proposal_stands() {
    let setting = setting();
    let first = setting.follow(minutes(0), load(14)).await;
    assert_eq!(waits(&first), Some(minutes(30)), "{}", first.sentence);
    assert!(first.sentence.starts_with("would scale out from 10 to 14: "), "{}", first.sentence);
    let proposal = Proposal { tick: first.tick, until: minutes(30), action: Action::ScaleOut, before: 10, desired: 14 };
    for (minute, instances) in [(5, 15), (10, 12), (25, 14)] {
        let later = setting.follow(minutes(minute), load(instances)).await;
        assert_eq!((waits(&later), later.desired), (Some(minutes(30)), instances), "each decision is its own");
        assert_eq!(setting.state().await.approvals.standing, Some(proposal), "and the proposal is what was proposed");
    }
    assert_eq!((setting.cloud.writes(), setting.decisions().await.len()), (vec![], 4));
}

#[tokio::test]
async fn only_what_needs_approval_waits() {
    let mut setting = setting();
    setting.group.approval = Approval::ScaleIn;
    assert_eq!(setting.follow(minutes(0), load(14)).await.outcome, Outcome::Applied);
    assert_eq!(waits(&setting.follow(minutes(5), load(4)).await), Some(minutes(35)));
    let hold = setting.follow(minutes(10), load(14)).await;
    assert_eq!((hold.outcome, setting.state().await.approvals.standing), (Outcome::Unchanged, None), "it is no longer wanted");
    setting.group.approval = Approval::None;
    assert_eq!(setting.follow(minutes(15), load(4)).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn the_next_tick_carries_out_what_was_approved_once() {
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    answer(&setting, Verdict::Approved).await;
    let carried = setting.follow(minutes(5), load(14)).await;
    assert_eq!((&carried.outcome, carried.reasons.last()), (&Outcome::Applied, Some(&approved())));
    assert!(carried.sentence.starts_with("scale out from 10 to 14: "), "{}", carried.sentence);
    assert_eq!(setting.state().await.approvals.standing, None);
    assert_eq!(setting.state().await.past.changes.len(), 1);
    // The answer is still stored, and counts for nothing else.
    setting.cloud.resize(|size| size.desired = 10);
    let fresh = setting.follow(minutes(10), load(14)).await;
    assert_eq!((waits(&fresh), setting.cloud.writes()), (Some(minutes(40)), vec![14]));
}

#[tokio::test]
async fn nothing_beyond_what_was_approved_is_carried_out() {
    for (proposed, now_wanted, carried) in [(14, 18, 14), (14, 12, 12), (4, 2, 4), (4, 6, 6)] {
        let setting = setting();
        setting.follow(minutes(0), load(proposed)).await;
        answer(&setting, Verdict::Approved).await;
        let decision = setting.follow(minutes(5), load(now_wanted)).await;
        assert_eq!((decision.desired, &decision.outcome), (carried, &Outcome::Applied), "{}", decision.sentence);
        assert_eq!((setting.cloud.writes(), decision.required), (vec![carried], now_wanted));
        if carried != now_wanted {
            let rest = setting.follow(minutes(10), load(now_wanted)).await;
            assert_eq!((waits(&rest), rest.before.desired), (Some(minutes(40)), carried), "the rest is asked for anew");
        }
    }
}

#[tokio::test]
async fn an_approval_never_goes_against_a_new_decision_and_is_lost_then() {
    for (proposed, now_wanted) in [(14, 10), (14, 6), (4, 10), (4, 12)] {
        let setting = setting();
        setting.follow(minutes(0), load(proposed)).await;
        answer(&setting, Verdict::Approved).await;
        let other = setting.follow(minutes(5), load(now_wanted)).await;
        assert_ne!(other.outcome, Outcome::Applied, "{}", other.sentence);
        let again = setting.follow(minutes(10), load(proposed)).await;
        assert_eq!(waits(&again), Some(minutes(40)), "{}", again.sentence);
        assert_eq!(setting.cloud.writes(), [0; 0]);
    }
}

#[tokio::test]
async fn what_someone_else_has_done_meanwhile_is_not_undone_by_an_approval() {
    let mut setting = setting();
    setting.group.foreign_hold_minutes = 0;
    setting.follow(minutes(0), load(14)).await;
    answer(&setting, Verdict::Approved).await;
    setting.cloud.resize(|size| size.desired = 16);
    let decision = setting.follow(minutes(5), load(18)).await;
    assert_eq!((waits(&decision), decision.before.desired), (Some(minutes(35)), 16), "14 would be fewer: {}", decision.sentence);
    // Nor is a size asked for that the group does not allow any more.
    answer(&setting, Verdict::Approved).await;
    setting.cloud.resize(|size| (size.min, size.desired) = (20, 20));
    let decision = setting.follow(minutes(10), load(24)).await;
    assert_eq!((waits(&decision), setting.cloud.writes()), (Some(minutes(40)), vec![]));
}

#[tokio::test]
async fn without_an_answer_it_expires_and_is_proposed_anew() {
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    let stale = answer(&setting, Verdict::Approved).await;
    // No tick came within the limit.
    let expired = setting.follow(minutes(30), load(14)).await;
    assert_eq!(expired.outcome, Outcome::Expired, "{}", expired.sentence);
    let last_two = &expired.reasons[expired.reasons.len() - 2..];
    assert_eq!(last_two, [Reason::ApprovalExpired { until: minutes(30) }, Reason::AwaitingApproval { until: minutes(60) }]);
    let standing = setting.state().await.approvals.standing.unwrap();
    assert_eq!((standing.tick, standing.until, standing.is_answered_by(&stale)), (expired.tick, minutes(60), false));
    let next = setting.follow(minutes(35), load(14)).await;
    assert_eq!((waits(&next), setting.cloud.writes()), (Some(minutes(60)), vec![]), "the old answer is not for this one");
    answer(&setting, Verdict::Approved).await;
    assert_eq!(setting.follow(minutes(40), load(14)).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn a_refusal_silences_what_goes_as_far_until_its_time_is_up() {
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    answer(&setting, Verdict::Rejected).await;
    for (minute, instances) in [(5, 14), (10, 18)] {
        let refused = setting.follow(minutes(minute), load(instances)).await;
        assert_eq!(refused.outcome, Outcome::Rejected, "{}", refused.sentence);
        assert_eq!(refused.reasons.last(), Some(&Reason::Rejected { by: "ops".to_owned() }));
    }
    let refusal = Refusal { action: Action::ScaleOut, desired: 14, until: minutes(30), by: "ops".to_owned() };
    let approvals = setting.state().await.approvals;
    assert_eq!((approvals.standing, approvals.refused), (None, vec![refusal]));
    // Less, or the other way, is another question.
    assert_eq!(waits(&setting.follow(minutes(15), load(12)).await), Some(minutes(45)));
    assert_eq!(waits(&setting.follow(minutes(20), load(4)).await), Some(minutes(50)));
    assert_eq!(setting.follow(minutes(25), load(14)).await.outcome, Outcome::Rejected);
    assert_eq!(waits(&setting.follow(minutes(30), load(14)).await), Some(minutes(60)), "its time is up");
    assert_eq!(setting.cloud.writes(), [0; 0]);
}

#[tokio::test]
async fn what_was_approved_and_not_taken_is_tried_again_within_the_limit() {
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    answer(&setting, Verdict::Approved).await;
    setting.cloud.fail(PortError::Throttled("rate exceeded".to_owned()));
    let failed = setting.follow(minutes(5), load(14)).await;
    assert_eq!(failed.outcome, Outcome::Failed { error: "rate exceeded".to_owned() });
    let stop = Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() };
    controls::stop(&setting.store, Some("web"), &stop).await.unwrap();
    assert_eq!(setting.follow(minutes(10), load(14)).await.outcome, Outcome::Stopped);
    controls::resume(&setting.store, Some("web")).await.unwrap();
    assert_eq!(setting.follow(minutes(15), load(14)).await.outcome, Outcome::Applied);
    assert_eq!(setting.cloud.desired(), 14);
}

#[tokio::test]
async fn what_the_mode_forbids_is_not_proposed() {
    for mode in [Mode::Observe, Mode::ScaleOutOnly] {
        let mut setting = setting();
        setting.group.mode = mode;
        let decision = setting.follow(minutes(0), load(4)).await;
        assert_eq!((decision.outcome, setting.state().await.approvals.standing), (Outcome::NotAllowed, None));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_keeps_the_proposal_waiting() {
    let setting = setting();
    setting.follow(minutes(0), load(14)).await;
    answer(&setting, Verdict::Approved).await;
    let key = headroom_store::keys::group_control("web");
    let whole = setting.objects().await.remove(&key).unwrap();
    setting.overwrite(&key, &whole[..whole.len() / 2]).await;
    assert_eq!(waits(&setting.follow(minutes(5), load(14)).await), Some(minutes(30)));
    setting.overwrite(&key, &whole).await;
    assert_eq!(setting.follow(minutes(10), load(14)).await.outcome, Outcome::Applied);
}
