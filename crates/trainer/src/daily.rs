//! Every group of a fleet in turn, within the time of one run: what the scheduled function does.

use std::{ops::ControlFlow, panic::AssertUnwindSafe};

use futures_util::{FutureExt, StreamExt, stream};
use headroom_core::{Calendar, Fleet, Group, fleet::Mode, panics};
use headroom_store::{Store, models};
use jiff::SignedDuration;
use serde::Serialize;

use crate::{
    group::{GroupError, GroupTrained, Plan, train_group},
    training::Progress,
};

/// A run stops training when only so much of its time is left: trees are grown a last time, models compared and published after
/// the last batch, and on a fraction of a core all that is slow.
const RESERVE: SignedDuration = SignedDuration::from_secs(90);

/// No group is begun with less than this beyond the reserve: 63 days of history take about eight seconds of a whole core.
const BEGIN_MIN: SignedDuration = SignedDuration::from_secs(30);

/// No group takes more than this, so that one whose training never fits does not take the time of all others every day.
const GROUP_MAX: SignedDuration = SignedDuration::from_mins(5);

/// So many groups are looked up at the same time.
const AT_ONCE: usize = 16;

/// What came of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// Whether a new model serves.
    pub serves: bool,
    /// The version that was trained; none where there is too little history yet.
    pub version: Option<String>,
    /// The same for people.
    pub sentence: String,
}

/// Trains every group of the fleet whose mode is not `off`: first those that have no model of their own, then the others, the
/// oldest model first, so that a fleet too large for one run is trained in the course of several. Each group's id and what came of
/// it; a group that fails or panics stops no other, and its failure is logged here. `time_left` tells how much of the run is left: what does
/// not fit fails with [`GroupError::OutOfTime`] while there still is time to say so.
pub async fn train_fleet(
    fleet: &Fleet,
    calendar: &Calendar,
    store: &dyn Store,
    plan: &Plan,
    time_left: &(dyn Fn() -> SignedDuration + Sync),
) -> Vec<(String, Result<Turn, GroupError>)> {
    let mut results = Vec::new();
    for group in in_turn(fleet, store).await {
        let turn = train_in_time(group, calendar, store, plan, time_left).await;
        match &turn {
            Ok(turn) => tracing::info!(group = %group.id, serves = turn.serves, "{}", turn.sentence),
            Err(error @ GroupError::Panicked { .. }) => {
                tracing::error!(group = %group.id, "group `{}` was not trained: {error}", group.id);
            }
            Err(error) => tracing::warn!(group = %group.id, "group `{}` was not trained: {error}", group.id),
        }
        results.push((group.id.clone(), turn));
    }
    results
}

/// The groups to train, the one that has waited longest first.
async fn in_turn<'a>(fleet: &'a Fleet, store: &dyn Store) -> Vec<&'a Group> {
    // What cannot be read counts as not there; whoever trains the group will say why.
    let version = async |group: &'a Group| {
        let current = models::current(store, &group.id).await.ok().flatten();
        (current.map(|current| current.version), group)
    };
    let groups = fleet.groups.iter().filter(|group| group.mode != Mode::Off);
    let asked: Vec<_> = groups.map(version).collect();
    let mut known: Vec<(Option<String>, &Group)> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    // A version begins with its time, and none comes before any.
    known.sort_by(|(a, _), (b, _)| a.cmp(b));
    known.into_iter().map(|(_, group)| group).collect()
}

/// Whether there is time to begin with a group.
pub(crate) fn may_begin(time_left: SignedDuration) -> bool {
    time_left >= RESERVE + BEGIN_MIN
}

/// Trains one group in its share of the time that is left.
pub(crate) async fn train_in_time(
    group: &Group,
    calendar: &Calendar,
    store: &dyn Store,
    plan: &Plan,
    time_left: &(dyn Fn() -> SignedDuration + Sync),
) -> Result<Turn, GroupError> {
    let begun = time_left();
    if !may_begin(begun) {
        return Err(GroupError::OutOfTime { group: group.id.clone() });
    }
    let end = RESERVE.max(begun - GROUP_MAX);
    let mut watch = |_: &str, _: Progress| {
        if time_left() < end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    // A panic is this group's alone: a model is published as whole objects or not at all, and nothing else outlives a training.
    let training = AssertUnwindSafe(train_group(group, calendar, store, plan, &mut watch)).catch_unwind().await;
    match training.unwrap_or_else(|panic| Err(GroupError::Panicked { message: panics::said(&*panic).to_owned() })) {
        Ok(GroupTrained { trained, succession }) => {
            let version = trained.card.version;
            let sentence = succession.sentence(&group.id, &version);
            Ok(Turn { serves: succession.serves, version: Some(version), sentence })
        }
        Err(error) if error.is_too_young() => {
            let sentence = format!("group `{}` has too little history to be trained yet: {error}", group.id);
            Ok(Turn { serves: false, version: None, sentence })
        }
        Err(error) => Err(error),
    }
}
