//! Errors as problem documents (RFC 9457), each with its cure.

use std::{any::Any, borrow::Cow};

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use headroom_store::{StoreError, audit::RecordError};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, for programs and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    /// The status in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here.
    detail: String,
    /// The parameter to blame, or the path of the field within the body, such as `events[2].start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    field: Option<Cow<'static, str>>,
    /// What to do about it.
    cure: String,
}

impl Problem {
    /// What is wrong, and what to do about it.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind: "about:blank", title, status: status.as_u16(), detail: detail.into(), field: None, cure: cure.into() }
    }

    /// What is wrong.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The same, with the field to blame.
    pub(crate) fn of_field(self, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// A parameter that cannot be used.
    pub(crate) fn bad_parameter(field: Option<&'static str>, detail: String, cure: String) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, detail, cure);
        match field {
            Some(field) => problem.of_field(field),
            None => problem,
        }
    }

    /// Something that is not there.
    pub(crate) fn not_found(detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail, cure)
    }

    /// No group of that name.
    pub(crate) fn no_group(id: &str, field: &'static str) -> Self {
        let cure = "use an `id` that `/api/groups` lists, or add the group to `fleet.toml`";
        Self::not_found(format!("there is no group `{id}`"), cure).of_field(field)
    }

    /// What is asked for cannot be, as things are now.
    pub(crate) fn conflict(detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail, cure)
    }

    /// A body that is well-formed and still cannot be used.
    pub(crate) fn unusable(field: impl Into<Cow<'static, str>>, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail, cure).of_field(field)
    }

    /// A stored object that is not what it should be.
    pub(crate) fn corrupt(detail: String, cure: String) -> Self {
        tracing::error!(%detail, "a stored object cannot be shown: {detail}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail, cure)
    }
}

impl From<StoreError> for Problem {
    /// What the store itself said stands in the log: it names accounts and buckets, which are no business of a reader.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store did not answer: {error}");
        let broken = StatusCode::INTERNAL_SERVER_ERROR;
        match &error {
            StoreError::Corrupt { .. } => {
                Self::new(broken, error.to_string(), "repair or remove the object; it was left as it is")
            }
            StoreError::Denied { key, .. } => {
                let cure = "grant the dashboard the right to this object of the store; its log says more";
                Self::new(broken, format!("`{key}`: access denied"), cure)
            }
            StoreError::Conflict { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string(), "try again"),
            StoreError::Other { key, .. } => {
                let cure = "try again; if it goes on, the dashboard's log says more";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("`{key}`: the store did not answer"), cure)
            }
        }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Full { key } => {
                let detail = format!("`{key}` is full: no further order of today can be recorded");
                let cure = "give it after midnight UTC, or have the object moved elsewhere; a stop is carried out all the same";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail, cure)
            }
            RecordError::Store(error) => error.into(),
        }
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
    let path = uri.path().strip_prefix("/api").unwrap_or(uri.path());
    Problem::not_found(format!("there is no `/api{path}`"), "look at `/api/docs` for what there is, or start at `/api/groups`")
}

/// Answers a method that the path has not. The header `Allow` tells those that it has.
pub(crate) async fn unknown_method(method: Method) -> Problem {
    let detail = format!("{method} is not answered here");
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        detail,
        "use a method that the header `Allow` names; `/api/docs` tells what each does",
    )
}

/// Answers where a route panicked, which can only be our own bug: a connection that breaks off would tell nobody.
pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let said = headroom_core::panics::said(&*payload);
    tracing::error!("a request came upon a bug: {said}");
    let cure = "report it with what was asked for; the dashboard's log says where it is";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request came upon a bug of the dashboard", cure).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_panic_is_a_problem_and_not_a_broken_connection() {
        async fn bug() -> &'static str {
            panic!("a bug")
        }
        let app = Router::new().route("/", get(bug)).layer(CatchPanicLayer::custom(super::panicked));
        let answer = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (500, &"application/problem+json".parse().unwrap())
        );
    }
}
