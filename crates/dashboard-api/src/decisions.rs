//! `GET /api/groups/{id}/decisions`: what was decided and why, the newest first.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Action, Decision};
use headroom_store::{journal, keys};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::Viewer,
    group_of::GroupOf,
    pages::{CURSOR, LIMIT, Order, Page, Place, Wanted},
    params::{PageQuery, Params, SPAN, SpanQuery},
    problem::Problem,
};

const CHANGES: &str = "changes";

/// A decision with its reasons takes 1 KB, rarely 1.4: the largest answer stays below 300 KB.
const LIMIT_MAX: i64 = 200;

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decisions {
    /// The group.
    group: String,
    /// How many there are in the span, of which `decisions` may be fewer.
    total: usize,
    /// The cursor of the next part; none at the end.
    #[schema(required)]
    next: Option<String>,
    /// The newest first.
    decisions: Vec<Decision>,
}

/// What was decided and why, the newest first
#[utoipa::path(
    get, path = "/groups/{id}/decisions", tag = "decisions", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group"),
        SpanQuery, PageQuery,
        ("changes" = Option<bool>, Query, description = "Only those that wanted another capacity; false by default")), responses((status = 200, body = Decisions))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Decisions>, Problem> {
    params.only(&[&SPAN[..], &[LIMIT, CURSOR, CHANGES]].concat())?;
    let span = params.span(app.state.now())?;
    let wanted = Wanted::of(&params, 100, LIMIT_MAX)?;
    let changes = params.flag(CHANGES)?;
    let mut found = journal::read_days::<Decision>(&*app.state.store, keys::decisions, &group.id, span.from, span.end()).await?;
    found.retain(|decision| span.holds(decision.at) && !(changes && decision.action == Action::Hold));
    let place = |decision: &Decision| Place { at: decision.at, name: decision.tick.to_string() };
    let Page { total, next, entries } = wanted.of_entries(found, Order::NewestFirst, place);
    Ok(Json(Decisions { group: group.id, total, next, decisions: entries }))
}
