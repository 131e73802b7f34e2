//! A decision: the capacity to set, complete, with every reason. Whoever acts on it has nothing left to choose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    fleet::{Apply, Mode, PolicyName, Risk},
    ports::CapacityState,
    reason::Reason,
    savings::Savings,
};

/// Which way capacity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// More instances.
    ScaleOut,
    /// Fewer instances.
    ScaleIn,
    /// As many as before.
    Hold,
}

impl Action {
    /// The way from `before` to `desired` instances.
    #[must_use]
    pub fn between(before: u32, desired: u32) -> Self {
        match desired.cmp(&before) {
            std::cmp::Ordering::Greater => Self::ScaleOut,
            std::cmp::Ordering::Less => Self::ScaleIn,
            std::cmp::Ordering::Equal => Self::Hold,
        }
    }
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Not carried out yet.
    Pending,
    /// There was nothing to write.
    Unchanged,
    /// The cloud took it.
    Applied,
    /// The mode allows no such write.
    NotAllowed,
    /// It waits for an operator.
    AwaitingApproval {
        /// From then on it is not carried out any more.
        until: Timestamp,
    },
    /// An operator refused it.
    Rejected,
    /// No operator answered in time.
    Expired,
    /// A later decision has taken its place.
    Superseded,
    /// The kill switch stopped it.
    Stopped,
    /// The cloud has no more instances.
    InsufficientCapacity {
        /// What it said.
        error: String,
    },
    /// The cloud refused.
    Failed {
        /// What it said.
        error: String,
    },
}

/// How good the forecasts of the last day turned out, of the model that served.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Accuracy {
    /// Mean absolute error of the median, as a share of the mean load; none where there was no load.
    pub error_share: Option<f64>,
    /// 1 less that error over the one of the reactive rule: above zero, the forecast was the better of both; none where the reactive
    /// rule made no error.
    pub skill: Option<f64>,
    /// Share of the loads that the 0.99 quantile carried.
    pub coverage_q99: f64,
}

/// One decision or non-decision of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Version of this record's form.
    pub format: u32,
    /// The group.
    pub group: String,
    /// The tick it belongs to: the start of the step in which it was made. One tick has one decision.
    pub tick: Timestamp,
    /// When it was made.
    pub at: Timestamp,
    /// The group's mode then.
    pub mode: Mode,
    /// What it sets: the desired capacity, or the minimum. Then all sizes below are minimums too.
    #[serde(default, skip_serializing_if = "sets_desired")]
    pub apply: Apply,
    /// The rule.
    pub policy: PolicyName,
    /// The size found.
    pub before: CapacityState,
    /// Instances that the load ahead takes, before anything held it back.
    pub required: u32,
    /// The capacity to ask for.
    pub desired: u32,
    /// Which way that goes.
    pub action: Action,
    /// Load measured last, in instance-equivalents; none where there was no measurement.
    pub load: Option<f64>,
    /// End of the step in which that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_until: Option<Timestamp>,
    /// From the decision to an instance in service, in seconds, as it was known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time_seconds: Option<i64>,
    /// How sure the policy `headroom` had to be, and what said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// What was spent and saved, where the group has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub savings: Option<Savings>,
    /// How good the forecasts were; none before the first was scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
    /// Whether someone has to look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alarm: bool,
    /// Every reason, in the order in which it shaped the result.
    pub reasons: Vec<Reason>,
    /// The same for people.
    pub sentence: String,
    /// What came of it.
    pub outcome: Outcome,
}

impl Decision {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;

    /// Takes in one more reason, in data and in words: why it is carried out, or is not.
    pub fn note(&mut self, reason: Reason) {
        self.reasons.push(reason);
        self.put_in_words();
    }

    /// Whether it was made without fresh metrics.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        let blind =
            |reason: &Reason| matches!(reason, Reason::StaleMetrics { .. } | Reason::NoMetrics | Reason::HoldExpired { .. });
        self.reasons.iter().any(blind)
    }

    /// Writes the sentence anew.
    pub fn put_in_words(&mut self) {
        self.sentence = words(self.apply, self.action, self.before.desired, self.desired, &self.reasons);
    }
}

fn sets_desired(apply: &Apply) -> bool {
    *apply == Apply::Desired
}

/// The sentence that a person reads: what was done, then why. Where one of the reasons keeps it from being carried out, what
/// would have been done.
#[must_use]
pub fn sentence(action: Action, before: u32, desired: u32, reasons: &[Reason]) -> String {
    words(Apply::Desired, action, before, desired, reasons)
}

fn words(apply: Apply, action: Action, before: u32, desired: u32, reasons: &[Reason]) -> String {
    let would = if reasons.iter().any(Reason::stops) { "would " } else { "" };
    let what = match (action, apply) {
        (Action::ScaleOut, Apply::Desired) => format!("{would}scale out from {before} to {desired}"),
        (Action::ScaleIn, Apply::Desired) => format!("{would}scale in from {before} to {desired}"),
        (Action::Hold, Apply::Desired) => format!("stay at {before}"),
        (Action::ScaleOut, Apply::Floor) => format!("{would}raise the minimum from {before} to {desired}"),
        (Action::ScaleIn, Apply::Floor) => format!("{would}lower the minimum from {before} to {desired}"),
        (Action::Hold, Apply::Floor) => format!("leave the minimum at {before}"),
    };
    let why: Vec<String> = reasons.iter().map(Reason::clause).collect();
    if why.is_empty() { what } else { format!("{what}: {}", why.join("; ")) }
}
