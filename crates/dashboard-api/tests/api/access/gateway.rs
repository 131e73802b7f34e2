//! Callers of API Gateway.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use dashboard_api::access::{Access, GatewayCaller};
use serde_json::json;

use super::world::{Hands, app, send};

const ARN: &str = "arn:aws:sts::123456789012:assumed-role/ops/ada";

#[tokio::test]
async fn whom_the_gateway_lets_in_is_an_admin() {
    let app = app(Access::gateway(Hands::new().clock()));
    let request = Request::get("/admin").extension(GatewayCaller { arn: ARN.to_owned() }).body(Body::empty()).unwrap();
    let answer = send(&app, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"subject": ARN, "name": null, "role": "admin", "expires_at": null}));
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let app = app(Access::gateway(Hands::new().clock()));
    for request in [
        Request::get("/viewer"),
        Request::get("/viewer").extension(GatewayCaller { arn: String::new() }),
        Request::get("/viewer").header("x-amzn-request-context", format!(r#"{{"identity": {{"userArn": "{ARN}"}}}}"#)),
        Request::get("/viewer")
            .header(header::AUTHORIZATION, "AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-central-1/execute-api"),
    ] {
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.detail(), "the request did not come through API Gateway with IAM");
    }
}

#[tokio::test]
async fn requests_that_did_not_come_through_it_shut_nobody_out() {
    let app = app(Access::gateway(Hands::new().clock()));
    for _ in 0..20 {
        send(&app, Request::get("/viewer").body(Body::empty()).unwrap()).await;
    }
    let request = Request::get("/viewer").extension(GatewayCaller { arn: ARN.to_owned() }).body(Body::empty()).unwrap();
    assert_eq!(send(&app, request).await.status, StatusCode::OK);
}

#[test]
fn the_page_learns_that_no_token_is_wanted() {
    let access = Access::gateway(Hands::new().clock());
    assert_eq!(serde_json::to_value(access.how()).unwrap(), json!({"kind": "gateway"}));
}
