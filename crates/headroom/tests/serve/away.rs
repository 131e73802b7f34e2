//! A cloud that is away: ticks fail and say so, the dashboard answers, and the process ends when it is told to.

use std::{net::TcpListener, time::Duration};

use reqwest::{blocking::Client, header::HOST};
use serde_json::Value;

use crate::process::{AWS_GROUP, Home, Serving, get, nobody};

#[test]
fn ticks_fail_aloud_the_dashboard_answers_and_a_signal_ends_it() {
    let home = Home::with(AWS_GROUP);
    let mut serving = Serving::start(&format!("{} --listen 127.0.0.1:0", home.place()), &nobody());
    let (url, token) = serving.with_token();
    let client = Client::new();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(get(&client, &format!("{url}/api/health"), None).status(), 200);
    serving.until("a failed tick is told", |serving| {
        let log = serving.stderr();
        log.contains("reading the metrics of group `web`") && log.contains("reading the capacity of group `web`")
    });
    assert_eq!(get(&client, &format!("{url}/api/groups"), None).status(), 401);
    let answer = get(&client, &format!("{url}/api/groups"), Some(&token));
    assert_eq!(answer.status(), 200);
    let groups: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    assert_eq!((&groups["groups"][0]["id"], &groups["refresh_seconds"]), (&"web".into(), &30.into()), "{groups}");
    let session: Value =
        serde_json::from_str(&get(&client, &format!("{url}/api/session"), Some(&token)).text().unwrap()).unwrap();
    assert_eq!((&session["subject"], &session["role"]), (&"local-admin".into(), &"admin".into()));

    let strangers = client.get(format!("{url}/api/health")).header(HOST, "headroom.evil.example").send().unwrap();
    assert_eq!(strangers.status(), 421, "a name that leads here is not this machine's own");

    assert_eq!(serving.end_with("-TERM"), Some(0), "{}", serving.stderr());
    assert_eq!(serving.stdout().matches(&token).count(), 1, "{}", serving.stdout());
    assert!(!serving.stderr().contains(&token) && !home.store_holds(&token), "the token is nowhere else");
}

#[test]
fn with_json_every_line_of_the_log_is_an_object() {
    let home = Home::with(AWS_GROUP);
    let mut serving = Serving::start(&format!("{} --listen 127.0.0.1:0 --log json --no-training", home.place()), &nobody());
    serving.until("a failed tick is told", |serving| serving.stderr().contains("reading the capacity of group `web`"));
    assert!(serving.stdout().contains("; no training\n"), "{}", serving.stdout());
    assert_eq!(serving.end_with("-INT"), Some(0));
    for line in serving.stderr().lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(entry["level"].is_string() && entry["timestamp"].is_string() && entry["message"].is_string(), "{line}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    // A cloud that takes every call and answers none holds the tick up.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::with(AWS_GROUP);
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut serving = Serving::start(&format!("{} --listen 127.0.0.1:0", home.place()), &endpoint);
    serving.dashboard();
    let _call = silent.accept().unwrap();
    let code = loop {
        serving.signal("-TERM");
        std::thread::sleep(Duration::from_millis(200));
        if let Some(status) = serving.ended() {
            break status.code();
        }
    };
    assert_eq!(code, Some(130), "it did not wait for its tick");
}
