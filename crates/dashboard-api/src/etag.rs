//! An answer that the caller has already is not sent again (RFC 9110, `ETag` and `If-None-Match`).

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Answers are made whole before they are sent, and none comes near this.
const BYTES_MAX: usize = 64 << 20;

/// Gives a successful answer to a GET its tag, and answers 304 where the caller has it. The tag is of the content before it is
/// compressed, and so a weak one.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = reads.then(|| request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>());
    let response = next.run(request).await;
    let Some(known) = known.filter(|_| response.status() == StatusCode::OK) else { return response };
    let (mut parts, body) = response.into_parts();
    // An object's own version stands for the object; what is made of several is told by its bytes.
    let (tag, body) = match parts.headers.get(header::ETAG) {
        Some(tag) => (tag.clone(), body),
        None => {
            let Ok(bytes) = to_bytes(body, BYTES_MAX).await else {
                return axum::response::IntoResponse::into_response(Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the answer could not be made whole",
                    "ask for a shorter span",
                ));
            };
            (of_bytes(&bytes), Body::from(bytes))
        }
    };
    let has = known.iter().filter_map(|value| value.to_str().ok()).any(|value| lists(value, &tag));
    parts.headers.insert(header::ETAG, tag);
    // The browser keeps the answer, and asks each time whether it still holds.
    parts.headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if !has {
        return Response::from_parts(parts, body);
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// The tag of an answer's bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let text: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("W/\"{text}\"")).expect("hexadecimal digits in quotes")
}

/// Whether a list of tags holds `tag`, by the weak comparison.
fn lists(list: &str, tag: &HeaderValue) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = tag.to_str().map(bare).unwrap_or_default();
    list.trim() == "*" || list.split(',').any(|one| bare(one) == wanted)
}

/// What a write must find, as the caller says: the version that was read, or nothing there yet.
///
/// # Errors
/// A [`Problem`] (428) where the request names neither: a write that overlooks another's would undo it.
pub(crate) fn expected(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(tag) = text(header::IF_MATCH) {
        return Ok(Some(tag.trim_start_matches("W/").trim_matches('"').to_owned()));
    }
    if text(header::IF_NONE_MATCH) == Some("*") {
        return Ok(None);
    }
    let cure = "read it first, and send its `etag` as `If-Match`; or `If-None-Match: *` where there is none yet";
    Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "the request does not say which version it replaces", cure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let tag = HeaderValue::from_static("W/\"abc\"");
        for list in ["W/\"abc\"", "\"abc\"", "\"x\", W/\"abc\"", "*"] {
            assert!(lists(list, &tag), "{list}");
        }
        for list in ["\"abd\"", "", "\"ab\",\"c\""] {
            assert!(!lists(list, &tag), "{list}");
        }
    }

    #[test]
    fn equal_bytes_have_equal_tags() {
        assert_eq!(of_bytes(b"a"), of_bytes(b"a"));
        assert_ne!(of_bytes(b"a"), of_bytes(b"b"));
    }
}
