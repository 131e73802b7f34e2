//! Hosts, origins, and routes that nobody guards.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
    middleware,
};
use dashboard_api::access::{Access, Hosts, Role, cors, mint, only_hosts};
use jiff::SignedDuration;
use tower::ServiceExt;

use super::world::{AUDIENCE, Hands, SECRET, app, open, send};

const ORIGIN: &str = "https://ops.example.org";

fn hosted(hosts: Hosts) -> Router {
    let page = Router::new().fallback(async || "{}");
    page.layer(middleware::from_fn_with_state(Arc::new(hosts), only_hosts))
}

#[tokio::test]
async fn only_names_of_this_machine_are_answered() {
    let app = hosted(Hosts::loopback().and("Ops.example.org").unwrap());
    for host in ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8080", "ops.example.org:443"] {
        let request = Request::get("/").header(header::HOST, host).body(Body::empty()).unwrap();
        assert_eq!(send(&app, request).await.status, StatusCode::OK, "{host}");
    }
    for host in [
        "evil.example.org",
        "127.0.0.1.evil.example.org",
        "localhost.evil.example.org",
        "localhost@evil.example.org",
        "evil.example.org@localhost",
        "127.0.0.2",
        "0.0.0.0",
        "[::2]",
        "::1",
        "",
        " ",
        "localhost/evil",
    ] {
        let request = Request::get("/api/health").header(header::HOST, host).body(Body::empty()).unwrap();
        let answer = send(&app, request).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert_eq!(answer.detail(), "the header `Host` names no host that is served here");
    }
    let without = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(send(&app, without).await.status, StatusCode::MISDIRECTED_REQUEST);
    let two = Request::get("/").header(header::HOST, "localhost").header(header::HOST, "evil.example.org").body(Body::empty());
    assert_eq!(send(&app, two.unwrap()).await.status, StatusCode::MISDIRECTED_REQUEST);
    let whole_address = Request::get("http://evil.example.org/").header(header::HOST, "localhost").body(Body::empty());
    assert_eq!(send(&app, whole_address.unwrap()).await.status, StatusCode::MISDIRECTED_REQUEST);
    let without_header = Request::get("http://localhost:8080/").body(Body::empty()).unwrap();
    assert_eq!(send(&app, without_header).await.status, StatusCode::OK, "as HTTP/2 names it");
}

#[test]
fn hosts_are_names() {
    for good in ["ops.example.org", "192.0.2.1", "[2001:db8::1]"] {
        assert!(Hosts::loopback().and(good).is_ok(), "{good}");
    }
    for bad in ["", "*", "https://ops.example.org", "ops.example.org:443", "ops.example.org/", "a b", "user@ops.example.org"] {
        let error = Hosts::loopback().and(bad).unwrap_err().to_string();
        assert!(error.contains("is not the name of a host"), "{bad}: {error}");
    }
}

fn origins(list: &[&str]) -> Vec<String> {
    list.iter().map(|origin| (*origin).to_owned()).collect()
}

fn with_origins(list: &[&str]) -> Router {
    let hands = Hands::new();
    let app = app(Access::secret(SECRET, AUDIENCE, hands.clock()).unwrap());
    match cors(&origins(list)).unwrap() {
        Some(layer) => app.layer(layer),
        None => app,
    }
}

async fn preflight(app: &Router, origin: &str) -> (StatusCode, HeaderMap) {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/operator")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PUT")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,if-match,content-type")
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    (response.status(), response.headers().clone())
}

#[tokio::test]
async fn without_origins_no_page_is_let_in() {
    let (status, headers) = preflight(&with_origins(&[]), ORIGIN).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{headers:?}");
}

#[tokio::test]
async fn the_configured_origins_are_let_in_and_no_others() {
    let app = with_origins(&["https://other.example.org", ORIGIN]);
    let (status, headers) = preflight(&app, ORIGIN).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_METHODS], "GET,PUT,POST,DELETE");
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization,content-type,if-match,if-none-match");
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "tokens, not cookies");
    for stranger in [
        "https://evil.example.org",
        "http://ops.example.org",
        "https://ops.example.org:444",
        "null",
        "https://ops.example.org.evil",
    ] {
        let (_, headers) = preflight(&app, stranger).await;
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{stranger}: {headers:?}");
    }

    let token = mint(SECRET, AUDIENCE, "ada", Role::Viewer, SignedDuration::from_hours(1), Hands::new().now()).unwrap();
    let request = Request::get("/viewer").header(header::ORIGIN, ORIGIN).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    let exposed = answer.headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
    assert!(exposed.contains("etag") && exposed.contains("retry-after"), "{exposed}");
    assert!(answer.headers[header::VARY].to_str().unwrap().contains("origin"));
    let refused = send(&app, Request::get("/viewer").header(header::ORIGIN, ORIGIN).body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "an origin is no caller");
    assert_eq!(refused.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN, "so that the page can read why");
}

#[test]
fn origins_are_exact() {
    assert!(cors(&origins(&["http://localhost:5173", ORIGIN])).is_ok());
    for (bad, why) in [
        ("*", "would let every page in: list the origins one by one"),
        ("https://*.example.org", "would let every page in"),
        ("null", "is not an origin"),
        ("", "is not an origin"),
        ("ops.example.org", "is not an origin"),
        ("ftp://ops.example.org", "is not an origin"),
        ("https://ops.example.org/", "write `https://ops.example.org`"),
        ("https://ops.example.org/page", "write `https://ops.example.org`"),
        ("https://OPS.example.org", "write `https://ops.example.org`"),
        ("https://ops.example.org:443", "write `https://ops.example.org`"),
        ("https://user@ops.example.org", "write `https://ops.example.org`"),
    ] {
        let error = cors(&origins(&[ORIGIN, bad])).map(drop).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the origin `{bad}` ")) && error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_route_that_nobody_guards_answers_nobody() {
    for path in ["/viewer", "/operator", "/admin"] {
        let answer = send(&open(), Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(answer.detail(), "nobody has checked who calls");
    }
}
