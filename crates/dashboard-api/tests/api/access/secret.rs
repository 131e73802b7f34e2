//! Tokens of a secret.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use dashboard_api::access::{Access, AccessError, Role, mint};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    forge::{broken, by_secret, rsa, unsigned},
    world::{AUDIENCE, Hands, SECRET, ask, let_in, refused, secret_app, send},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn token(hands: &Hands, role: Role) -> String {
    mint(SECRET, AUDIENCE, "ada", role, HOUR, hands.now()).unwrap()
}

/// A token of the right secret, issuer and audience, with some claims replaced; `null` takes one away.
fn forged(hands: &Hands, changes: &Value) -> String {
    let now = hands.now().as_second();
    let mut claims = json!({"iss": "headroom", "aud": AUDIENCE, "sub": "ada", "exp": now + 600, "roles": ["viewer"]});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    by_secret(SECRET, &json!({"alg": "HS256", "typ": "JWT"}), &claims)
}

#[tokio::test]
async fn each_role_may_what_lower_ones_may() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    for role in Role::ALL {
        let token = token(&hands, role);
        for needed in Role::ALL {
            let answer = ask(&app, &format!("/{needed}"), &token).await;
            if needed <= role {
                assert_eq!(answer.status, StatusCode::OK, "{role} at {needed}");
                let expected = json!({"subject": "ada", "name": null, "role": role, "expires_at": "2026-11-24T13:00:00Z"});
                assert_eq!(answer.body, expected);
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} at {needed}");
                assert_eq!(answer.detail(), format!("this needs the role `{needed}`, and the caller is `{role}`"));
            }
        }
    }
}

#[tokio::test]
async fn a_request_without_a_token_learns_how_to_get_one() {
    let app = secret_app(&Hands::new());
    let answer = send(&app, Request::get("/viewer").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], r#"Bearer realm="headroom""#);
    assert_eq!(answer.detail(), "the request carries no token");
    assert!(answer.body["cure"].as_str().unwrap().contains("/api/auth"));
}

#[tokio::test]
async fn the_header_must_be_one_bearer_token() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    let good = token(&hands, Role::Viewer);
    for (values, status) in [
        (vec![format!("bearer {good}")], StatusCode::OK),
        (vec![good.clone()], StatusCode::UNAUTHORIZED),
        (vec![format!("Basic {good}")], StatusCode::UNAUTHORIZED),
        (vec!["Bearer".to_owned()], StatusCode::UNAUTHORIZED),
        (vec!["Bearer  ".to_owned()], StatusCode::UNAUTHORIZED),
        (vec!["Bearer é".to_owned()], StatusCode::UNAUTHORIZED),
        (vec![format!("Bearer {good}"), format!("Bearer {good}")], StatusCode::UNAUTHORIZED),
    ] {
        let mut request = Request::get("/viewer");
        for value in &values {
            request = request.header(header::AUTHORIZATION, value.as_bytes());
        }
        assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, status, "{values:?}");
    }
    let in_address = Request::get(format!("/viewer?access_token={good}")).body(Body::empty()).unwrap();
    assert_eq!(send(&app, in_address).await.status, StatusCode::UNAUTHORIZED, "tokens in addresses end in logs");
}

#[tokio::test]
async fn garbage_is_refused() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    for garbage in ["x", "a.b", "a.b.c", "....", "a.b.c.d", "%%%.%%%.%%%", "eyJhbGciOiJIUzI1NiJ9..", "null", "e30.e30.e30"] {
        let answer = ask(&app, "/viewer", garbage).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{garbage}");
    }
    refused(&app, &"x".repeat(16 * 1_024), "longer than 16 KB").await;
    refused(&app, &forged(&hands, &json!({"filler": "x".repeat(16_384)})), "longer than 16 KB").await;
    let_in(&app, &forged(&hands, &json!({"filler": "x".repeat(10_000)}))).await;
}

#[tokio::test]
async fn what_the_secret_did_not_sign_is_refused() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    let good = token(&hands, Role::Admin);
    let_in(&app, &good).await;
    refused(&app, &broken(&good), "the signature of the token is not right").await;

    let claims =
        json!({"iss": "headroom", "aud": AUDIENCE, "sub": "ada", "exp": hands.now().as_second() + 600, "roles": "admin"});
    let parts: Vec<_> = good.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], super::forge::base64(claims.to_string()), parts[2]);
    refused(&app, &swapped, "the signature of the token is not right").await;
    let other = mint(b"another secret of more than thirty-two bytes", AUDIENCE, "ada", Role::Admin, HOUR, hands.now()).unwrap();
    refused(&app, &other, "the signature of the token is not right").await;
    refused(&app, &unsigned(&claims), "names an algorithm that proves nothing").await;
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = super::forge::base64(json!({"alg": name}).to_string());
        refused(&app, &format!("{header}.{}.", parts[1]), "names an algorithm that proves nothing").await;
    }
    let stronger = by_secret(SECRET, &json!({"alg": "HS384"}), &claims);
    refused(&app, &stronger, "signed with HS384, which is not accepted").await;
    refused(&app, &rsa().token("r1", &claims), "signed with RS256, which is not accepted").await;
    let critical = by_secret(SECRET, &json!({"alg": "HS256", "crit": ["exp"]}), &claims);
    refused(&app, &critical, "wants extensions").await;
    let unencoded = by_secret(SECRET, &json!({"alg": "HS256", "b64": false}), &claims);
    refused(&app, &unencoded, "wants extensions").await;
}

#[tokio::test]
async fn each_claim_is_checked() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    let now = hands.now().as_second();
    let good: [Value; 8] = [
        json!({}),
        json!({"aud": ["elsewhere", AUDIENCE]}),
        json!({"exp": now - 59}),
        json!({"exp": now as f64 + 0.5}),
        json!({"nbf": now + 60}),
        json!({"nbf": now - 600}),
        json!({"roles": "headroom:viewer"}),
        json!({"sub": "s".repeat(255)}),
    ];
    for changes in good {
        let_in(&app, &forged(&hands, &changes)).await;
    }
    let bad: [(Value, &str); 20] = [
        (json!({"iss": "headroom2"}), "not from the issuer `headroom`"),
        (json!({"iss": null}), "not from the issuer `headroom`"),
        (json!({"iss": ["headroom"]}), "not from the issuer `headroom`"),
        (json!({"aud": "elsewhere"}), "not for the audience `headroom`"),
        (json!({"aud": ["elsewhere"]}), "not for the audience `headroom`"),
        (json!({"aud": []}), "not for the audience `headroom`"),
        (json!({"aud": null}), "not for the audience `headroom`"),
        (json!({"aud": "HEADROOM"}), "not for the audience `headroom`"),
        (json!({"exp": null}), "it has no claim `exp`"),
        (json!({"exp": now - 60}), "the token has expired"),
        (json!({"exp": -1}), "the token has expired"),
        (json!({"exp": 0}), "the token has expired"),
        (json!({"exp": "tomorrow"}), "the claim `exp` of the token is not a time"),
        (json!({"exp": 1e300}), "the claim `exp` of the token is not a time"),
        (json!({"nbf": now + 61}), "not valid yet"),
        (json!({"nbf": "now"}), "the claim `nbf` of the token is not a time"),
        (json!({"sub": null}), "does not tell whose it is"),
        (json!({"sub": ""}), "does not tell whose it is"),
        (json!({"sub": "s".repeat(256)}), "does not tell whose it is"),
        (json!({"sub": "ada\n{\"role\": 1}"}), "does not tell whose it is"),
    ];
    for (changes, why) in bad {
        refused(&app, &forged(&hands, &changes), why).await;
    }
}

#[tokio::test]
async fn a_token_ends_by_the_clock_that_was_given() {
    let hands = Hands::new();
    let app = secret_app(&hands);
    let token = mint(SECRET, AUDIENCE, "ada", Role::Viewer, SignedDuration::from_mins(5), hands.now()).unwrap();
    hands.advance(5 * 60 + 59);
    let_in(&app, &token).await;
    hands.advance(1);
    refused(&app, &token, "the token has expired").await;
}

#[test]
fn what_cannot_be_configured_tells_the_cure() {
    let hands = Hands::new();
    let new = |secret: &[u8], audience: &str| Access::secret(secret, audience, hands.clock()).map(drop).unwrap_err();
    assert_eq!(new(&[b'x'; 31], AUDIENCE), AccessError::ShortSecret { bytes: 31 });
    assert_eq!(
        new(b"", AUDIENCE).to_string(),
        "the secret has 0 bytes, and fewer than 32 can be guessed: make one with `openssl rand -base64 32`"
    );
    assert_eq!(new(SECRET, "").to_string(), "`audience` is empty: name what tokens are for, such as `headroom`");

    let make = |subject: &str, lifetime| mint(SECRET, AUDIENCE, subject, Role::Viewer, lifetime, hands.now()).unwrap_err();
    assert!(matches!(make("", HOUR), AccessError::Field { field: "subject", .. }));
    assert!(matches!(make("a\nb", HOUR), AccessError::Field { field: "subject", .. }));
    for lifetime in [SignedDuration::ZERO, -HOUR, SignedDuration::from_hours(24 * 366 + 1), SignedDuration::MAX] {
        assert!(matches!(make("ada", lifetime), AccessError::Lifetime { .. }), "{lifetime:?}");
    }
    assert!(mint(&SECRET[1..], AUDIENCE, "ada", Role::Viewer, HOUR, hands.now()).is_err());
}

#[test]
fn the_secret_is_not_shown() {
    let access = Access::secret(SECRET, AUDIENCE, Hands::new().clock()).unwrap();
    let shown = format!("{access:?} {access:#?}");
    assert!(shown.contains("Token"), "{shown}");
    assert!(!shown.contains("0123456789abcdef") && !shown.contains("48, 49, 50"), "{shown}");
    assert_eq!(serde_json::to_value(access.how()).unwrap(), json!({"kind": "token"}));
}
