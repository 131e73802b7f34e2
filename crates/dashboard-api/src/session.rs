//! `GET /api/session`: whom the API takes the caller for.

use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::{Role, Viewer},
    params::Params,
    problem::Problem,
};

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
pub(crate) async fn show(Viewer(caller): Viewer, params: Params) -> Result<Json<Session>, Problem> {
    params.only(&[])?;
    Ok(Json(Session { subject: caller.subject, role: caller.role, expires_at: caller.expires_at }))
}
