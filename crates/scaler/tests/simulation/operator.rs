//! Operators: they throw the kill switch and take it back, and answer what waits for them; and things that happen to the store.

use headroom_core::Decision;
use headroom_sim::{FaultKind, FaultPlan};
use headroom_store::{
    Expect, MemoryStore, Store as _,
    controls::{self, Answer, Stop, Verdict},
    keys,
};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use scaler::GroupState;

use crate::setting::Setting;

/// What happens outside of every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deed {
    Stop { fleet: bool },
    Resume { fleet: bool },
    CorruptControls,
    MendControls,
    LoseState,
    AnswerProposal,
}

/// Operators look after proposals so often.
const VISITS: SignedDuration = SignedDuration::from_mins(7);

/// Everything that will happen, in order.
pub(crate) fn deeds(setting: &Setting) -> Vec<(Timestamp, Deed)> {
    let mut deeds = of_plan(&setting.plan);
    let visits = std::iter::successors(Some(setting.start), |at| Some(*at + VISITS)).take_while(|at| *at < setting.end);
    deeds.extend(visits.map(|at| (at, Deed::AnswerProposal)));
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

fn of_plan(plan: &FaultPlan) -> Vec<(Timestamp, Deed)> {
    let mut deeds = Vec::new();
    for fault in plan.faults() {
        match fault.kind {
            FaultKind::Stopped { fleet } => {
                deeds.extend([(fault.from, Deed::Stop { fleet }), (fault.until, Deed::Resume { fleet })]);
            }
            FaultKind::ControlsCorrupt => {
                deeds.extend([(fault.from, Deed::CorruptControls), (fault.until, Deed::MendControls)]);
            }
            FaultKind::StateLost { every_seconds } => {
                let step = SignedDuration::from_secs(i64::from(every_seconds));
                let losses = std::iter::successors(Some(fault.from), |at| Some(*at + step)).take_while(|at| *at < fault.until);
                deeds.extend(losses.map(|at| (at, Deed::LoseState)));
            }
            _ => {}
        }
    }
    deeds
}

pub(crate) async fn does(deed: Deed, setting: &Setting, store: &MemoryStore, now: Timestamp, chance: &mut ChaCha8Rng) {
    let whose = |fleet: bool| (!fleet).then_some("web");
    let stop = || Stop { at: now, by: "ops".to_owned(), why: "an incident".to_owned() };
    match deed {
        Deed::Stop { fleet } => drop(controls::stop(store, whose(fleet), &stop()).await.unwrap()),
        // Where it is corrupt, it is mended later.
        Deed::Resume { fleet } => drop(controls::resume(store, whose(fleet)).await),
        Deed::CorruptControls => overwrite(store, &keys::group_control("web"), b"{\"format\":").await,
        Deed::MendControls => {
            controls::stop(store, Some("web"), &stop()).await.unwrap();
            controls::resume(store, Some("web")).await.unwrap();
        }
        Deed::LoseState => overwrite(store, &keys::state("web"), b"{\"format\": 1, \"last\"").await,
        Deed::AnswerProposal => answer(setting, store, now, chance).await,
    }
}

async fn overwrite(store: &MemoryStore, key: &str, bytes: &[u8]) {
    store.put(key, bytes, Expect::Anything).await.unwrap();
}

/// Approves, refuses, or leaves it; now and then with a slip of the pen. Once it is calm, everything is approved.
async fn answer(setting: &Setting, store: &MemoryStore, now: Timestamp, chance: &mut ChaCha8Rng) {
    let Ok(state) = GroupState::read(store, "web").await else { return };
    let Some(proposal) = state.approvals.standing else { return };
    let calm = now >= setting.calm;
    if !calm && chance.random_bool(0.4) {
        return;
    }
    let slip = !calm && chance.random_bool(0.1);
    let verdict = if calm || chance.random_bool(0.7) { Verdict::Approved } else { Verdict::Rejected };
    let answer = Answer {
        tick: proposal.tick,
        action: proposal.action,
        desired: proposal.desired + u32::from(slip),
        verdict,
        at: now,
        by: "anna".to_owned(),
    };
    // Corrupt controls take no answer.
    drop(controls::answer(store, "web", &answer).await);
}

/// The tail of a decision for a report of a failure.
pub(crate) fn line(decision: &Decision) -> String {
    let Decision { tick, at, before, desired, outcome, sentence, mode, policy, .. } = decision;
    format!(
        "{tick} (at {at}) {mode:?} {policy:?} {}..={} desired {} in service {} -> {desired} {outcome:?}: {sentence}",
        before.min, before.max, before.desired, before.in_service
    )
}
