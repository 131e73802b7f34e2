//! How seldom the provider is asked, and what happens while it is away.

use std::sync::Arc;

use axum::http::StatusCode;

use super::{
    forge::{Pair, ec, rsa, stranger},
    world::{Hands, Played, ask, claims, claims_with, let_in, provider_app, refused, usual},
};
use serde_json::json;

const HOUR: i64 = 60 * 60;

/// A token that lives long enough for these tests.
fn lasting(pair: &Pair, kid: &str, hands: &Hands) -> String {
    pair.token(kid, &claims_with(hands, &json!({"exp": hands.now().as_second() + 100 * HOUR})))
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (app, played, hands) = usual();
    let_in(&app, &rsa().token("r1", &claims(&hands))).await;
    hands.advance(61);
    let next = Pair::ec();
    played.publish(&[rsa().jwk("r1"), next.jwk("e2")]);
    let_in(&app, &next.token("e2", &claims(&hands))).await;
    assert_eq!(played.fetches(), 2);
    let_in(&app, &next.token("e2", &claims(&hands))).await;
    let_in(&app, &rsa().token("r1", &claims(&hands))).await;
    assert_eq!(played.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_believed_for_an_hour_at_most() {
    let (app, played, hands) = usual();
    let token = lasting(ec(), "e1", &hands);
    let_in(&app, &token).await;
    played.publish(&[rsa().jwk("r1")]);
    hands.advance(HOUR - 1);
    let_in(&app, &token).await;
    hands.advance(1);
    // The key is fetched anew before this request is answered.
    refused(&app, &token, "a key that the provider does not list").await;
    assert_eq!(played.fetches(), 2);
}

#[tokio::test]
async fn made_up_key_names_make_no_storm() {
    let (app, played, hands) = usual();
    let_in(&app, &rsa().token("r1", &claims(&hands))).await;
    for minute in 0..3 {
        for number in 0..100 {
            let kid = format!("made-up-{minute}-{number}");
            refused(&app, &stranger().token(&kid, &claims(&hands)), "a key that the provider does not list").await;
        }
        assert_eq!(played.fetches(), 1 + minute, "within the minute of the last fetch");
        hands.advance(60);
    }
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_fetch() {
    let (app, played, hands) = usual();
    let ask_all = async |tokens: Vec<String>| {
        let asked: Vec<_> = tokens
            .into_iter()
            .map(|token| {
                let app = app.clone();
                tokio::spawn(async move { ask(&app, "/viewer", &token).await.status })
            })
            .collect();
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.unwrap());
        }
        statuses
    };
    let good = rsa().token("r1", &claims(&hands));
    assert_eq!(ask_all(vec![good; 50]).await, [StatusCode::OK; 50], "all wait for the first fetch");
    assert_eq!(played.fetches(), 1);

    hands.advance(61);
    let next = Pair::ec();
    played.publish(&[next.jwk("e2")]);
    let mut tokens = vec![next.token("e2", &claims(&hands)); 25];
    tokens.extend((0..25).map(|number| stranger().token(&format!("made-up-{number}"), &claims(&hands))));
    let statuses = ask_all(tokens).await;
    assert_eq!(statuses[..25], [StatusCode::OK; 25], "all wait for the new key");
    assert_eq!(statuses[25..], [StatusCode::UNAUTHORIZED; 25]);
    assert_eq!(played.fetches(), 2);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_cut_the_fetch_short() {
    let (app, played, hands) = usual();
    let token = rsa().token("r1", &claims(&hands));
    let left = {
        let (app, token) = (app.clone(), token.clone());
        tokio::spawn(async move { ask(&app, "/viewer", &token).await.status })
    };
    while played.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    left.abort();
    let_in(&app, &token).await;
    assert_eq!(played.fetches(), 1);
}

#[tokio::test]
async fn while_the_provider_is_away_its_keys_serve_for_a_day() {
    let (app, played, hands) = usual();
    let token = lasting(rsa(), "r1", &hands);
    let_in(&app, &token).await;
    played.go_away(true);
    for _ in 0..23 {
        hands.advance(HOUR);
        let_in(&app, &token).await;
    }
    assert_eq!(played.fetches(), 24, "it is asked again each hour at least");
    hands.advance(HOUR - 1);
    let_in(&app, &token).await;
    let unknown = ask(&app, "/viewer", &stranger().token("new", &claims(&hands))).await;
    assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE, "it may be a new key: {}", unknown.body);

    hands.advance(1);
    let answer = ask(&app, "/viewer", &token).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.detail(),
        "the token cannot be checked: the keys of `https://login.example.org/realms/ops` could not be fetched"
    );
    assert!(answer.body["cure"].as_str().unwrap().contains("reaches the provider"));
    assert_eq!(answer.retry_after(), 10);

    played.go_away(false);
    hands.advance(10);
    let_in(&app, &token).await;
}

#[tokio::test]
async fn a_provider_that_is_away_from_the_start_is_asked_every_ten_seconds() {
    let hands = Hands::new();
    let played = Played::new(&[rsa().jwk("r1")]);
    played.go_away(true);
    let app = provider_app(&played, &hands);
    let token = rsa().token("r1", &claims(&hands));
    for second in 0..30 {
        let answer = ask(&app, "/viewer", &token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{second}");
        hands.advance(1);
    }
    assert_eq!(played.fetches(), 3);
    played.go_away(false);
    let_in(&app, &token).await;
}

#[tokio::test]
async fn an_answer_that_is_no_set_of_keys_changes_nothing() {
    let (app, played, hands) = usual();
    let token = lasting(rsa(), "r1", &hands);
    let_in(&app, &token).await;
    played.answer(super::world::JWKS, &json!({"error": "maintenance"}));
    hands.advance(2 * HOUR);
    let_in(&app, &token).await;
    assert_eq!(played.fetches(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_fetching() {
    let (app, played, hands) = usual();
    hands.advance(10 * HOUR);
    let_in(&app, &rsa().token("r1", &claims(&hands))).await;
    hands.advance(-10 * HOUR);
    refused(&app, &stranger().token("e2", &claims(&hands)), "does not list").await;
    hands.advance(61);
    let next = Arc::new(Pair::ec());
    played.publish(&[next.jwk("e2")]);
    let_in(&app, &next.token("e2", &claims(&hands))).await;
}
