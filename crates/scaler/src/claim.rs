//! Claiming a tick: of all runs that overlap or repeat, one carries a tick out, and an earlier tick never has the last word over
//! a later one.
//!
//! A run claims its tick in the group's state by compare-and-swap, right before it writes to the cloud. What it writes may still
//! arrive late, after that of a later tick: so it stores what came of it by compare-and-swap too, and where a later tick has
//! claimed meanwhile, it puts back what that one leaves. A later tick whose claim finds that the state has changed since it
//! looked starts again.

use headroom_core::{
    Decision, Group, Reason,
    decision::Outcome,
    fleet::Apply,
    policy::Known,
    ports::{PortError, WriteCapacity},
};
use headroom_store::{Expect, StoreError, Version, controls, keys};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{apply::Cloud, approval::Approvals, state::GroupState, tick::Run};

/// That a run carries out a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The tick.
    pub tick: Timestamp,
    /// When it was decided.
    pub at: Timestamp,
    /// What it sets.
    pub apply: Apply,
    /// The size that it found, in instances.
    pub found: u32,
    /// The size that it leaves, in instances: the desired capacity, or the minimum.
    pub leaves: u32,
}

/// What a run that has not come back may still write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// When it was decided.
    pub at: Timestamp,
    /// The size that it writes, in instances.
    pub leaves: u32,
}

/// No run lives longer: it is the longest that AWS lets a Lambda function run.
const RUN_MAX: SignedDuration = SignedDuration::from_mins(15);

impl GroupState {
    /// Takes in, at `now`, what a run that has not come back may have written or may still write.
    pub(crate) fn expect_strays(&mut self, now: Timestamp) {
        if let Some(Claim { at, found, leaves, .. }) = self.unfinished() {
            // However long ago that was: it may have come so far, or on the way there, before it died.
            self.past.known = Some(Known { perhaps: Some(leaves), in_part: true, ..Known::surely(at, found) });
            self.strays.push(Stray { at, leaves });
        }
        // What it writes to the end of its life may not have been seen yet by whoever looked last.
        let seen = self.past.known.map_or(now, |known| known.at.min(now));
        self.strays.retain(|stray| seen.duration_since(stray.at) <= RUN_MAX);
    }

    /// Forgets sizes of another kind: the owner has changed `apply` since, and a minimum is no desired capacity.
    pub(crate) fn keep_to(&mut self, apply: Apply) {
        let claimed = self.unfinished().map(|claim| claim.apply);
        if claimed.or(self.last.as_ref().map(|last| last.apply)).is_some_and(|known| known != apply) {
            self.past.known = None;
            self.strays.clear();
            self.approvals = Approvals::default();
        }
    }

    /// Takes in that the group has `found` instances: where a stray write made it so, it is nobody else's.
    pub(crate) fn recognise(&mut self, found: u32) {
        if let Some(known) = self.past.known.as_mut().filter(|known| known.desired != found)
            && self.strays.iter().any(|stray| stray.leaves == found)
        {
            known.perhaps = Some(found);
        }
    }
}

/// What became of a claim.
pub(crate) enum Claimed {
    /// This run carries the tick out. The version is that of the state that says so.
    Ours(Version),
    /// Another run has claimed this tick or a later one; that run's state.
    Theirs(Box<GroupState>),
    /// An earlier tick has gone on meanwhile: what was decided on has changed.
    Changed,
}

/// Claims the tick of `decision` in `state`, which was found as `expect` says.
pub(crate) async fn claim(state: &GroupState, decision: &Decision, expect: Expect, run: &Run<'_>) -> Result<Claimed, StoreError> {
    if state.newest() >= Some(decision.tick) {
        return Ok(Claimed::Theirs(Box::new(state.clone())));
    }
    match claimed(state, decision, run.group).put(run.store, &run.group.id, expect).await {
        Ok(version) => Ok(Claimed::Ours(version)),
        Err(StoreError::Conflict { .. }) => {
            let (theirs, _) = GroupState::find(run.store, &run.group.id).await?;
            let taken = theirs.newest() >= Some(decision.tick);
            Ok(if taken { Claimed::Theirs(Box::new(theirs)) } else { Claimed::Changed })
        }
        Err(error) => Err(error),
    }
}

/// `state` as it is stored before `decision` is carried out.
fn claimed(state: &GroupState, decision: &Decision, group: &Group) -> GroupState {
    let leaves = if decision.outcome == Outcome::Pending { decision.desired } else { decision.before.desired };
    let own_minimum = state.own_minimum_after(group, decision);
    GroupState { claim: Some(Claim::leaving(decision, leaves)), own_minimum, ..state.clone() }
}

impl Claim {
    fn leaving(decision: &Decision, leaves: u32) -> Self {
        let Decision { tick, at, apply, before, .. } = *decision;
        Self { tick, at, apply, found: before.desired, leaves }
    }

    /// That of a `decision` that is over.
    pub(crate) fn over(decision: &Decision) -> Self {
        let leaves = if decision.outcome == Outcome::Applied { decision.desired } else { decision.before.desired };
        Self::leaving(decision, leaves)
    }
}

/// So often a run tries to have the last word on the state: each time another run has come first.
const WORDS_MAX: usize = 8;

/// Stores `state`, which `decision` leaves, in place of this run's claim. Where a later tick has claimed meanwhile, the state is
/// that one's, and what this run wrote is taken back.
///
/// This is also how the run looks whether it was overtaken: a later tick that claims after this has seen what was written.
pub(crate) async fn settle(
    mut state: GroupState,
    decision: &mut Decision,
    claimed: Version,
    run: &Run<'_>,
) -> Result<(), StoreError> {
    let mut expect = Expect::Version(claimed);
    for _ in 0..WORDS_MAX {
        match state.put(run.store, &run.group.id, expect).await {
            Err(StoreError::Conflict { .. }) => {}
            done => return done.map(drop),
        }
        let (theirs, version) = GroupState::find(run.store, &run.group.id).await?;
        if theirs.newest() > Some(decision.tick) {
            return yield_to_later(decision, run).await;
        }
        // An earlier tick has put back what this one leaves, and says what it wrote before.
        state.strays = theirs.strays;
        expect = version;
    }
    Err(StoreError::Conflict { key: keys::state(&run.group.id) })
}

/// Puts back what the latest tick leaves, where `decision` may have written something else after it.
async fn yield_to_later(decision: &mut Decision, run: &Run<'_>) -> Result<(), StoreError> {
    let written = matches!(decision.outcome, Outcome::Applied | Outcome::Failed { .. });
    let Cloud::ReadWrite(cloud) = run.cloud else { return Ok(()) };
    if !written {
        return Ok(());
    }
    let mut stray = Stray { at: decision.at, leaves: decision.desired };
    for _ in 0..WORDS_MAX {
        let (mut theirs, version) = GroupState::find(run.store, &run.group.id).await?;
        let Some(later) = theirs.claim.filter(|claim| claim.tick > decision.tick) else { return Ok(()) };
        if decision.outcome != Outcome::Superseded {
            decision.note(Reason::Superseded { tick: later.tick });
        }
        decision.outcome = Outcome::Superseded;
        if let Err(error) = restore(&later, run, cloud).await {
            let error = format!("putting back {}, which a later tick decided: {error}", later.leaves);
            decision.outcome = Outcome::Failed { error };
        }
        // Whoever has looked at the group meanwhile looks again.
        theirs.strays.push(stray);
        stray.leaves = later.leaves;
        match theirs.put(run.store, &run.group.id, version).await {
            Err(StoreError::Conflict { .. }) => {}
            done => return done.map(drop),
        }
    }
    Err(StoreError::Conflict { key: keys::state(&run.group.id) })
}

async fn restore(later: &Claim, run: &Run<'_>, cloud: &dyn WriteCapacity) -> Result<(), PortError> {
    // Whoever stopped everything wants nothing written, whatever it is for.
    if !matches!(controls::kill_switch(run.store, &run.group.id).await, Ok(None)) {
        return Ok(());
    }
    match later.apply {
        Apply::Desired => cloud.set_desired(run.group, later.leaves).await,
        Apply::Floor => cloud.set_minimum(run.group, later.leaves).await,
    }
}
