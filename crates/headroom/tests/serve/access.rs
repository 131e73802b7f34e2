//! Behind a proxy, and for pages of other origins.

use reqwest::{
    Method,
    blocking::Client,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN},
};
use serde_json::Value;

use crate::process::{AWS_GROUP, Home, Serving, get, nobody};

#[test]
fn behind_a_proxy_any_name_is_served_and_only_named_origins_may_ask() {
    let home = Home::with(AWS_GROUP);
    let options = format!("{} --listen 127.0.0.1:0 --plain-http --cors-origin https://ops.example.com", home.place());
    let mut serving = Serving::start(&options, &nobody());
    let (url, _) = serving.with_token();
    let client = Client::new();
    let answer = client.get(format!("{url}/api/health")).header(HOST, "headroom.example.com").send().unwrap();
    assert_eq!(answer.status(), 200);
    let may = |origin: &str| {
        let request = client.request(Method::OPTIONS, format!("{url}/api/groups"));
        let answer = request.header(ORIGIN, origin).header(ACCESS_CONTROL_REQUEST_METHOD, "GET").send().unwrap();
        answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some()
    };
    assert!(may("https://ops.example.com") && !may("https://evil.example.com"));
}

#[test]
fn of_a_provider_the_page_learns_where_to_sign_in() {
    let home = Home::with(AWS_GROUP);
    let issuer = nobody();
    let options = format!("{} --listen 127.0.0.1:0 --issuer {issuer} --audience headroom --client-id page", home.place());
    let mut serving = Serving::start(&options, &nobody());
    let url = serving.dashboard();
    assert!(!url.contains("token"), "{url}");
    let client = Client::new();
    let how: Value = serde_json::from_str(&get(&client, &format!("{url}/api/auth"), None).text().unwrap()).unwrap();
    assert_eq!((&how["kind"], &how["issuer"], &how["client_id"]), (&"oidc".into(), &issuer.as_str().into(), &"page".into()));
    let page = get(&client, &url, None);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains(&issuer), "the page may speak to it: {policy}");
    assert_eq!(get(&client, &format!("{url}/api/groups"), Some("a.b.c")).status(), 401);
}

#[test]
fn who_asks_too_often_waits() {
    let home = Home::with(AWS_GROUP);
    let mut serving = Serving::start(&format!("{} --listen 127.0.0.1:0 --requests-per-second 1", home.place()), &nobody());
    let (url, token) = serving.with_token();
    let client = Client::new();
    let statuses: Vec<u16> =
        (0..40).map(|_| get(&client, &format!("{url}/api/session"), Some(&token)).status().as_u16()).collect();
    assert!(statuses.starts_with(&[200, 200]) && statuses.contains(&429), "{statuses:?}");
}
