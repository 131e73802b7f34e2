//! What anyone may know: that the API answers, and how to sign in. Nothing of the fleet.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::{How, Role, Viewer},
    params::Params,
    problem::Problem,
};

/// That the API answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `ok`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Version of Headroom.
    #[schema(value_type = String)]
    version: &'static str,
}

/// Whether the API answers; the store is not asked
#[utoipa::path(get, path = "/health", tag = "access", responses((status = 200, body = Alive)))]
pub(crate) async fn show(params: Params) -> Result<Json<Alive>, Problem> {
    params.only(&[])?;
    Ok(Json(Alive { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// How to get a token
#[utoipa::path(get, path = "/auth", tag = "access", responses((status = 200, body = How)))]
pub(crate) async fn auth(State(app): State<Arc<App>>, params: Params) -> Result<Json<How>, Problem> {
    params.only(&[])?;
    Ok(Json(app.access.how()))
}

/// Whom the API takes the caller for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// The caller, as every record of a write names it.
    subject: String,
    /// What the caller may do.
    role: Role,
    /// When the token is no longer good; none where there is no token.
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

/// Whom the API takes you for
#[utoipa::path(get, path = "/session", tag = "access", security(("bearer" = ["viewer"])), responses((status = 200, body = Session)))]
pub(crate) async fn session(Viewer(caller): Viewer, params: Params) -> Result<Json<Session>, Problem> {
    params.only(&[])?;
    Ok(Json(Session { subject: caller.subject, role: caller.role, expires_at: caller.expires_at }))
}
