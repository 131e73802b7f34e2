//! `GET /api/groups/{id}/backtest`: what Headroom would have done on the group's own history.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::backtests::{self, StoredBacktest};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, access::Viewer, group_of::GroupOf, params::Params, problem::Problem};

/// What came of replaying a group's own history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupBacktest {
    /// The group.
    group: String,
    /// When it was made.
    made_at: Timestamp,
    /// By which command.
    command: String,
    /// How many days were replayed.
    days: f64,
    /// What `headroom backtest --json` writes: world, policies and frontier.
    #[schema(value_type = Object)]
    result: serde_json::Value,
}

/// The newest backtest on a group's own history
#[utoipa::path(
    get, path = "/groups/{id}/backtest", tag = "models", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = GroupBacktest))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<GroupBacktest>, Problem> {
    params.only(&[])?;
    let Some(StoredBacktest { group, made_at, command, days, result, .. }) =
        backtests::latest(&*app.state.store, &group.id).await?
    else {
        let cure = format!("make one with `headroom backtest --group {} --store URL`", group.id);
        return Err(Problem::not_found(format!("there is no backtest of group `{}` yet", group.id), cure));
    };
    Ok(Json(GroupBacktest { group, made_at, command, days, result }))
}
