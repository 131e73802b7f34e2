//! The page, built by `scripts/build-web` and embedded into the binary.

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::{headers::page_policy, problem};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

/// The page that shows the description of the API.
const DOCS: &str = "api-docs.html";

/// That page's library sets styles in its own markup, and has its signs in the style sheet.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Other sites that the page may connect to, and what that makes of its policy.
#[derive(Debug, Clone)]
pub struct Sites {
    policy: HeaderValue,
}

impl Default for Sites {
    /// None.
    fn default() -> Self {
        Self::of(&[]).expect("a policy without other sites")
    }
}

impl Sites {
    /// These, by their URLs, such as the issuer that the page signs in with.
    ///
    /// # Errors
    /// Where one is no `https` or `http` URL, in words.
    pub fn of(urls: &[String]) -> Result<Self, String> {
        let mut connect = String::new();
        for text in urls {
            let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
            let origin = url.map(|url| url.origin().ascii_serialization());
            let origin = origin.ok_or_else(|| format!("`{text}` is no site: give a URL such as https://login.example.com"))?;
            connect.push(' ');
            connect.push_str(&origin);
        }
        let policy = HeaderValue::from_str(&page_policy(&connect)).map_err(|error| error.to_string())?;
        Ok(Self { policy })
    }

    pub(crate) fn policy(&self) -> &HeaderValue {
        &self.policy
    }
}

/// Vite puts every file whose name carries a hash of its content here.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Headroom</title>\
    <h1>The page was not built</h1>\
    <p>This binary was compiled without its page. Run <code>scripts/build-web</code>, which needs Node 20 or newer, \
    then build again. The JSON is there all the same: <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></html>\n";

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

/// Answers `/api/docs`.
pub(crate) async fn docs() -> Response {
    let Some(file) = Dist::get(DOCS) else { return (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response() };
    let mut response = answer(DOCS, file);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    response
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
