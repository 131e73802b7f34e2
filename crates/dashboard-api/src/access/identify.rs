//! The check that stands before every route that is not public.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Access;

/// Lets a request through with its [`Caller`](super::Caller) among the extensions, or answers it: 401 where it is not known
/// who calls, 403 where they have no role, 429 where they ask too often, 503 where the provider's keys cannot be had.
///
/// For [`axum::middleware::from_fn_with_state`].
pub async fn identify(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match access.admit(&parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => refusal.into_response(),
    }
}
