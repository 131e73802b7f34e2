//! A server with one route for each role, a clock that is set by hand, and a provider that is played.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Json, Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    middleware,
    routing::get,
};
use dashboard_api::access::{
    Access, Admin, Caller, Clock, FetchError, FetchKeys, Limits, Operator, PeerAddress, Provider, Rate, Viewer, identify,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;

use super::forge;

pub(crate) const ISSUER: &str = "https://login.example.org/realms/ops";
pub(crate) const AUDIENCE: &str = "headroom";
pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A clock that is set by hand.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-24T12:00:00Z".parse().unwrap())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || hands.now())
    }
}

fn told(caller: Caller) -> Json<Value> {
    let expires_at = caller.expires_at.map(|at| at.to_string());
    Json(json!({"subject": caller.subject, "name": caller.name, "role": caller.role, "expires_at": expires_at}))
}

/// The routes, with nobody checking.
pub(crate) fn open() -> Router {
    Router::new()
        .route("/viewer", get(async |Viewer(caller): Viewer| told(caller)))
        .route("/operator", get(async |Operator(caller): Operator| told(caller)))
        .route("/admin", get(async |Admin(caller): Admin| told(caller)))
}

/// The routes behind `access`.
pub(crate) fn app(access: Access) -> Router {
    open().layer(middleware::from_fn_with_state(Arc::new(access), identify))
}

/// Limits that no test reaches that is not about limits.
pub(crate) fn unlimited() -> Limits {
    let rate = Rate { per_second: NonZeroU32::MAX, burst: NonZeroU32::MAX };
    Limits { callers: rate, failures: rate }
}

pub(crate) fn secret_app(hands: &Hands) -> Router {
    app(Access::secret(SECRET, AUDIENCE, hands.clock()).unwrap().with_limits(unlimited()))
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_else(|| panic!("no problem document: {} {}", self.status, self.body))
    }

    pub(crate) fn retry_after(&self) -> u64 {
        self.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap()
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    if parts.status.is_client_error() || parts.status.is_server_error() {
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(body["status"], parts.status.as_u16());
        assert!(body["cure"].as_str().is_some_and(|cure| !cure.is_empty()), "{body}");
    }
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn ask(app: &Router, path: &str, token: &str) -> Answer {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
    send(app, request).await
}

pub(crate) async fn ask_from(app: &Router, peer: &str, token: &str) -> Answer {
    let peer = PeerAddress(peer.parse::<IpAddr>().unwrap());
    let request = Request::get("/viewer").header(header::AUTHORIZATION, format!("Bearer {token}"));
    send(app, request.extension(peer).body(Body::empty()).unwrap()).await
}

/// Asks with a token that must be refused with 401, and checks that the answer says why without repeating the token.
pub(crate) async fn refused(app: &Router, token: &str, why: &str) {
    let answer = ask(app, "/viewer", token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}: {}", answer.body);
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], r#"Bearer realm="headroom", error="invalid_token""#, "{why}");
    assert!(answer.detail().contains(why), "`{why}` is not in `{}`", answer.detail());
    let text = answer.body.to_string();
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!text.contains(part), "the answer repeats a part of the token: {text}");
    }
}

pub(crate) async fn let_in(app: &Router, token: &str) -> Value {
    let answer = ask(app, "/viewer", token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// Claims that the server takes from the provider, valid for ten minutes.
pub(crate) fn claims(hands: &Hands) -> Value {
    let now = hands.now().as_second();
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": now + 600, "iat": now, "roles": ["headroom-operator"]})
}

/// Those claims with some of them replaced; `null` takes one away.
pub(crate) fn claims_with(hands: &Hands, changes: &Value) -> Value {
    let mut all = claims(hands);
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value.clone(),
        }
    }
    all
}

/// A provider: what it answers by address, and how often each was asked.
#[derive(Default)]
pub(crate) struct Played {
    answers: Mutex<BTreeMap<String, Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    pub(crate) away: Mutex<bool>,
}

pub(crate) const DISCOVERY: &str = "https://login.example.org/realms/ops/.well-known/openid-configuration";
pub(crate) const JWKS: &str = "https://keys.example.org/ops.json";

impl Played {
    pub(crate) fn new(keys: &[Value]) -> Arc<Self> {
        let played = Self::default();
        played.answer(DISCOVERY, &json!({"issuer": ISSUER, "jwks_uri": JWKS}));
        played.publish(keys);
        Arc::new(played)
    }

    pub(crate) fn answer(&self, url: &str, body: &Value) {
        self.answers.lock().unwrap().insert(url.to_owned(), body.to_string().into_bytes());
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.answer(JWKS, &json!({"keys": keys}));
    }

    pub(crate) fn go_away(&self, away: bool) {
        *self.away.lock().unwrap() = away;
    }

    /// How often the keys were asked for, or would have been had the provider not been away.
    pub(crate) fn fetches(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|url| *url == DISCOVERY).count()
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl FetchKeys for Played {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(url.to_string());
        // Other requests come in between.
        tokio::task::yield_now().await;
        if *self.away.lock().unwrap() {
            return Err(FetchError("connection refused".to_owned()));
        }
        self.answers.lock().unwrap().get(url.as_str()).cloned().ok_or_else(|| FetchError(format!("`{url}`: not found")))
    }
}

pub(crate) fn provider_app_of(provider: Provider, played: &Arc<Played>, hands: &Hands) -> Router {
    let keys = Arc::clone(played) as Arc<dyn FetchKeys>;
    app(Access::provider(provider, keys, hands.clock()).unwrap().with_limits(unlimited()))
}

pub(crate) fn provider_app(played: &Arc<Played>, hands: &Hands) -> Router {
    provider_app_of(Provider::new(ISSUER, AUDIENCE), played, hands)
}

/// A provider with an RSA key `r1` and an EC key `e1`, and the server that trusts it.
pub(crate) fn usual() -> (Router, Arc<Played>, Hands) {
    let hands = Hands::new();
    let played = Played::new(&[forge::rsa().jwk("r1"), forge::ec().jwk("e1")]);
    (provider_app(&played, &hands), played, hands)
}
