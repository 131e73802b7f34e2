//! `/api/groups/{id}/mode`: another mode than the configured one.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::fleet::Mode;
use headroom_store::controls;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Order, carried_out, reason};
use crate::{App, access::Operator, body::Body, group::control::Control, group_of::GroupOf, params::Params, problem::Problem};

/// The mode that a group shall have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMode {
    /// `observe`, `scale-out-only` or `active`; `off` has only the configuration.
    mode: Mode,
    /// Why, for the record.
    #[schema(min_length = 1, max_length = 500)]
    why: String,
}

/// Put a group into another mode than the configured one
///
/// It holds from the next tick on, until it is taken back.
#[utoipa::path(
    put, path = "/groups/{id}/mode", tag = "orders", security(("bearer" = ["operator"])),
    params(("id" = String, Path, description = "The group")), request_body = NewMode,
    responses(
        (status = 200, body = Control),
        (status = 409, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
    Body(NewMode { mode, why }): Body<NewMode>,
) -> Result<Json<Control>, Problem> {
    params.only(&[])?;
    let why = reason(&why)?;
    if mode == Mode::Off {
        let cure = "stop the group by its kill switch, or set `mode = \"off\"` in `fleet.toml`";
        return Err(Problem::unusable("mode", "`off` takes the group out of the fleet, which only the configuration does", cure));
    }
    if group.mode == Mode::Off {
        let detail = format!("group `{}` is off in `fleet.toml`: nothing is collected or decided for it", group.id);
        return Err(Problem::conflict(detail, "give it another mode there first"));
    }
    let asked = controls::ModeOverride { mode, at: app.state.now(), by: caller.subject.clone(), why: why.clone() };
    let what = serde_json::json!({ "mode": mode, "configured": group.mode, "why": why });
    let order = Order { action: "mode", group: Some(&group.id), what, caller: &caller };
    let set = carried_out(&app, order, async { Ok(controls::set_mode(&*app.state.store, &group.id, &asked).await?) }).await?;
    Ok(Json(Control::of(Ok(set))?))
}

/// Give a group its configured mode back
#[utoipa::path(
    delete, path = "/groups/{id}/mode", tag = "orders", security(("bearer" = ["operator"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = Control))
)]
pub(crate) async fn clear(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Control>, Problem> {
    params.only(&[])?;
    let store = &*app.state.store;
    let what = serde_json::json!({ "mode": null, "configured": group.mode });
    let order = Order { action: "mode", group: Some(&group.id), what, caller: &caller };
    carried_out(&app, order, async { Ok(controls::clear_mode(store, &group.id).await?) }).await?;
    Ok(Json(Control::of(controls::read(store, Some(&group.id)).await)?))
}
