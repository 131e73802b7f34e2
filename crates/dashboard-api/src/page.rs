//! The page, built by `scripts/build-web` and embedded into the binary.

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

/// Vite puts every file whose name carries a hash of its content here.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Headroom</title>\
    <h1>The page was not built</h1>\
    <p>This binary was compiled without its page. Run <code>scripts/build-web</code>, which needs Node 20 or newer, \
    then build again. The JSON is there all the same: <a href=\"/api/groups\">/api/groups</a>.</p></html>\n";

/// Answers every path outside of `/api`: a file of the page, or the page itself, which reads the path.
pub(crate) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" {
        return problem::unknown_route(uri).await.into_response();
    }
    if let Some(file) = Dist::get(path).filter(|_| !path.starts_with('.')) {
        return answer(path, file);
    }
    // A file that is gone is gone: the page in place of a script would only break later and elsewhere.
    if path.starts_with(HASHED) || path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    }
    match Dist::get(INDEX) {
        Some(file) => answer(INDEX, file),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// The few kinds of files that the page consists of.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
