//! The group that a request is about.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use headroom_core::Group;

use crate::{AppState, problem::Problem};

/// The group named in the path.
pub(crate) struct GroupOf(pub(crate) Group);

impl FromRequestParts<Arc<AppState>> for GroupOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Problem> {
        // Raw, because a name that is not UTF-8 is one more group that does not exist.
        let id = match RawPathParams::from_request_parts(parts, state).await {
            Ok(params) => params.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.to_owned()),
            Err(_) => None,
        };
        id.as_deref().and_then(|id| state.fleet.group(id)).cloned().map(Self).ok_or_else(|| {
            Problem::not_found(
                Some("id"),
                format!("there is no group `{}`", id.as_deref().unwrap_or("?")),
                "use an `id` that `/api/groups` lists, or add the group to `fleet.toml`".to_owned(),
            )
        })
    }
}
