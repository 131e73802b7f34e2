//! The group that a request is about.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use headroom_core::Group;

use crate::{App, problem::Problem};

/// The group named in the path.
pub(crate) struct GroupOf(pub(crate) Group);

impl FromRequestParts<Arc<App>> for GroupOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // Raw, because a name that is not UTF-8 is one more group that does not exist.
        let id = match RawPathParams::from_request_parts(parts, app).await {
            Ok(params) => params.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.to_owned()),
            Err(_) => None,
        };
        let id = id.as_deref().unwrap_or("?");
        of_id(app, id, "id").await.map(Self)
    }
}

/// The group of that `id`, which `field` of the request gave.
///
/// # Errors
/// A [`Problem`] where there is none, or the fleet cannot be read.
pub(crate) async fn of_id(app: &App, id: &str, field: &'static str) -> Result<Group, Problem> {
    let fleet = app.state.fleet.fleet().await?;
    fleet.group(id).cloned().ok_or_else(|| Problem::no_group(id, field))
}
