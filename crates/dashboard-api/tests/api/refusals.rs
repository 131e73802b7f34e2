//! What is refused, and how.

use axum::http::{Method, StatusCode, header};
use dashboard_api::access::Role;

use crate::common::{app, bytes, get, json, problem, request, send};

#[tokio::test]
async fn every_bad_parameter_names_field_and_cure() {
    let app = app().await;
    let mut problems = Vec::new();
    for path in [
        "/api/groups/nope/history",
        "/api/groups/%FF/history",
        "/api/groups/web/history?hours=abc",
        "/api/groups/web/history?hours=0",
        "/api/groups/web/history?hours=673",
        "/api/groups/web/history?hours=",
        "/api/groups/web/history?hours=99999999999999999999",
        "/api/groups/web/history?hour=3",
        "/api/groups/web/decisions?limit=0",
        "/api/groups/web/decisions?limit=201",
        "/api/groups/web/decisions?changes=yes",
        "/api/groups/web/events?ahead_hours=-1",
        "/api/groups/web/forecast?hours=3",
        "/api/groups/web/history?from=yesterday",
        "/api/groups/web/history?from=2026-11-24T12:00:00Z&to=2026-11-24T11:00:00Z",
        "/api/groups/web/history?from=2026-10-01T00:00:00Z",
        "/api/groups/web/history?from=-009999-01-02T00:00:00Z&to=-009999-01-03T00:00:00Z",
        "/api/groups/web/history?from=2026-11-24T11:00:00Z&hours=3",
        "/api/groups/web/decisions?cursor=later",
        "/api/groups/web/events?to=2026-11-24T12:00:00Z&ahead_hours=3",
        "/api/metrics",
        "/api/metrics?group=nope",
        "/api/predictions?group=nope",
        "/api/session?token=abc",
        "/api/nothing",
        "/api/groups/web/nothing",
        "/api",
    ] {
        let mut body = problem(&app, path).await;
        body["path"] = path.into();
        problems.push(body);
    }
    assert_snapshot_of!(problems);
}

#[tokio::test]
async fn the_ends_of_a_range_are_allowed() {
    let app = app().await;
    for path in [
        "/api/groups/web/history?hours=1",
        "/api/groups/web/history?hours=672",
        "/api/groups/web/forecasts?hours=672",
        "/api/groups/web/decisions?limit=1",
        "/api/groups/web/decisions?limit=200&changes=false",
        "/api/groups/web/events?hours=672&ahead_hours=0",
        "/api/groups/web/events?ahead_hours=672",
    ] {
        json(&app, path).await;
    }
}

#[tokio::test]
async fn a_method_that_a_path_has_not_is_a_problem_that_names_those_it_has() {
    let app = app().await;
    for (path, allowed) in [("/api/groups", "GET,HEAD"), ("/api/groups/web/stop", "PUT,DELETE"), ("/api/health", "GET,HEAD")] {
        for method in [Method::POST, Method::PATCH] {
            let response = send(&app, request(method.clone(), path, Some(Role::Admin), None)).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{method} {path}");
            let names = response.headers()[header::ALLOW].to_str().unwrap().replace(' ', "");
            for name in allowed.split(',') {
                assert!(names.split(',').any(|has| has == name), "{path}: {names}");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = app().await;
    for path in ["/", "/api/groups", "/api/nothing", "/assets/gone.js"] {
        let response = get(&app, path).await;
        let headers = response.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{path}: CORS is closed");
        assert!(headers.contains_key(header::CACHE_CONTROL), "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
    }
    assert_eq!(get(&app, "/api/groups").await.headers()[header::CACHE_CONTROL], "private, no-cache");
    assert_eq!(get(&app, "/api/nothing").await.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn answers_are_compressed_where_asked_for() {
    let app = app().await;
    let path = "/api/groups/web/decisions";
    let plain = bytes(get(&app, path).await).await.len();
    let mut asked = request(Method::GET, path, Some(Role::Viewer), None);
    asked.headers_mut().insert(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
    let response = send(&app, asked).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert!(bytes(response).await.len() < plain / 4);
}
