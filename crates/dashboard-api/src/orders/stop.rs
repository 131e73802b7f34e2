//! `/api/stop` and `/api/groups/{id}/stop`: the kill switches.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::controls;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Order, carried_out, carried_out_first, reason};
use crate::{
    App,
    access::{Caller, Operator},
    body::Body,
    group::control::Stop,
    group_of::GroupOf,
    params::Params,
    problem::Problem,
};

/// Why everything shall stop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// Why, for the record.
    #[schema(min_length = 1, max_length = 500)]
    why: String,
}

/// A kill switch as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Switch {
    /// Since when, by whom and why nothing is written; none where it is not thrown.
    #[schema(required)]
    stop: Option<Stop>,
    /// Whether this request changed it: a switch that was thrown before stays as it was.
    changed: bool,
}

async fn throw(app: &App, group: Option<&str>, caller: &Caller, why: &str) -> Result<Json<Switch>, Problem> {
    let why = reason(why)?;
    let stop = controls::Stop { at: app.state.now(), by: caller.subject.clone(), why: why.clone() };
    let order = Order { action: "stop", group, what: serde_json::json!({ "why": why }), caller };
    let earlier = carried_out_first(app, order, async { Ok(controls::stop(&*app.state.store, group, &stop).await?) }).await?;
    Ok(Json(Switch { changed: earlier.is_none(), stop: Some(earlier.unwrap_or(stop).into()) }))
}

async fn take_back(app: &App, group: Option<&str>, caller: &Caller) -> Result<Json<Switch>, Problem> {
    let order = Order { action: "resume", group, what: serde_json::json!({}), caller };
    let lifted = carried_out(app, order, async { Ok(controls::resume(&*app.state.store, group).await?) }).await?;
    Ok(Json(Switch { stop: None, changed: lifted.is_some() }))
}

/// Stop every write to every group
///
/// It holds from the next write on. Observing, forecasting and deciding go on.
#[utoipa::path(
    put, path = "/stop", tag = "orders", security(("bearer" = ["operator"])), request_body = Why,
    responses((status = 200, body = Switch))
)]
pub(crate) async fn stop_fleet(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    params: Params,
    Body(Why { why }): Body<Why>,
) -> Result<Json<Switch>, Problem> {
    params.only(&[])?;
    throw(&app, None, &caller, &why).await
}

/// Let writes go on
#[utoipa::path(delete, path = "/stop", tag = "orders", security(("bearer" = ["operator"])), responses((status = 200, body = Switch)))]
pub(crate) async fn resume_fleet(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    params: Params,
) -> Result<Json<Switch>, Problem> {
    params.only(&[])?;
    take_back(&app, None, &caller).await
}

/// Stop every write to a group
///
/// It holds from the next write on. Observing, forecasting and deciding go on.
#[utoipa::path(
    put, path = "/groups/{id}/stop", tag = "orders", security(("bearer" = ["operator"])),
    params(("id" = String, Path, description = "The group")), request_body = Why,
    responses((status = 200, body = Switch))
)]
pub(crate) async fn stop_group(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
    Body(Why { why }): Body<Why>,
) -> Result<Json<Switch>, Problem> {
    params.only(&[])?;
    throw(&app, Some(&group.id), &caller, &why).await
}

/// Let writes to a group go on
#[utoipa::path(
    delete, path = "/groups/{id}/stop", tag = "orders", security(("bearer" = ["operator"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = Switch))
)]
pub(crate) async fn resume_group(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Switch>, Problem> {
    params.only(&[])?;
    take_back(&app, Some(&group.id), &caller).await
}
