//! `GET /api/audit`: who ordered what, the newest first.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::audit;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::Admin,
    pages::{CURSOR, LIMIT, Order, Page, Place, Wanted},
    params::{PageQuery, Params, SPAN, SpanQuery},
    problem::Problem,
};

/// What came of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum OrderOutcome {
    /// It was begun, and nothing tells whether it was carried out.
    Asked,
    /// It was carried out.
    Done,
    /// It was not.
    Failed {
        /// Why.
        error: String,
    },
}

/// An order of an operator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderRecord {
    /// Tells it from others.
    id: String,
    /// When.
    at: Timestamp,
    /// By whom.
    by: String,
    /// The role that it was given in; none on the command line.
    #[schema(required)]
    role: Option<String>,
    /// What was done, in one word, such as `stop`.
    action: String,
    /// To which group; none to the whole fleet.
    #[schema(required)]
    group: Option<String>,
    /// What exactly.
    #[schema(value_type = Object)]
    what: serde_json::Value,
    /// What came of it.
    outcome: OrderOutcome,
}

/// Orders of operators.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audit {
    /// How many there are in the span.
    total: usize,
    /// The cursor of the next part; none at the end.
    #[schema(required)]
    next: Option<String>,
    /// The newest first.
    records: Vec<OrderRecord>,
}

/// Who ordered what, the newest first
#[utoipa::path(
    get, path = "/audit", tag = "orders", security(("bearer" = ["admin"])), params(SpanQuery, PageQuery),
    responses((status = 200, body = Audit))
)]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Admin, params: Params) -> Result<Json<Audit>, Problem> {
    params.only(&[&SPAN[..], &[LIMIT, CURSOR]].concat())?;
    let span = params.span(app.state.now())?;
    let wanted = Wanted::of(&params, 100, 500)?;
    let mut found = audit::read(&*app.state.store, span.from, span.end()).await?;
    found.retain(|record| span.holds(record.at));
    let place = |record: &audit::Record| Place { at: record.at, name: record.id.clone() };
    let Page { total, next, entries } = wanted.of_entries(found, Order::NewestFirst, place);
    Ok(Json(Audit { total, next, records: entries.into_iter().map(told).collect() }))
}

fn told(record: audit::Record) -> OrderRecord {
    let audit::Record { id, at, by, role, action, group, what, outcome, .. } = record;
    let outcome = match outcome {
        audit::Outcome::Asked => OrderOutcome::Asked,
        audit::Outcome::Done => OrderOutcome::Done,
        audit::Outcome::Failed { error } => OrderOutcome::Failed { error },
    };
    OrderRecord { id, at, by, role, action, group, what, outcome }
}
