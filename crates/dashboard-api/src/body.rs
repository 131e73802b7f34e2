//! What a request brings, checked: JSON, of a bounded size, with no field that the route does not know.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{StatusCode, header},
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A body is no longer: 1 MB, which 5,000 rows of history fit in.
pub(crate) const BYTES_MAX: usize = 1_000_000;

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media != "application/json" {
            let detail =
                if kind.is_empty() { "the body has no content type".to_owned() } else { format!("the body is `{kind}`") };
            let cure = "send JSON, with the header `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, cure));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        read(&bytes).map(Self)
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("the body is longer than {BYTES_MAX} bytes");
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail, "send it in several requests");
    }
    Problem::new(StatusCode::BAD_REQUEST, format!("the body ended early: {rejection}"), "send it again")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_syntax() || error.is_eof() {
            return Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}"), "mend it at that place");
        }
        let problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string(), "see the body of this route in `/api/docs`");
        if path == "." { problem } else { problem.of_field(path) }
    })?;
    let end = json.end().map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("the body goes on after its JSON: {error}"), "end it there")
    });
    end.map(|()| body)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Order {
        rows: Vec<Row>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Row {
        instances: u32,
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let check = |text: &str, status: u16, field: Option<&str>, detail: &str| {
            let problem = serde_json::to_value(read::<Order>(text.as_bytes()).unwrap_err()).unwrap();
            assert_eq!((&problem["status"], problem["field"].as_str()), (&status.into(), field), "{text}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains(detail), "{text}: {problem}");
        };
        read::<Order>(br#"{"rows": [{"instances": 3}]}"#).unwrap();
        check("", 400, None, "EOF");
        check("{", 400, None, "EOF");
        check("{]", 400, None, "line 1 column 2");
        check(r#"{"rows": []} x"#, 400, None, "trailing");
        check("3", 422, None, "invalid type: integer");
        check(r#"{"rows": [{"instances": 3}, {"instances": -1}]}"#, 422, Some("rows[1].instances"), "-1");
        check(r#"{"rows": [{"instances": 3, "size": 4}]}"#, 422, Some("rows[0].size"), "unknown field `size`");
        check("{}", 422, None, "missing field `rows`");
    }
}
