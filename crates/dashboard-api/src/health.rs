//! What anyone may know: that the API answers, and how to sign in. Nothing of the fleet.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, access::How, params::Params, problem::Problem};

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
