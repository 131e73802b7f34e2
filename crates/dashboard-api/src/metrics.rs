//! `GET` and `POST /api/metrics`: the rows of history as they are stored.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State};
use headroom_core::Observation;
use headroom_store::{history, keys};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    access::{Admin, Viewer},
    body::Body,
    group_of::of_id,
    orders::{Order, carried_out},
    pages::{self, CURSOR, LIMIT, Page, Place, Wanted},
    params::{PageQuery, Params, SPAN, SpanQuery},
    problem::Problem,
};

const GROUP: &str = "group";

/// A row takes up to 190 bytes: so many stay below 300 KB.
const LIMIT_MAX: i64 = 1_500;

/// A request brings no more rows.
const ROWS_MAX: usize = 5_000;

/// Nor of more days: each is an object of its own to read and write.
const DAYS_MAX: usize = 31;

/// Rows of history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metrics {
    /// The group.
    group: String,
    /// Length of a step in seconds.
    step_seconds: i64,
    /// How many rows there are in the span.
    total: usize,
    /// The cursor of the next part; none at the end.
    #[schema(required)]
    next: Option<String>,
    /// In the order of time. Absent is absent, never zero.
    rows: Vec<Observation>,
}

/// The rows of a group's history
#[utoipa::path(
    get, path = "/metrics", tag = "history", security(("bearer" = ["viewer"])),
    params(("group" = String, Query, description = "The group"), SpanQuery, PageQuery), responses((status = 200, body = Metrics))
)]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Json<Metrics>, Problem> {
    params.only(&[&SPAN[..], &[GROUP, LIMIT, CURSOR]].concat())?;
    let group = of_id(&app, params.needed(GROUP)?, GROUP).await?;
    let span = params.span(app.state.now())?;
    let wanted = Wanted::of(&params, 500, LIMIT_MAX)?;
    let rows = history::read(&*app.state.store, &group.id, span.from, span.to).await?;
    let Page { total, next, entries } = wanted.of_entries(rows, pages::Order::OldestFirst, |row| Place::at(row.timestamp));
    Ok(Json(Metrics { group: group.id, step_seconds: group.step_seconds, total, next, rows: entries }))
}

/// Rows to take in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRows {
    /// The group.
    group: String,
    /// The rows, in any order, of at most 31 days in UTC. A value replaces an older one, the absence of a value never does.
    #[schema(min_items = 1, max_items = 5000)]
    rows: Vec<Observation>,
}

/// What was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Taken {
    /// Rows that were not there before.
    rows_added: usize,
    /// Rows that were there and got a new value.
    rows_changed: usize,
}

/// Take rows into a group's history
#[utoipa::path(
    post, path = "/metrics", tag = "history", security(("bearer" = ["admin"])), request_body = NewRows,
    responses((status = 200, body = Taken))
)]
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    params: Params,
    Body(NewRows { group, rows }): Body<NewRows>,
) -> Result<Json<Taken>, Problem> {
    params.only(&[])?;
    let group = of_id(&app, &group, GROUP).await?;
    check(&rows, group.step_seconds, app.state.now())?;
    let what = serde_json::json!({ "rows": rows.len(), "first": rows.iter().map(|row| row.timestamp).min() });
    let order = Order { action: "metrics", group: Some(&group.id), what, caller: &caller };
    let merged = carried_out(&app, order, async { Ok(history::merge(&*app.state.store, &group.id, &rows).await?) }).await?;
    Ok(Json(Taken { rows_added: merged.rows_added, rows_changed: merged.rows_changed }))
}

/// Rows lie on the group's own grid, not in the future, and hold values that can be: a stray row would be a gap or a peak to
/// every forecast.
fn check(rows: &[Observation], step_seconds: i64, now: jiff::Timestamp) -> Result<(), Problem> {
    if rows.is_empty() || rows.len() > ROWS_MAX {
        let detail = format!("there are {} rows", rows.len());
        return Err(Problem::unusable("rows", detail, format!("send 1 to {ROWS_MAX} at once")));
    }
    for (index, row) in rows.iter().enumerate() {
        let field = |name: &str| format!("rows[{index}].{name}");
        let at = row.timestamp;
        if at.as_second().rem_euclid(step_seconds) != 0 || at.subsec_nanosecond() != 0 {
            let cure = format!("give the start of a step: a whole multiple of {step_seconds} seconds");
            return Err(Problem::unusable(field("timestamp"), format!("{at} lies within a step"), cure));
        }
        if at > now || at.as_second() < 0 {
            let detail = format!("{at} lies in the future, or before 1970");
            return Err(Problem::unusable(field("timestamp"), detail, "send what was measured"));
        }
        for column in headroom_core::Column::ALL {
            if let Some(value) = row.get(column).filter(|value| !column.can_be(*value)) {
                let cure = format!("give a number from 0 to {:e}, or leave it out", column.largest());
                return Err(Problem::unusable(field(column.name()), format!("`{column}` is {value:e}"), cure));
            }
        }
        if headroom_core::Column::ALL.into_iter().all(|column| row.get(column).is_none()) {
            return Err(Problem::unusable(field("timestamp"), "the row has no value", "give at least one column"));
        }
    }
    let days = rows.iter().map(|row| keys::day(row.timestamp)).collect::<BTreeSet<_>>().len();
    if days > DAYS_MAX {
        let cure = format!("send those of at most {DAYS_MAX} days in UTC at once");
        return Err(Problem::unusable("rows", format!("the rows are of {days} days"), cure));
    }
    Ok(())
}
