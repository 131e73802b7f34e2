//! A decision: the capacity to set, complete, with every reason. Whoever acts on it has nothing left to choose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    fleet::{Mode, PolicyName},
    ports::CapacityState,
    reason::Reason,
};

/// Which way capacity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// More instances.
    ScaleOut,
    /// Fewer instances.
    ScaleIn,
    /// As many as before.
    Hold,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The cloud refused.
    Failed {
        /// What it said.
        error: String,
    },
}

/// One decision or non-decision of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// The sentence that a person reads: what was done, then why.
#[must_use]
pub fn sentence(action: Action, before: u32, desired: u32, reasons: &[Reason]) -> String {
    let what = match action {
        Action::ScaleOut => format!("scale out from {before} to {desired}"),
        Action::ScaleIn => format!("scale in from {before} to {desired}"),
        Action::Hold => format!("stay at {before}"),
    };
    let why: Vec<String> = reasons.iter().map(Reason::clause).collect();
    if why.is_empty() { what } else { format!("{what}: {}", why.join("; ")) }
}
