//! What the caller has is not sent again, and what many ask for is made once.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use dashboard_api::access::Role;
use headroom_store::history;

use crate::common::{NOW, app, app_at, at, bytes, filled, json, minutes, observation, request, send};

const PATHS: [&str; 6] = [
    "/api/groups",
    "/api/groups/web",
    "/api/groups/web/history",
    "/api/groups/web/decisions",
    "/api/calendar",
    "/api/openapi.json",
];

#[tokio::test]
async fn an_answer_that_has_not_changed_is_not_sent_again() {
    let app = app().await;
    for path in PATHS {
        let first = send(&app, request(Method::GET, path, Some(Role::Viewer), None)).await;
        assert_eq!(first.status(), StatusCode::OK, "{path}");
        let tag = first.headers()[header::ETAG].clone();
        let again = |tag: &str| {
            let mut asked = request(Method::GET, path, Some(Role::Viewer), None);
            asked.headers_mut().insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            asked
        };
        let known = send(&app, again(tag.to_str().unwrap())).await;
        assert_eq!((known.status(), known.headers().get(header::ETAG)), (StatusCode::NOT_MODIFIED, Some(&tag)), "{path}");
        assert!(bytes(known).await.is_empty(), "{path}");
        assert_eq!(send(&app, again("\"other\"")).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_tag_holds_within_a_step_and_falls_with_a_new_row() {
    let store = Arc::new(filled().await);
    let path = "/api/groups/web/history?hours=2";
    let tag = async |now: &str| {
        let response = send(&app_at(store.clone(), now), request(Method::GET, path, Some(Role::Viewer), None)).await;
        response.headers()[header::ETAG].clone()
    };
    let first = tag("2026-11-24T12:06:00Z").await;
    assert_eq!(tag("2026-11-24T12:08:30Z").await, first);
    history::merge(&*store, "web", &[observation(at("2026-11-24T12:05:00Z"), 50.0, 4.0)]).await.unwrap();
    assert_ne!(tag("2026-11-24T12:08:30Z").await, first);
}

#[tokio::test]
async fn lists_come_in_parts_that_make_the_whole() {
    let app = app().await;
    let whole = json(&app, "/api/groups/web/decisions").await;
    let mut parts = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = json(&app, &format!("/api/groups/web/decisions?limit=7{cursor}")).await;
        assert_eq!(part["total"], 24);
        parts.extend(part["decisions"].as_array().unwrap().clone());
        match part["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(&parts, whole["decisions"].as_array().unwrap());
    let rows = json(&app, "/api/metrics?group=web&limit=5").await;
    assert_eq!((rows["rows"].as_array().unwrap().len(), rows["total"].as_u64()), (5, Some(24)));
    let rest = json(&app, &format!("/api/metrics?group=web&cursor={}", rows["next"].as_str().unwrap())).await;
    assert_eq!(
        (rest["rows"].as_array().unwrap().len(), rest["rows"][0]["timestamp"].as_str()),
        (19, Some("2026-11-24T10:30:00Z"))
    );
}

#[tokio::test]
async fn a_span_may_lie_anywhere() {
    let app = app_at(Arc::new(filled().await), "2026-12-24T12:00:00Z");
    let from = at(NOW) - minutes(60);
    let history = json(&app, &format!("/api/groups/web/history?from={from}&to={NOW}")).await;
    assert_eq!(history["rows"].as_array().unwrap().len(), 12, "11:05 to 12:00");
    let decisions = json(&app, &format!("/api/groups/web/decisions?from={from}&to={NOW}&changes=true")).await;
    assert_eq!(decisions["total"], 2, "those made at 11:06 and 12:06");
}
