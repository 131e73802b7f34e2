//! The adapter that fetches keys, against a provider on this machine.

use std::sync::Arc;

use axum::{Json, Router, extract::State, response::Redirect, routing::get};
use dashboard_api::access::{Access, FetchError, FetchKeys, HttpsKeys, Provider};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::Instant,
};
use url::Url;

use super::{
    forge::rsa,
    world::{AUDIENCE, Hands, app, claims_with, let_in, refused},
};

const DESCRIPTION: &str = "/realms/ops/.well-known/openid-configuration";

/// A server on a free port of this machine.
async fn serve(routes: Router<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let routes = routes.with_state(base.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    base
}

async fn described(State(base): State<String>) -> Json<Value> {
    Json(json!({"issuer": format!("{base}/realms/ops"), "jwks_uri": format!("{base}/keys"), "scopes_supported": ["openid"]}))
}

#[tokio::test]
async fn keys_are_found_and_fetched() {
    let keys = async || Json(json!({"keys": [rsa().jwk("r1")]}));
    let moved = async || Redirect::temporary("/keys/moved");
    let routes = Router::new().route(DESCRIPTION, get(described)).route("/keys", get(moved)).route("/keys/moved", get(keys));
    let issuer = serve(routes).await + "/realms/ops";
    let hands = Hands::new();
    let keys = Arc::new(HttpsKeys::new().unwrap());
    let app = app(Access::provider(Provider::new(&issuer, AUDIENCE), keys, hands.clock()).unwrap());
    let_in(&app, &rsa().token("r1", &claims_with(&hands, &json!({"iss": issuer})))).await;
    refused(&app, &rsa().token("r1", &claims_with(&hands, &json!({}))), "not from the issuer").await;
}

async fn fetch(url: &str) -> Result<Vec<u8>, FetchError> {
    HttpsKeys::new().unwrap().fetch(&Url::parse(url).unwrap()).await
}

async fn failure(url: &str) -> String {
    fetch(url).await.unwrap_err().0
}

#[tokio::test]
async fn an_answer_may_have_a_megabyte() {
    let routes = Router::new()
        .route("/small", get(async || "k".repeat(1_024 * 1_024)))
        .route("/large", get(async || "k".repeat(1_024 * 1_024 + 1)));
    let base = serve(routes).await;
    assert_eq!(fetch(&format!("{base}/small")).await.unwrap().len(), 1_024 * 1_024);
    assert!(failure(&format!("{base}/large")).await.ends_with("answers with more than 1 MB"));
}

#[tokio::test]
async fn other_places_are_not_gone_to() {
    let elsewhere = serve(Router::new().route("/keys", get(async || "{}"))).await;
    let target = format!("{elsewhere}/keys");
    let routes = Router::new()
        .route("/elsewhere", get(async move || Redirect::temporary(&target)))
        .route("/unsafe", get(async || Redirect::temporary("http://login.example.org/keys")))
        .route("/round", get(async || Redirect::temporary("/round")))
        .route("/broken", get(async || axum::http::StatusCode::BAD_GATEWAY));
    let base = serve(routes).await;
    for path in ["elsewhere", "unsafe", "round"] {
        let failure = failure(&format!("{base}/{path}")).await;
        assert!(failure.contains("it redirects to another place, or too often"), "{path}: {failure}");
    }
    assert!(failure(&format!("{base}/broken")).await.contains("502"), "what is not a success is a failure");
    assert!(failure("http://login.example.org/keys").await.contains("not safe against who listens"));
    assert!(failure("file:///etc/hostname").await.contains("not safe against who listens"));
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_with_the_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = failure(&format!("http://{address}/keys")).await;
    assert!(failure.contains(&format!("`http://{address}/keys`")) && failure.to_lowercase().contains("refused"), "{failure}");
}

/// A provider that answers whoever asks with these words, and then says nothing more.
async fn hanging_after(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            connection.read_u8().await.unwrap();
            connection.write_all(words.as_bytes()).await.unwrap();
            taken.push(connection);
        }
    });
    format!("http://{address}/keys")
}

// The clock stands still while there is something to do, and goes on to the next deadline where there is nothing.
#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_given_up_after_five_seconds() {
    for words in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"keys\":"] {
        let url = hanging_after(words).await;
        let begun = Instant::now();
        assert_eq!(failure(&url).await, format!("`{url}` did not answer within 5 seconds"));
        assert_eq!(begun.elapsed().as_secs(), 5);
    }
}
