//! Carrying a decision out: once, and only where the mode allows it.

use headroom_core::{
    Decision, Group, Reason,
    decision::{Action, Outcome, sentence},
    fleet::Mode,
    ports::{ReadCapacity, WriteCapacity},
};

/// What of the cloud a tick gets to see: in mode `observe` there is no way to write.
#[derive(Clone, Copy)]
pub enum Cloud<'a> {
    /// May look.
    ReadOnly(&'a dyn ReadCapacity),
    /// May look and set capacity.
    ReadWrite(&'a dyn WriteCapacity),
}

impl<'a> Cloud<'a> {
    /// As much of `cloud` as `mode` allows.
    #[must_use]
    pub fn for_mode(mode: Mode, cloud: &'a dyn WriteCapacity) -> Self {
        match mode {
            Mode::Observe | Mode::Off => Self::ReadOnly(cloud),
            Mode::ScaleOutOnly | Mode::Active => Self::ReadWrite(cloud),
        }
    }

    pub(crate) fn reader(self) -> &'a dyn ReadCapacity {
        match self {
            Self::ReadOnly(cloud) => cloud,
            Self::ReadWrite(cloud) => cloud,
        }
    }
}

/// Sets what was decided, and notes in the decision what came of it.
pub async fn apply(decision: &mut Decision, group: &Group, cloud: Cloud<'_>) {
    decision.outcome = match (decision.action, cloud) {
        (Action::Hold, _) => Outcome::Unchanged,
        (_, Cloud::ReadOnly(_)) => forbidden(decision),
        (Action::ScaleIn, Cloud::ReadWrite(_)) if decision.mode == Mode::ScaleOutOnly => forbidden(decision),
        (_, Cloud::ReadWrite(cloud)) => match cloud.set_desired(group, decision.desired).await {
            Ok(()) => Outcome::Applied,
            Err(error) => Outcome::Failed { error: error.to_string() },
        },
    };
}

fn forbidden(decision: &mut Decision) -> Outcome {
    let mode = match decision.mode {
        Mode::Observe => "observe",
        Mode::ScaleOutOnly => "scale-out-only",
        Mode::Active => "active",
        Mode::Off => "off",
    };
    decision.reasons.push(Reason::ModeForbids { mode: mode.to_owned() });
    decision.sentence = sentence(decision.action, decision.before.desired, decision.desired, &decision.reasons);
    Outcome::NotAllowed
}
