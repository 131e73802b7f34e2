//! `GET /api/groups/{id}/events`: what the calendar announces around now.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::occurrences::Occurrence;
use headroom_store::load_calendar;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::Viewer,
    group_of::GroupOf,
    params::{Params, SPAN, SpanQuery, TO},
    problem::Problem,
};

const AHEAD_HOURS: &str = "ahead_hours";

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Events {
    /// The group.
    group: String,
    /// Where the span begins.
    from: Timestamp,
    /// Where it ends.
    to: Timestamp,
    /// The calendar's time zone, by its IANA name.
    time_zone: String,
    /// In the order of their start.
    events: Vec<Occurrence>,
}

/// What the calendar announces around now, each happening on its own
#[utoipa::path(
    get, path = "/groups/{id}/events", tag = "calendar", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group"),
        SpanQuery,
        ("ahead_hours" = Option<i64>, Query, minimum = 0, maximum = 672, description = "How far beyond now, in hours; 24 by default. Not with `to`.")), responses((status = 200, body = Events))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Events>, Problem> {
    params.only(&[&SPAN[..], &[AHEAD_HOURS]].concat())?;
    let now = app.state.now();
    let span = params.span(now)?;
    let to = match (params.text(TO), params.text(AHEAD_HOURS)) {
        (Some(_), None) => span.to,
        (Some(_), Some(_)) => {
            let detail = format!("`{TO}` and `{AHEAD_HOURS}` both say where the span ends");
            return Err(Problem::bad_parameter(Some(AHEAD_HOURS), detail, "leave one of them out".to_owned()));
        }
        (None, _) => params.ahead(AHEAD_HOURS, now)?,
    };
    let from = span.from;
    let calendar = load_calendar(&*app.state.store).await?;
    let events = calendar.timeline(Some(&group.id), from, to).occurrences().to_vec();
    let time_zone = calendar.time_zone().iana_name().unwrap_or("UTC").to_owned();
    Ok(Json(Events { group: group.id, from, to, time_zone, events }))
}
