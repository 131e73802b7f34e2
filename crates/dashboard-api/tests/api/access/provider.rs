//! Tokens of a provider.

use std::sync::Arc;

use axum::http::StatusCode;
use dashboard_api::access::{Access, FetchKeys, Provider};
use serde_json::{Value, json};

use super::{
    forge::{Pair, base64, broken, by_secret, ec, rsa, stranger, unsigned},
    world::{
        AUDIENCE, DISCOVERY, Hands, ISSUER, JWKS, Played, ask, claims, claims_with, let_in, provider_app, provider_app_of,
        refused, usual,
    },
};

#[tokio::test]
async fn both_kinds_of_keys_let_in() {
    let (app, played, hands) = usual();
    for (pair, kid) in [(rsa(), "r1"), (ec(), "e1")] {
        let all = claims_with(&hands, &json!({"name": "Ada Lovelace", "email": "ada@example.org"}));
        let caller = let_in(&app, &pair.token(kid, &all)).await;
        let expected =
            json!({"subject": "ada", "name": "Ada Lovelace", "role": "operator", "expires_at": "2026-11-24T12:10:00Z"});
        assert_eq!(caller, expected, "{kid}");
    }
    assert_eq!(played.addresses(), [DISCOVERY, JWKS], "the keys are kept");
}

#[tokio::test]
async fn forgeries_are_refused() {
    let (app, _, hands) = usual();
    let all = claims(&hands);
    let_in(&app, &rsa().token("r1", &all)).await;

    refused(&app, &broken(&rsa().token("r1", &all)), "the signature of the token is not right").await;
    refused(&app, &broken(&ec().token("e1", &all)), "the signature of the token is not right").await;
    refused(&app, &stranger().token("r1", &all), "the signature of the token is not right").await;
    refused(&app, &stranger().token("unheard-of", &all), "a key that the provider does not list").await;
    refused(&app, &unsigned(&all), "names an algorithm that proves nothing").await;
    refused(&app, "garbage", "what was sent as a token is none").await;

    // Algorithm confusion: the public key, which everybody knows, taken for a secret, in each form that it is known in.
    let jwk = rsa().jwk("r1");
    for secret in [rsa().public_der(), jwk["n"].as_str().unwrap().into(), jwk.to_string().into_bytes(), pem(&rsa().public_der())]
    {
        let token = by_secret(&secret, &json!({"alg": "HS256", "kid": "r1"}), &all);
        refused(&app, &token, "signed with HS256, which is not accepted here").await;
    }
    // A key that signs, but not this way.
    refused(&app, &rsa().token_with(&json!({"alg": "RS256", "kid": "e1"}), &all), "does not sign with RS256").await;
    refused(&app, &ec().token_with(&json!({"alg": "ES256", "kid": "r1"}), &all), "does not sign with ES256").await;
    for alg in ["RS384", "RS512", "PS256", "ES384", "EdDSA", "HS512"] {
        let token = rsa().token_with(&json!({"alg": alg, "kid": "r1"}), &all);
        refused(&app, &token, &format!("signed with {alg}, which is not accepted here")).await;
    }
    // A key that the token brings along proves nothing.
    let own = json!({"alg": "RS256", "kid": "mine", "jwk": stranger().jwk("mine"), "jku": "https://evil.example.org/keys"});
    refused(&app, &stranger().token_with(&own, &all), "a key that the provider does not list").await;
    let own = json!({"alg": "RS256", "kid": "r1", "jwk": stranger().jwk("r1")});
    refused(&app, &stranger().token_with(&own, &all), "the signature of the token is not right").await;
}

/// The way in which public keys are passed around.
fn pem(der: &[u8]) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", BASE64_STANDARD.encode(der)).into_bytes()
}

#[tokio::test]
async fn each_claim_is_checked() {
    let (app, _, hands) = usual();
    let now = hands.now().as_second();
    for (changes, why) in [
        (json!({"iss": "https://login.example.org/realms/other"}), "not from the issuer"),
        (json!({"iss": format!("{ISSUER}/")}), "not from the issuer"),
        (json!({"aud": "other"}), "not for the audience"),
        (json!({"aud": null}), "not for the audience"),
        (json!({"aud": null, "client_id": "other"}), "not for the audience"),
        (json!({"aud": "other", "client_id": AUDIENCE}), "not for the audience"),
        (json!({"aud": 7, "client_id": AUDIENCE}), "not for the audience"),
        (json!({"exp": now - 61}), "the token has expired"),
        (json!({"exp": null}), "it has no claim `exp`"),
        (json!({"nbf": now + 120}), "not valid yet"),
        (json!({"sub": null}), "does not tell whose it is"),
    ] {
        refused(&app, &rsa().token("r1", &claims_with(&hands, &changes)), why).await;
    }
}

/// Access tokens of Amazon Cognito have no audience.
#[tokio::test]
async fn a_token_without_an_audience_may_name_its_client() {
    let (app, _, hands) = usual();
    let token = rsa().token("r1", &claims_with(&hands, &json!({"aud": null, "client_id": AUDIENCE})));
    let_in(&app, &token).await;
}

/// Keys that are listed and must not be believed, each with what it is made from.
fn changed(mut jwk: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

#[tokio::test]
async fn keys_that_are_unfit_are_refused() {
    let weak = json!({"kty": "RSA", "kid": "k", "e": "AQAB", "n": base64([&[0x80][..], &[1; 127]].concat())});
    let padded = json!({"kty": "RSA", "kid": "k", "e": "AQAB", "n": base64([&[0; 129][..], &[1; 127]].concat())});
    let just_short = json!({"kty": "RSA", "kid": "k", "e": "AQAB", "n": base64([&[0x7F][..], &[1; 255]].concat())});
    for (pair, jwk, why) in [
        (rsa(), weak, "an RSA key of 1024 bits, and fewer than 2048"),
        (rsa(), padded, "an RSA key of 1009 bits, and fewer than 2048"),
        (rsa(), just_short, "an RSA key of 2047 bits, and fewer than 2048"),
        (rsa(), changed(rsa().jwk("k"), &json!({"use": "enc"})), "not for signatures (`use`)"),
        (rsa(), changed(rsa().jwk("k"), &json!({"key_ops": ["encrypt", "wrapKey"]})), "(`key_ops`)"),
        (rsa(), changed(rsa().jwk("k"), &json!({"alg": "RS512"})), "neither for RS256 nor for ES256"),
        (rsa(), changed(rsa().jwk("k"), &json!({"alg": "RSA-OAEP"})), "neither for RS256 nor for ES256"),
        (rsa(), changed(rsa().jwk("k"), &json!({"n": null})), "lacks its numbers"),
        (rsa(), changed(rsa().jwk("k"), &json!({"n": "!"})), "not in Base64"),
        (rsa(), json!({"kty": "oct", "kid": "k", "alg": "HS256", "k": base64([1; 32])}), "neither for RS256 nor for ES256"),
        (ec(), changed(ec().jwk("k"), &json!({"crv": "P-384"})), "not on the curve P-256"),
        (ec(), changed(ec().jwk("k"), &json!({"x": "AQ"})), "no point of P-256"),
        (ec(), changed(ec().jwk("k"), &json!({"alg": "ES384"})), "neither for RS256 nor for ES256"),
    ] {
        let hands = Hands::new();
        let app = provider_app(&Played::new(&[jwk]), &hands);
        refused(&app, &pair.token("k", &claims(&hands)), why).await;
    }
}

#[tokio::test]
async fn sets_of_keys_may_hold_what_is_not_understood() {
    let hands = Hands::new();
    let bare = {
        let mut jwk = rsa().jwk("r1");
        jwk.as_object_mut().unwrap().retain(|name, _| !["alg", "use"].contains(&name.as_str()));
        jwk
    };
    let same_name = changed(stranger().jwk("r1"), &json!({"use": "enc"}));
    let played = Played::new(&[json!(3), json!({"kid": 1}), json!({"kty": "quantum", "kid": "q"}), same_name, bare]);
    let_in(&provider_app(&played, &hands), &rsa().token("r1", &claims(&hands))).await;
}

#[tokio::test]
async fn a_token_without_a_key_name_needs_a_set_with_one_key() {
    let hands = Hands::new();
    let nameless = rsa().token_with(&json!({"alg": "RS256"}), &claims(&hands));
    let_in(&provider_app(&Played::new(&[rsa().jwk("r1"), ec().jwk("e1")]), &hands), &nameless).await;
    let two = provider_app(&Played::new(&[rsa().jwk("r1"), stranger().jwk("r2")]), &hands);
    refused(&two, &nameless, "does not name its key").await;
}

#[tokio::test]
async fn roles_are_read_from_the_claim_that_was_named() {
    for (claim, changes, role) in [
        ("roles", json!({"roles": "viewer"}), Some("viewer")),
        ("roles", json!({"roles": ["headroom-viewer", "headroom:admin", "x", 7, null]}), Some("admin")),
        ("roles", json!({"roles": ["operator", "viewer"]}), Some("operator")),
        ("realm_access.roles", json!({"realm_access": {"roles": ["offline_access", "headroom-operator"]}}), Some("operator")),
        ("resource_access.headroom.roles", json!({"resource_access": {"headroom": {"roles": ["admin"]}}}), Some("admin")),
        ("cognito:groups", json!({"cognito:groups": ["headroom-viewer"]}), Some("viewer")),
        ("https://example.org/roles", json!({"https://example.org/roles": ["admin"]}), Some("admin")),
        ("roles", json!({"roles": null}), None),
        ("roles", json!({"roles": []}), None),
        ("roles", json!({"roles": ""}), None),
        ("roles", json!({"roles": {"admin": true}}), None),
        ("roles", json!({"roles": ["Admin", "ADMIN", "administrator", "headroom_admin", "headroomadmin", " admin"]}), None),
        ("roles", json!({"roles": "system admin"}), None),
        ("roles", json!({"roles": ["headroom-headroom-admin"]}), None),
        ("roles", json!({"roles": null, "groups": ["admin"], "role": "admin", "realm_access": {"roles": ["admin"]}}), None),
        ("realm_access.roles", json!({"roles": ["admin"], "realm_access": "roles"}), None),
        ("realm_access.roles", json!({"realm_access": ["admin"]}), None),
        ("a..b", json!({"a": {"b": "admin"}}), None),
    ] {
        let hands = Hands::new();
        let provider = Provider { roles_claim: claim.to_owned(), ..Provider::new(ISSUER, AUDIENCE) };
        let app = provider_app_of(provider, &Played::new(&[ec().jwk("e1")]), &hands);
        let answer = ask(&app, "/viewer", &ec().token("e1", &claims_with(&hands, &changes))).await;
        match role {
            Some(role) => assert_eq!(answer.body["role"], role, "{claim} {changes}: {}", answer.body),
            None => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{claim} {changes}");
                assert_eq!(answer.detail(), format!("the token is good, but its claim `{claim}` names no role of Headroom"));
                assert!(answer.body["cure"].as_str().unwrap().contains("`headroom-viewer`"));
            }
        }
    }
}

#[test]
fn what_cannot_be_configured_tells_the_cure() {
    let new = |provider| {
        let keys = Played::new(&[]) as Arc<dyn FetchKeys>;
        Access::provider(provider, keys, Hands::new().clock()).map(drop).map_err(|error| error.to_string())
    };
    let usual = Provider::new(ISSUER, AUDIENCE);
    let issuer = |issuer: &str| new(Provider { issuer: issuer.to_owned(), ..usual.clone() });
    let jwks = |uri: &str| new(Provider { jwks_uri: Some(uri.to_owned()), ..usual.clone() });
    for good in
        [ISSUER, "https://tenant.example.org/", "http://127.0.0.1:8080/realms/ops", "http://localhost:9", "http://[::1]:9"]
    {
        assert_eq!(issuer(good), Ok(()), "{good}");
    }
    for bad in [
        "http://login.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "ftp://127.0.0.1",
        "file:///etc",
    ] {
        assert_eq!(issuer(bad).unwrap_err(), format!("`issuer` = `{bad}` is not safe against who listens: use `https`"));
        assert!(jwks(bad).unwrap_err().starts_with("`jwks_uri` = "), "{bad}");
    }
    assert!(issuer("login.example.org").unwrap_err().contains("is not an address"));
    assert!(issuer("https://login.example.org?a=b").unwrap_err().contains("has a query"));
    let with_password = issuer("https://user:hunter2@login.example.org").unwrap_err();
    assert!(with_password.contains("leave them out") && !with_password.contains("hunter2"), "{with_password}");
    assert!(new(Provider { audience: String::new(), ..usual.clone() }).unwrap_err().starts_with("`audience` is empty"));
    assert!(new(Provider { roles_claim: String::new(), ..usual.clone() }).unwrap_err().starts_with("`roles_claim` is empty"));
}

#[test]
fn the_page_learns_where_to_log_in() {
    let provider =
        Provider { client_id: Some("dashboard".to_owned()), scope: Some("openid".to_owned()), ..Provider::new(ISSUER, AUDIENCE) };
    let access = Access::provider(provider, Played::new(&[]), Hands::new().clock()).unwrap();
    let expected = json!({"kind": "oidc", "issuer": ISSUER, "client_id": "dashboard", "scope": "openid"});
    assert_eq!(serde_json::to_value(access.how()).unwrap(), expected);
}

#[tokio::test]
async fn a_description_of_another_issuer_is_not_believed() {
    let hands = Hands::new();
    for document in [
        json!({"issuer": "https://evil.example.org", "jwks_uri": JWKS}),
        json!({"issuer": format!("{ISSUER}/"), "jwks_uri": JWKS}),
        json!({"jwks_uri": JWKS}),
        json!({"issuer": ISSUER}),
        json!({"issuer": ISSUER, "jwks_uri": "http://keys.example.org/ops.json"}),
        json!("<html>"),
    ] {
        let played = Played::new(&[rsa().jwk("r1")]);
        played.answer(DISCOVERY, &document);
        let answer = ask(&provider_app(&played, &hands), "/viewer", &rsa().token("r1", &claims(&hands))).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{document}");
        assert!(answer.detail().contains("could not be fetched"), "{}", answer.detail());
        assert_eq!(played.addresses(), [DISCOVERY], "{document}");
    }
}

#[tokio::test]
async fn keys_can_be_where_the_configuration_says() {
    let hands = Hands::new();
    let played = Played::new(&[rsa().jwk("r1")]);
    let provider = Provider { jwks_uri: Some(JWKS.to_owned()), ..Provider::new(ISSUER, AUDIENCE) };
    let_in(&provider_app_of(provider, &played, &hands), &rsa().token("r1", &claims(&hands))).await;
    assert_eq!(played.addresses(), [JWKS]);
}

#[tokio::test]
async fn an_issuer_that_ends_in_a_slash_is_found() {
    let hands = Hands::new();
    let issuer = "https://tenant.example.org/";
    let played = Played::new(&[rsa().jwk("r1")]);
    played.answer("https://tenant.example.org/.well-known/openid-configuration", &json!({"issuer": issuer, "jwks_uri": JWKS}));
    let app = provider_app_of(Provider::new(issuer, AUDIENCE), &played, &hands);
    let_in(&app, &rsa().token("r1", &claims_with(&hands, &json!({"iss": issuer})))).await;
}

#[tokio::test]
async fn a_key_of_another_provider_is_not_believed() {
    let (app, _, hands) = usual();
    let theirs = Pair::ec();
    refused(&app, &theirs.token("e1", &claims(&hands)), "the signature of the token is not right").await;
}
