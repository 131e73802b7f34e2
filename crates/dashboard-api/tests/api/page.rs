//! The page: embedded where it was built, a plain word where it was not.

use axum::http::{StatusCode, header};

use crate::common::{app, bytes, get};

/// Paths that start with `/assets/` in the page's HTML.
fn assets(html: &str) -> Vec<String> {
    html.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_view_is_the_page() {
    let app = app().await;
    let response = get(&app, "/").await;
    let built = response.status() == StatusCode::OK;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let html = String::from_utf8(bytes(response).await).unwrap();
    if built {
        assert!(!assets(&html).is_empty(), "{html}");
        assert!(!html.contains("<style") && !html.contains("style=\""), "the policy forbids inline style");
    } else {
        assert!(html.contains("scripts/build-web"), "{html}");
    }
    for view in ["/groups/web", "/groups/new/"] {
        assert_eq!(bytes(get(&app, view).await).await, html.as_bytes(), "{view}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_and_the_page_is_asked_for_anew() {
    let app = app().await;
    let response = get(&app, "/").await;
    if response.status() != StatusCode::OK {
        return;
    }
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    let html = String::from_utf8(bytes(response).await).unwrap();
    for path in assets(&html) {
        let response = get(&app, &path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable", "{path}");
        let expected = if path.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
        assert_eq!(response.headers()[header::CONTENT_TYPE], expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_gone_is_not_the_page() {
    let app = app().await;
    for path in ["/assets/index-00000000.js", "/favicon.ico", "/.stamp", "/.env", "/../Cargo.toml", "/robots.txt"] {
        assert_eq!(get(&app, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
