//! Every route for every role, and without a token.

use axum::http::{Method, StatusCode, header};
use dashboard_api::{access::Role, openapi};
use serde_json::{Value, json};

use crate::common::{app, bytes, request, send};

const ROLES: [Role; 3] = [Role::Viewer, Role::Operator, Role::Admin];

/// A route as the description tells it: method, path with a group filled in, and the role that it wants.
fn routes() -> Vec<(Method, String, Option<Role>)> {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let role = operation["security"][0]["bearer"][0].as_str().map(|name| serde_json::from_value(name.into()).unwrap());
            let asks_for_group = operation["parameters"].as_array().into_iter().flatten().any(|named| named["name"] == "group");
            let query = if asks_for_group { "?group=web" } else { "" };
            let path = format!("{}{query}", path.replace("{id}", "web"));
            routes.push((method.to_uppercase().parse().unwrap(), path, role));
        }
    }
    routes
}

/// A body that every order takes or refuses for what it says, but not for who sends it.
fn body(method: &Method) -> Option<Value> {
    (method != Method::GET && method != Method::DELETE).then(|| json!({}))
}

#[tokio::test]
async fn every_route_takes_its_role_and_those_above_and_refuses_all_others() {
    let routes = routes();
    assert!(routes.len() >= 30 && routes.iter().any(|(.., role)| *role == Some(Role::Admin)), "{}", routes.len());
    let app = app().await;
    for (method, path, needed) in &routes {
        let anonymous = send(&app, request(method.clone(), path, None, body(method).as_ref())).await;
        let Some(needed) = needed else {
            assert_eq!(anonymous.status(), StatusCode::OK, "{method} {path} is for anyone");
            continue;
        };
        assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(anonymous.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer"), "{method} {path}");
        for role in ROLES {
            let response = send(&app, request(method.clone(), path, Some(role), body(method).as_ref())).await;
            let status = response.status();
            if role >= *needed {
                assert!(
                    ![401, 403].contains(&status.as_u16()) && !status.is_server_error(),
                    "{method} {path} as {role}: {status}"
                );
                continue;
            }
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} as {role}");
            let problem: Value = serde_json::from_slice(&bytes(response).await).unwrap();
            let told = problem.to_string();
            assert!(told.contains(needed.name()) && told.contains(role.name()), "{method} {path}: {told}");
        }
    }
}

#[tokio::test]
async fn the_session_is_the_callers_own() {
    let app = app().await;
    for role in ROLES {
        let response = send(&app, request(Method::GET, "/api/session", Some(role), None)).await;
        let session: Value = serde_json::from_slice(&bytes(response).await).unwrap();
        assert_eq!((session["subject"].as_str(), session["role"].as_str()), (Some(role.name()), Some(role.name())));
        assert!(session["expires_at"].is_string());
    }
}

#[tokio::test]
async fn tokens_that_are_not_ours_open_nothing() {
    let app = app().await;
    let good = crate::common::token(Role::Admin);
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let other = dashboard_api::access::mint(
        b"another secret, as long as the one that counts",
        "tests",
        "mallory",
        Role::Admin,
        jiff::SignedDuration::from_hours(1),
        crate::common::at(crate::common::NOW),
    )
    .unwrap();
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    let unsigned = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let raised = BASE64.encode(r#"{"iss":"headroom","aud":"tests","sub":"mallory","roles":["admin"],"exp":4102444800}"#);
    let forgeries = [
        ("nothing", String::new()),
        ("garbage", "abc.def.ghi".to_owned()),
        ("another secret", other),
        ("no algorithm", format!("{unsigned}.{claims}.")),
        ("no algorithm, signature kept", format!("{unsigned}.{claims}.{signature}")),
        ("claims of one's own", format!("{head}.{raised}.{signature}")),
        ("no signature", format!("{head}.{claims}.")),
    ];
    for (what, token) in forgeries {
        let mut asked = request(Method::GET, "/api/groups", None, None);
        asked.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        let response = send(&app, asked).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
        let answer = String::from_utf8(bytes(response).await).unwrap();
        assert!(token.is_empty() || !answer.contains(&token), "{what} is not sent back: {answer}");
    }
}
