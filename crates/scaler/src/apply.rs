//! Carrying a decision out: only where the mode allows it and nobody has stopped it, and once.

use headroom_core::{
    Decision, Reason,
    decision::{Action, Outcome},
    fleet::{Apply, Mode},
    ports::{PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::controls::{self, Stop};

use crate::{state::GroupState, tick::Run};

/// What of the cloud a tick gets to see: in mode `observe` nothing of it leaves a way to write.
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
        if mode.writes() { Self::ReadWrite(cloud) } else { Self::ReadOnly(cloud) }
    }

    /// What `mode` leaves of it.
    pub(crate) fn within(self, mode: Mode) -> Self {
        match self {
            Self::ReadOnly(_) => self,
            Self::ReadWrite(cloud) => Self::for_mode(mode, cloud),
        }
    }

    pub(crate) fn reader(self) -> &'a dyn ReadCapacity {
        match self {
            Self::ReadOnly(cloud) => cloud,
            Self::ReadWrite(cloud) => cloud,
        }
    }
}

/// Holds `decision` back where there is nothing to do, or where the mode allows no such write.
pub(crate) fn keep_to_mode(decision: &mut Decision, cloud: Cloud<'_>) {
    let forbidden = match (decision.action, cloud) {
        (Action::Hold, _) => {
            decision.outcome = Outcome::Unchanged;
            return;
        }
        (_, Cloud::ReadOnly(_)) => true,
        (Action::ScaleIn, Cloud::ReadWrite(_)) => decision.mode != Mode::Active,
        (Action::ScaleOut, Cloud::ReadWrite(_)) => !decision.mode.writes(),
    };
    if forbidden {
        decision.note(Reason::ModeForbids { mode: decision.mode.name().to_owned() });
        decision.outcome = Outcome::NotAllowed;
    }
}

/// Sets what was decided, where it is still pending and nobody has stopped it, and notes in the decision what came of it.
pub(crate) async fn apply(decision: &mut Decision, state: &GroupState, run: &Run<'_>) {
    let Cloud::ReadWrite(cloud) = run.cloud else { return };
    if decision.outcome != Outcome::Pending {
        return;
    }
    if let Some(stopped) = stopped(run).await {
        decision.note(stopped);
        decision.outcome = Outcome::Stopped;
        return;
    }
    decision.outcome = match write(decision, state, run, cloud).await {
        Ok(()) => Outcome::Applied,
        Err(error @ PortError::InsufficientCapacity(_)) => Outcome::InsufficientCapacity { error: error.to_string() },
        Err(error) => Outcome::Failed { error: error.to_string() },
    };
}

/// Why nothing may be written, where that is so. A switch that cannot be read may have been thrown; and where operators' orders
/// could not be read when the run began, one of them may have been a mode that allows no write.
async fn stopped(run: &Run<'_>) -> Option<Reason> {
    match (controls::kill_switch(run.store, &run.group.id).await, run.control) {
        (Ok(Some((scope, Stop { by, why, .. }))), _) => Some(Reason::KillSwitch { scope, by, why }),
        (Err(error), _) => Some(Reason::KillSwitchUnreadable { problem: error.to_string() }),
        (Ok(None), Err(error)) => Some(Reason::KillSwitchUnreadable { problem: error.to_string() }),
        (Ok(None), Ok(_)) => None,
    }
}

async fn write(decision: &Decision, state: &GroupState, run: &Run<'_>, cloud: &dyn WriteCapacity) -> Result<(), PortError> {
    let Decision { before, desired, .. } = *decision;
    assert!(
        (before.min..=before.max).contains(&desired),
        "group `{}` is about to be set to {desired}, outside of {} to {}",
        run.group.id,
        before.min,
        before.max
    );
    match decision.apply {
        Apply::Floor => cloud.set_minimum(run.group, desired).await,
        Apply::Desired => {
            if state.own_minimum.is_some() {
                // The group was run by its minimum before: that is given back first.
                cloud.set_minimum(run.group, before.min).await?;
            }
            cloud.set_desired(run.group, desired).await
        }
    }
}
