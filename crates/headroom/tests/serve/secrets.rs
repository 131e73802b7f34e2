//! Secrets and tokens stay where they belong: in no log, and in no object of the store.

use std::{fs, path::Path};

use dashboard_api::access::{Role, mint};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, blocking::Client};

use crate::process::{Home, Serving, headroom, nobody};

const FLEET: &str = "[defaults]\nprovider = \"simulated\"\nmode = \"active\"\n[[group]]\nid = \"web\"\n";

/// Every request that is worth a line of a log: what is read, ordered, refused, not understood, and not there.
const REQUESTS: [(&str, &str, &str); 17] = [
    ("GET", "/api/session", ""),
    ("GET", "/api/groups", ""),
    ("GET", "/api/groups/web/decisions", ""),
    ("GET", "/api/audit", ""),
    ("GET", "/api/groups/nobody", ""),
    ("GET", "/api/groups?unknown=1", ""),
    ("GET", "/api/nothing", ""),
    ("PUT", "/api/stop", r#"{"why": "a drill"}"#),
    ("DELETE", "/api/stop", ""),
    ("PUT", "/api/groups/web/stop", r#"{"why": "a drill"}"#),
    ("DELETE", "/api/groups/web/stop", ""),
    ("PUT", "/api/groups/web/mode", r#"{"mode": "observe", "why": "a drill"}"#),
    ("DELETE", "/api/groups/web/mode", ""),
    ("PUT", "/api/groups/web/mode", r#"{"mode": "#),
    ("PUT", "/api/calendar", r#"{"events": "none"}"#),
    ("POST", "/api/predictions/train", r#"{"group": "web"}"#),
    ("POST", "/api/metrics", "no json"),
];

fn token(secret: &Path, name: &str, role: &str) -> String {
    let run = headroom(&format!("token --secret-file {} --subject {name} --role {role} --hours 1", secret.display()));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "nothing but the token is told");
    run.stdout.trim_end().to_owned()
}

/// Sends every request with `token`; the statuses.
fn ask(client: &Client, url: &str, token: &str) -> Vec<u16> {
    let send = |(method, path, body): &(&str, &str, &'static str)| {
        let request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{url}{path}"));
        let request = request.bearer_auth(token).header("content-type", "application/json");
        let request = if body.is_empty() { request } else { request.body(*body) };
        request.send().unwrap().status().as_u16()
    };
    REQUESTS.iter().map(send).collect()
}

/// What of `secrets` stands in `text`. A token's signature is enough of it.
fn found<'a>(text: &str, secrets: &'a [(&str, String)]) -> Vec<&'a str> {
    let told = |secret: &str| secret.split('.').filter(|part| part.len() > 40).any(|part| text.contains(part));
    let mut found: Vec<&str> = secrets.iter().filter(|(_, secret)| told(secret)).map(|(name, _)| *name).collect();
    found.extend(["Bearer ", "bearer ey"].into_iter().filter(|word| text.contains(word)));
    found
}

/// Scans every file below `folder`; how many there are.
fn scan(folder: &Path, secrets: &[(&str, String)]) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let scanned = entries.map(|path| {
        if path.is_dir() {
            return scan(&path, secrets);
        }
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert_eq!(found(&text, secrets), [""; 0], "in {}", path.display());
        1
    });
    scanned.sum()
}

fn check(serving: &Serving, home: &Home, secrets: &[(&str, String)]) {
    let stdout = serving.stdout();
    let lines: Vec<&str> =
        stdout.lines().filter(|line| !(line.starts_with("dashboard: ") && line.contains("/#token="))).collect();
    assert_eq!(found(&lines.join("\n"), secrets), [""; 0], "on standard output");
    assert_eq!(found(&serving.stderr(), secrets), [""; 0], "in the log");
    assert!(scan(&home.path("store"), secrets) > 20, "the store has its objects");
}

#[test]
fn no_secret_and_no_token_is_in_a_log_or_in_the_store() {
    let home = Home::with(FLEET);
    let secret = home.path("secret");
    headroom(&format!("token --new-secret {}", secret.display()));
    let bytes = fs::read_to_string(&secret).unwrap().trim().to_owned();
    let minted = |secret: &str, ago: i64| {
        let (lifetime, from) = (SignedDuration::from_hours(1), Timestamp::now() - SignedDuration::from_hours(ago));
        mint(secret.as_bytes(), "headroom", "mallory", Role::Admin, lifetime, from).unwrap()
    };
    let tokens = [
        ("a viewer's token", token(&secret, "alice", "viewer")),
        ("an operator's token", token(&secret, "bob", "operator")),
        ("an admin's token", token(&secret, "carol", "admin")),
        ("an expired token", minted(&bytes, 48)),
        ("a token of another secret", minted(&"x".repeat(64), 0)),
        ("a token of tomorrow", minted(&bytes, -24)),
    ];
    let options = format!(
        "{} --listen 127.0.0.1:0 --simulate --speed 600 --no-training --log json --requests-per-second 1000",
        home.place()
    );
    let mut serving = Serving::start(&format!("{options} --token-secret-file {}", secret.display()), &nobody());
    let url = serving.dashboard();
    let client = Client::new();
    let mut statuses = Vec::new();
    for (name, token) in &tokens {
        let told = ask(&client, &url, token);
        // Whoever is refused too often waits; what is not there is so for everybody.
        let refused = told.iter().filter(|status| [401, 429].contains(*status)).count();
        let is_good = ["a viewer's token", "an operator's token", "an admin's token"].contains(name);
        assert_eq!(refused, if is_good { 0 } else { REQUESTS.len() - 1 }, "{name}: {told:?}");
        statuses.extend(told);
    }
    for expected in [200, 400, 401, 403, 404, 422] {
        assert!(statuses.contains(&expected), "some are answered with {expected}: {statuses:?}");
    }
    serving.until("it ticks", |serving| serving.stdout().lines().filter(|line| line.contains("  web  load ")).count() >= 3);
    assert_eq!(serving.end_with("-INT"), Some(0));
    assert!(serving.stderr().contains("\"level\":\"INFO\""), "it is talkative: {}", serving.stderr());
    let mut secrets: Vec<(&str, String)> = tokens.into();
    secrets.push(("the secret", bytes));
    check(&serving, &home, &secrets);

    // Without a secret of its own, the one line is the only one.
    let mut serving = Serving::start(&options, &nobody());
    let (url, token) = serving.with_token();
    ask(&client, &url, &token);
    assert_eq!(serving.end_with("-INT"), Some(0));
    let secrets = [("the token of the run", token)];
    check(&serving, &home, &secrets);
    assert_eq!(found(&serving.stdout(), &secrets), ["the token of the run"], "and one that is there is found");
}

#[test]
fn a_secret_that_cannot_be_used_is_not_told() {
    let home = Home::with(FLEET);
    let short = "0123456789abcdef0123456789";
    fs::write(home.path("short"), short).unwrap();
    for options in ["token --subject alice --secret-file", "serve --store file:///tmp --simulate --token-secret-file"] {
        let run = headroom(&format!("{options} {}", home.path("short").display()));
        assert_eq!(run.status, Some(1), "{}", run.stderr);
        assert!(!run.stderr.contains(short) && !run.stdout.contains(short), "{}", run.stderr);
    }
}
