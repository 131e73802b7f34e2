//! `GET /api/health`: whether the API answers, and what the page needs to know before anything else.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;

use crate::{AppState, params::Params, problem::Problem};

/// The answer.
#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
    version: &'static str,
    now: Timestamp,
    refresh_seconds: u32,
    groups: usize,
}

/// Answers without asking the store.
pub(crate) async fn show(State(state): State<Arc<AppState>>, params: Params) -> Result<Json<Health>, Problem> {
    params.only(&[])?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        now: state.now(),
        refresh_seconds: state.refresh_seconds.max(1),
        groups: state.fleet.groups.len(),
    }))
}
