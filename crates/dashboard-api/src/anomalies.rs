//! `GET /api/groups/{id}/anomalies`: steps that were far from what had been forecast, the newest first.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::anomaly::Anomaly;
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

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Anomalies {
    /// The group.
    group: String,
    /// How many there are in the span.
    total: usize,
    /// The cursor of the next part; none at the end.
    #[schema(required)]
    next: Option<String>,
    /// The newest first.
    anomalies: Vec<Anomaly>,
}

/// Steps that were far from what had been forecast
#[utoipa::path(
    get, path = "/groups/{id}/anomalies", tag = "history", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group"), SpanQuery, PageQuery), responses((status = 200, body = Anomalies))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Anomalies>, Problem> {
    params.only(&[&SPAN[..], &[LIMIT, CURSOR]].concat())?;
    let span = params.span(app.state.now())?;
    let wanted = Wanted::of(&params, 200, 1_000)?;
    let mut found = journal::read_days::<Anomaly>(&*app.state.store, keys::anomalies, &group.id, span.from, span.end()).await?;
    found.retain(|anomaly| span.holds(anomaly.timestamp));
    let Page { total, next, entries } = wanted.of_entries(found, Order::NewestFirst, |anomaly| Place::at(anomaly.timestamp));
    Ok(Json(Anomalies { group: group.id, total, next, anomalies: entries }))
}
