//! Requests that are not let in, as answers.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::role::Role;
use crate::problem::Problem;

const CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="headroom""#);
const CHALLENGE_INVALID: HeaderValue = HeaderValue::from_static(r#"Bearer realm="headroom", error="invalid_token""#);

/// Why a request is not let in. Its answer is a problem document that tells the cure.
///
/// It never holds any part of a token.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    detail: String,
    cure: String,
    challenge: Option<HeaderValue>,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), cure: cure.into(), challenge: None, retry_after: None }
    }

    /// The request says nothing about who sent it.
    pub(super) fn no_token(detail: &str, cure: &str) -> Self {
        Self { challenge: Some(CHALLENGE), ..Self::new(StatusCode::UNAUTHORIZED, detail, cure) }
    }

    /// A token that proves nothing.
    pub(super) fn invalid(detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { challenge: Some(CHALLENGE_INVALID), ..Self::new(StatusCode::UNAUTHORIZED, detail, cure) }
    }

    /// The caller is known and has no role here.
    pub(super) fn no_role(claim: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("the token is good, but its claim `{claim}` names no role of Headroom"),
            format!(
                "let the provider put `headroom-viewer`, `headroom-operator` or `headroom-admin` (or the same without `headroom-`) \
                 into the claim `{claim}`, as a string or within an array of strings, and log in again"
            ),
        )
    }

    /// The caller's role is too low.
    pub(super) fn role_too_low(needed: Role, role: Role) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("this needs the role `{needed}`, and the caller is `{role}`"),
            format!("ask someone with the role `{needed}`, or have that role given to you and log in again"),
        )
    }

    /// A known caller asks too often.
    pub(super) fn too_many_requests(wait: Duration) -> Self {
        let detail = "this caller has sent more requests than are allowed";
        Self::slowed(wait, detail, "wait as long as `Retry-After` says, and ask less often")
    }

    /// Too many requests from the same address proved nothing.
    pub(super) fn too_many_failures(wait: Duration) -> Self {
        let detail = "too many requests from this address had no token, or one that is not good";
        Self::slowed(wait, detail, "wait as long as `Retry-After` says, then log in again for a new token")
    }

    fn slowed(wait: Duration, detail: &str, cure: &str) -> Self {
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail, cure) }
    }

    /// The token cannot be checked, because the provider's keys cannot be had.
    pub(super) fn provider_away(issuer: &str, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("the token cannot be checked: the keys of `{issuer}` could not be fetched"),
                "try again shortly; if it goes on, look into the server's log for why, and check that the server reaches the provider",
            )
        }
    }

    /// A route that asks for a role and is not behind [`identify`](super::identify()).
    pub(super) fn unguarded() -> Self {
        tracing::error!("a route that needs a role was reached without a caller: lay `identify` around it");
        let cure = "report this: the route must stand behind the check of callers";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "nobody has checked who calls", cure)
    }

    /// The request is for another server.
    pub(super) fn misdirected() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "the header `Host` names no host that is served here",
            "use `http://127.0.0.1`, `http://localhost` or a name that the server was configured with",
        )
    }

    /// Whether the request did not prove who sent it, so that it counts as a guess.
    pub(super) fn is_failed_authentication(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// What is wrong, in words.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Problem::new(self.status, self.detail, self.cure).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after {
            // In whole seconds, rounded up: who waits that long is let in.
            let seconds = wait.as_millis().div_ceil(1_000).max(1) as u64;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
