//! Operators: they throw the kill switch and take it back, order another mode, allocate instances, edit the calendar, and answer what
//! waits for them; and things that happen to the store.

use headroom_core::{
    Decision, Group,
    fleet::{Allocated, Mode},
};
use headroom_sim::{FaultKind, FaultPlan};
use headroom_store::{
    Expect, MemoryStore, Store as _,
    controls::{self, Allocation, Answer, Control, ModeOverride, Stop, Verdict},
    keys,
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use scaler::GroupState;

use crate::{
    run::Event,
    setting::{self, Setting},
};

/// What happens outside of every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deed {
    Stop { fleet: bool },
    Resume { fleet: bool },
    CorruptControls,
    MendControls,
    LoseState,
    AnswerProposal,
    SetMode(Mode),
    ClearMode,
    Allocate { instances: u32, minutes: i64 },
    Release,
    EditCalendar(Edit),
}

/// What becomes of the calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Edit {
    /// As it was at the start.
    Original,
    /// Without any event.
    Empty,
    /// A sale at another hour.
    Sale { hour: i8, ramp_minutes: i32 },
    /// The upload broke off.
    Broken,
}

/// Operators look after proposals so often.
const VISITS: SignedDuration = SignedDuration::from_mins(7);

/// Everything that will happen, in order.
pub(crate) fn deeds(setting: &Setting) -> Vec<(Timestamp, Deed)> {
    let mut deeds = of_plan(&setting.plan);
    deeds.extend(orders(setting));
    let visits = std::iter::successors(Some(setting.start), |at| Some(*at + VISITS)).take_while(|at| *at < setting.end);
    deeds.extend(visits.map(|at| (at, Deed::AnswerProposal)));
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

/// A few orders of each kind a day, each taken back or replaced after a while, and all of them once it is calm.
fn orders(setting: &Setting) -> Vec<(Timestamp, Deed)> {
    if !setting.has_operators {
        return Vec::new();
    }
    let mut chance = ChaCha8Rng::seed_from_u64(setting.seed ^ 0x04de5);
    let seconds = setting.calm.duration_since(setting.start).as_secs();
    let mut orders = Vec::new();
    for kind in 0..4 {
        for _ in 0..chance.random_range(0..=seconds / 40_000) {
            let at = setting.start + SignedDuration::from_secs(chance.random_range(0..seconds));
            let minutes = *[4, 20, 90, 400].choose(&mut chance).unwrap();
            let (order, back) = order(kind, minutes, setting, &mut chance);
            let until = (at + SignedDuration::from_mins(minutes)).min(setting.calm);
            orders.extend([(at, order), (until, back)]);
        }
    }
    let calm = [Deed::Resume { fleet: true }, Deed::Resume { fleet: false }, Deed::ClearMode, Deed::Release];
    orders.extend(calm.into_iter().chain([Deed::EditCalendar(Edit::Original)]).map(|deed| (setting.calm, deed)));
    orders
}

/// An order of some kind, and what takes it back.
fn order(kind: u32, minutes: i64, setting: &Setting, chance: &mut ChaCha8Rng) -> (Deed, Deed) {
    match kind {
        0 => {
            let fleet = chance.random_bool(0.5);
            (Deed::Stop { fleet }, Deed::Resume { fleet })
        }
        1 => (Deed::SetMode(*[Mode::Observe, Mode::ScaleOutOnly, Mode::Active].choose(chance).unwrap()), Deed::ClearMode),
        2 => {
            let instances = chance.random_range(0..=setting.rules.instances_max + 5);
            // Its time is up before someone takes it back, or after.
            let minutes = if chance.random_bool(0.5) { minutes / 2 } else { minutes * 2 };
            (Deed::Allocate { instances, minutes }, Deed::Release)
        }
        _ => {
            let sale = Edit::Sale { hour: chance.random_range(0..22), ramp_minutes: chance.random_range(0..90) };
            let edit = *[Edit::Empty, Edit::Broken, sale, sale].choose(chance).unwrap();
            (Deed::EditCalendar(edit), Deed::EditCalendar(Edit::Original))
        }
    }
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
        // Corrupt controls take no order.
        Deed::SetMode(mode) => {
            let order = ModeOverride { mode, at: now, by: "ops".to_owned(), why: "a trial".to_owned() };
            drop(controls::set_mode(store, "web", &order).await);
        }
        Deed::ClearMode => drop(controls::clear_mode(store, "web").await),
        Deed::Allocate { instances, minutes } => {
            let until = now + SignedDuration::from_mins(minutes);
            let allocation = Allocation { instances, until, at: now, by: "ops".to_owned(), why: "a load test".to_owned() };
            drop(controls::allocate(store, "web", &allocation).await);
        }
        Deed::Release => drop(controls::release(store, "web").await),
        Deed::EditCalendar(edit) => {
            let calendar = match edit {
                Edit::Original => setting.calendar.clone(),
                Edit::Empty => "{}".to_owned(),
                Edit::Sale { hour, ramp_minutes } => setting::sale(setting.start, hour, ramp_minutes),
                Edit::Broken => setting.calendar[..setting.calendar.len() / 2].to_owned(),
            };
            overwrite(store, keys::CALENDAR, calendar.as_bytes()).await;
        }
    }
}

/// What operators want from a moment on, read from the store by hand.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) from: Timestamp,
    /// A kill switch is thrown, or nobody can tell.
    pub(crate) stopped: bool,
    pub(crate) mode: Option<Mode>,
    pub(crate) allocation: Option<Allocation>,
}

impl InForce {
    pub(crate) async fn at(store: &MemoryStore, from: Timestamp) -> Self {
        let [fleet, group] = [read(store, keys::FLEET_CONTROL).await, read(store, &keys::group_control("web")).await];
        let stops = |control: &Option<Control>| control.as_ref().is_none_or(|control| control.stop.is_some());
        let stopped = stops(&fleet) || stops(&group);
        let (mode, allocation) = group.map_or((None, None), |control| (control.mode.map(|order| order.mode), control.allocation));
        Self { from, stopped, mode, allocation }
    }
}

/// None where it cannot be read.
async fn read(store: &MemoryStore, key: &str) -> Option<Control> {
    let object = store.get(key).await.unwrap();
    object.map_or(Some(Control::none()), |object| serde_json::from_slice(&object.bytes).ok())
}

/// `group` as a run decides for it: what it read of its operators' orders when it began, in place of what is configured.
pub(crate) fn effective(group: &Group, events: &[Event], now: Timestamp) -> Group {
    let first = events.iter().find_map(|event| match event {
        Event::ReadControl { fleet: false, mode, allocation, .. } => Some((*mode, allocation.clone())),
        _ => None,
    });
    let (mode, allocation) = first.unwrap_or_default();
    let allocated = allocation.filter(|allocation| now < allocation.until);
    let allocated = allocated.map(|Allocation { instances, until, by, .. }| Allocated { instances, until, by });
    Group { mode: mode.unwrap_or(group.mode), allocated, ..group.clone() }
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
