//! Errors as problem documents (RFC 9457), each with its cure.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use headroom_store::StoreError;
use serde::Serialize;

/// What went wrong, for programs and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here.
    detail: String,
    /// The parameter to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// What to do about it.
    cure: String,
}

impl Problem {
    fn new(status: StatusCode, detail: String, field: Option<&'static str>, cure: String) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind: "about:blank", title, status: status.as_u16(), detail, field, cure }
    }

    /// A parameter that cannot be used.
    pub(crate) fn bad_parameter(field: Option<&'static str>, detail: String, cure: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail, field, cure)
    }

    /// Something that is not there.
    pub(crate) fn not_found(field: Option<&'static str>, detail: String, cure: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail, field, cure)
    }

    /// A stored object that is not what it should be.
    pub(crate) fn corrupt(detail: String, cure: String) -> Self {
        tracing::error!(%detail, "a stored object cannot be shown: {detail}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail, None, cure)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        let (status, cure) = match &error {
            StoreError::Corrupt { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "repair or remove the object; it was left as it is")
            }
            StoreError::Denied { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "grant the dashboard the right to read the store"),
            StoreError::Conflict { .. } | StoreError::Other { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "try again; if it goes on, check that the store can be reached")
            }
        };
        tracing::error!(%error, "the store did not answer: {error}");
        Self::new(status, detail, None, cure.to_owned())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).expect("made from a status");
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// Answers a path under `/api` that is none.
pub(crate) async fn unknown_route(uri: Uri) -> Problem {
    Problem::not_found(
        None,
        format!("there is no `/api{}`", uri.path()),
        "start at `/api/groups`; of a group there are `history`, `forecast`, `forecasts`, `decisions`, `events`, `anomalies` and `model`"
            .to_owned(),
    )
}

/// Answers every method that would write.
pub(crate) async fn only_get(method: Method) -> Problem {
    let detail = format!("{method} is not answered here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail, None, "use GET: this API only reads".to_owned())
}
