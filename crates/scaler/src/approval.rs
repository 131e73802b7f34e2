//! The approval step: a decision waits for an operator, with a time limit.
//!
//! The first decision that needs an answer becomes a proposal, which stands unchanged until it is answered, until its time is up
//! or until a decision no longer goes its way. An answer names the proposal, so that it never counts for another one.

use headroom_core::{Action, Decision, Group, Reason, decision::Outcome, fleet::Approval};
use headroom_store::controls::{Answer, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A change that waits for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The tick that made it.
    pub tick: Timestamp,
    /// From then on it is not carried out any more.
    pub until: Timestamp,
    /// Which way it goes.
    pub action: Action,
    /// Instances found when it was made.
    pub before: u32,
    /// Instances that it asks for.
    pub desired: u32,
}

impl Proposal {
    /// Whether `answer` was given to this proposal.
    #[must_use]
    pub fn is_answered_by(&self, answer: &Answer) -> bool {
        (self.tick, self.action, self.desired) == (answer.tick, answer.action, answer.desired)
    }

    /// What of `desired` instances was approved with it.
    fn approved_part(&self, desired: u32) -> u32 {
        match self.action {
            Action::ScaleIn => desired.max(self.desired),
            Action::ScaleOut | Action::Hold => desired.min(self.desired),
        }
    }
}

/// A change that an operator refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which way it went.
    pub action: Action,
    /// Instances that it asked for. What goes as far or further is refused too.
    pub desired: u32,
    /// For how long.
    pub until: Timestamp,
    /// Who refused it.
    pub by: String,
}

impl Refusal {
    fn covers(&self, decision: &Decision) -> bool {
        let as_far = match self.action {
            Action::ScaleIn => decision.desired <= self.desired,
            Action::ScaleOut | Action::Hold => decision.desired >= self.desired,
        };
        self.action == decision.action && as_far
    }
}

/// What of a group waits for an operator, and what was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// The one proposal that stands.
    #[serde(default)]
    pub standing: Option<Proposal>,
    /// What was refused and whose time is not up.
    #[serde(default)]
    pub refused: Vec<Refusal>,
}

impl Approvals {
    /// Lets `decision` pass, as far as it needs no approval or has one; else it waits, and says for what. `answer` is the
    /// operator's last one.
    pub(crate) fn consult(&mut self, decision: &mut Decision, group: &Group, answer: Option<&Answer>) {
        let now = decision.at;
        self.refused.retain(|refusal| now < refusal.until);
        let needed = match group.approval {
            Approval::None => false,
            Approval::ScaleIn => decision.action == Action::ScaleIn,
            Approval::All => true,
        };
        let standing = self.standing.take();
        if !needed || decision.outcome != Outcome::Pending {
            return;
        }
        // What is no longer wanted is no longer proposed.
        let Some(standing) = standing.filter(|standing| standing.action == decision.action) else {
            return self.propose(decision, group, Outcome::AwaitingApproval { until: limit(decision, group) });
        };
        if now >= standing.until {
            decision.note(Reason::ApprovalExpired { until: standing.until });
            return self.propose(decision, group, Outcome::Expired);
        }
        match answer.filter(|answer| standing.is_answered_by(answer)) {
            None => {
                decision.note(Reason::AwaitingApproval { until: standing.until });
                decision.outcome = Outcome::AwaitingApproval { until: standing.until };
                self.standing = Some(standing);
            }
            Some(Answer { verdict: Verdict::Rejected, by, .. }) => {
                let Proposal { action, desired, until, .. } = standing;
                self.refused.push(Refusal { action, desired, until, by: by.clone() });
                self.propose(decision, group, Outcome::AwaitingApproval { until: limit(decision, group) });
            }
            Some(Answer { verdict: Verdict::Approved, by, .. }) => {
                let part = standing.approved_part(decision.desired);
                let bounds = decision.before.min..=decision.before.max;
                if Action::between(decision.before.desired, part) != decision.action || !bounds.contains(&part) {
                    // Nothing is left of what was approved: someone else has gone further, or the bounds have moved.
                    return self.propose(decision, group, Outcome::AwaitingApproval { until: limit(decision, group) });
                }
                decision.desired = part;
                decision.note(Reason::Approved { by: by.clone() });
                // It stands until it is carried out: where the cloud refuses now, the next tick tries again.
                self.standing = Some(standing);
            }
        }
    }

    /// Makes a proposal of `decision`, unless it was refused.
    fn propose(&mut self, decision: &mut Decision, group: &Group, outcome: Outcome) {
        if let Some(refusal) = self.refused.iter().find(|refusal| refusal.covers(decision)) {
            decision.note(Reason::Rejected { by: refusal.by.clone() });
            decision.outcome = Outcome::Rejected;
            return;
        }
        let until = limit(decision, group);
        let Decision { tick, action, desired, before, .. } = *decision;
        self.standing = Some(Proposal { tick, until, action, before: before.desired, desired });
        decision.note(Reason::AwaitingApproval { until });
        decision.outcome = outcome;
    }

    /// Takes in that `decision` is over.
    pub(crate) fn settle(&mut self, decision: &Decision) {
        if decision.outcome == Outcome::Applied {
            self.standing = None;
        }
    }
}

fn limit(decision: &Decision, group: &Group) -> Timestamp {
    decision.at + SignedDuration::from_mins(i64::from(group.approval_minutes))
}
