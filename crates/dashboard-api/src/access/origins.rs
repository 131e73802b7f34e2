//! Pages of other origins that may use the API.

use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;
use url::Url;

use super::error::AccessError;

/// How long a browser may keep the answer to its question.
const MAX_AGE: Duration = Duration::from_secs(600);

/// What lets pages of these origins, and of no others, use the API from a browser. `None` where there are none: the
/// browser then refuses every page but the dashboard's own.
///
/// An origin is written as browsers do, such as `https://ops.example.org`. The layer goes around
/// [`identify`](super::identify()), because a browser asks without a token first.
///
/// # Errors
///
/// Where an origin is `*` or not an origin.
pub fn cors(origins: &[String]) -> Result<Option<CorsLayer>, AccessError> {
    if origins.is_empty() {
        return Ok(None);
    }
    let origins = origins.iter().map(|origin| exact(origin)).collect::<Result<Vec<_>, _>>()?;
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::PUT, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH])
        .expose_headers([header::ETAG, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(MAX_AGE);
    Ok(Some(layer))
}

fn exact(origin: &str) -> Result<HeaderValue, AccessError> {
    let wrong = |problem: String| AccessError::Origin { origin: origin.to_owned(), problem };
    if origin.contains('*') {
        return Err(wrong("would let every page in: list the origins one by one, such as `https://ops.example.org`".to_owned()));
    }
    let as_browsers_write =
        Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "https" | "http")).map(|url| url.origin());
    match as_browsers_write.map(|origin| origin.ascii_serialization()) {
        Some(exact) if exact == origin => Ok(HeaderValue::from_str(origin).expect("an address in ASCII")),
        Some(exact) => Err(wrong(format!("is not written as browsers do: write `{exact}`"))),
        None => Err(wrong("is not an origin: write scheme and host, such as `https://ops.example.org`".to_owned())),
    }
}
