//! How often one may ask.

use std::{net::SocketAddr, num::NonZeroU32};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use dashboard_api::access::{Access, Limits, Rate, Role, mint};
use jiff::SignedDuration;

use super::world::{AUDIENCE, Hands, SECRET, app, ask, ask_from, send};

const BAD: &str = "a.b.c";

fn limited(hands: &Hands) -> Router {
    app(Access::secret(SECRET, AUDIENCE, hands.clock()).unwrap())
}

fn token(hands: &Hands, subject: &str) -> String {
    mint(SECRET, AUDIENCE, subject, Role::Viewer, SignedDuration::from_hours(1), hands.now()).unwrap()
}

#[tokio::test]
async fn a_caller_may_ask_a_hundred_times_and_then_twenty_times_a_second() {
    let hands = Hands::new();
    let app = limited(&hands);
    let (ada, bob) = (token(&hands, "ada"), token(&hands, "bob"));
    for number in 0..100 {
        assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::OK, "{number}");
    }
    let answer = ask(&app, "/viewer", &ada).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.retry_after(), 1);
    assert!(answer.body["cure"].as_str().unwrap().contains("Retry-After"));
    assert_eq!(ask(&app, "/viewer", &bob).await.status, StatusCode::OK, "one's flood is not another's");
    let another = mint(SECRET, AUDIENCE, "ada", Role::Admin, SignedDuration::from_mins(5), hands.now()).unwrap();
    assert_eq!(ask(&app, "/viewer", &another).await.status, StatusCode::TOO_MANY_REQUESTS, "a new token is no new caller");

    hands.advance(1);
    for number in 0..20 {
        assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::OK, "{number}");
    }
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_caller_without_the_role_is_counted_as_well() {
    let hands = Hands::new();
    let app = limited(&hands);
    let ada = token(&hands, "ada");
    for _ in 0..100 {
        assert_eq!(ask(&app, "/admin", &ada).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(ask(&app, "/admin", &ada).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn guessing_is_slowed_by_address() {
    let hands = Hands::new();
    let app = limited(&hands);
    for number in 0..10 {
        assert_eq!(ask_from(&app, "192.0.2.1", BAD).await.status, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(ask_from(&app, "192.0.2.1", BAD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let ada = token(&hands, "ada");
    let answer = ask_from(&app, "192.0.2.1", &ada).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "whoever guesses does not learn that they hit");
    assert_eq!(answer.retry_after(), 1);
    assert_eq!(ask_from(&app, "192.0.2.2", &ada).await.status, StatusCode::OK, "another address is not shut");
    assert_eq!(ask_from(&app, "192.0.2.1", &ada).await.status, StatusCode::OK, "a token that was good passes from anywhere");
    assert_eq!(ask_from(&app, "192.0.2.1", &token(&hands, "eve")).await.status, StatusCode::TOO_MANY_REQUESTS);

    hands.advance(1);
    assert_eq!(ask_from(&app, "192.0.2.1", &token(&hands, "eve")).await.status, StatusCode::OK);
    assert_eq!(ask_from(&app, "192.0.2.1", BAD).await.status, StatusCode::UNAUTHORIZED, "one guess a second");
    assert_eq!(ask_from(&app, "192.0.2.1", BAD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn addresses_of_one_network_are_one() {
    let hands = Hands::new();
    let app = limited(&hands);
    for number in 0..10 {
        let answer = ask_from(&app, &format!("2001:db8:1:2:{number}::1"), BAD).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(ask_from(&app, "2001:db8:1:2:ffff::1", BAD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask_from(&app, "2001:db8:1:3::1", BAD).await.status, StatusCode::UNAUTHORIZED);
    for _ in 0..10 {
        ask_from(&app, "192.0.2.1", BAD).await;
    }
    assert_eq!(ask_from(&app, "::ffff:192.0.2.1", BAD).await.status, StatusCode::TOO_MANY_REQUESTS, "the same in another form");
}

#[tokio::test]
async fn the_address_is_the_connections_and_not_a_headers() {
    let hands = Hands::new();
    let app = limited(&hands);
    let mut last = StatusCode::OK;
    for number in 0..11 {
        let request = Request::get("/viewer")
            .header("x-forwarded-for", format!("192.0.2.{number}"))
            .header("forwarded", format!("for=192.0.2.{number}"))
            .header(header::AUTHORIZATION, "Bearer a.b.c")
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 77], 1_000 + number))))
            .body(Body::empty())
            .unwrap();
        last = send(&app, request).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask_from(&app, "192.0.2.77", BAD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask_from(&app, "192.0.2.78", BAD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn limits_can_be_set() {
    let hands = Hands::new();
    let one = NonZeroU32::MIN;
    let limits = Limits { callers: Rate { per_second: one, burst: one }, ..Limits::default() };
    let app = app(Access::secret(SECRET, AUDIENCE, hands.clock()).unwrap().with_limits(limits));
    let ada = token(&hands, "ada");
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::OK);
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::TOO_MANY_REQUESTS);
    hands.advance(1);
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let hands = Hands::new();
    let app = limited(&hands);
    let ada = token(&hands, "ada");
    for _ in 0..101 {
        ask(&app, "/viewer", &ada).await;
    }
    hands.advance(-3_000);
    hands.advance(1);
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::TOO_MANY_REQUESTS, "the step back counts as nothing");
    hands.advance(1);
    assert_eq!(ask(&app, "/viewer", &ada).await.status, StatusCode::OK);
}
