//! `GET /api/groups/{id}/decisions`: what was decided and why, the newest first.

use std::{cmp::Reverse, sync::Arc};

use axum::{Json, extract::State};
use headroom_core::{Action, Decision};
use headroom_store::{journal, keys};
use serde::Serialize;

use crate::{
    AppState,
    group_of::GroupOf,
    params::{HOURS, Params},
    problem::Problem,
};

const LIMIT: &str = "limit";
const CHANGES: &str = "changes";

/// A decision with its reasons takes about 1 KB, so that the largest answer is about as large as one of history.
const LIMIT_MAX: i64 = 250;

/// Decisions where the request names no number.
const LIMIT_DEFAULT: i64 = 100;

/// The answer.
#[derive(Serialize)]
pub(crate) struct Decisions {
    group: String,
    /// How many there are in the span, of which `decisions` may be fewer.
    total: usize,
    decisions: Vec<Decision>,
}

/// Answers with the decisions of the last `hours`, at most `limit` of them; with `changes=true` only with those that
/// wanted another capacity.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Decisions>, Problem> {
    params.only(&[HOURS, LIMIT, CHANGES])?;
    let span = params.span(state.now())?;
    let limit = params.whole(LIMIT, LIMIT_DEFAULT, 1..=LIMIT_MAX)?;
    let changes = params.flag(CHANGES)?;
    let mut decisions =
        journal::read_days::<Decision>(state.store.as_ref(), keys::decisions, &group.id, span.from, span.end()).await?;
    decisions.retain(|decision| span.holds(decision.at) && !(changes && decision.action == Action::Hold));
    decisions.sort_by_key(|decision| Reverse(decision.at));
    let total = decisions.len();
    decisions.truncate(usize::try_from(limit).expect("a limit within its range"));
    Ok(Json(Decisions { group: group.id, total, decisions }))
}
