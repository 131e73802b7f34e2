//! `GET /api/groups/{id}/events`: what the calendar announces around now.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::occurrences::Occurrence;
use headroom_store::load_calendar;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    AppState,
    group_of::GroupOf,
    params::{HOURS, Params},
    problem::Problem,
};

const AHEAD_HOURS: &str = "ahead_hours";

/// The answer.
#[derive(Serialize)]
pub(crate) struct Events {
    group: String,
    from: Timestamp,
    to: Timestamp,
    /// The calendar's time zone, by its IANA name.
    time_zone: String,
    events: Vec<Occurrence>,
}

/// Answers with the occurrences from `hours` ago to `ahead_hours` from now, in order of their start.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Events>, Problem> {
    params.only(&[HOURS, AHEAD_HOURS])?;
    let from = params.span(state.now())?.from;
    let to = params.ahead(AHEAD_HOURS, state.now())?;
    let calendar = load_calendar(state.store.as_ref()).await?;
    let events = calendar.timeline(Some(&group.id), from, to).occurrences().to_vec();
    let time_zone = calendar.time_zone().iana_name().unwrap_or("UTC").to_owned();
    Ok(Json(Events { group: group.id, from, to, time_zone, events }))
}
