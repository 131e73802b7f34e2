//! A fleet of AWS, out of a bucket, against the emulator. `MINISTACK` is the path of its executable, which `scripts/emulator` prints;
//! without it this test says so and skips.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::Client;
use serde_json::Value;

use crate::process::{Home, PATIENCE, Serving, get};

/// The account of `data/fleet.toml`: its groups, their metrics, and a bucket with the fleet.
struct Account {
    child: Child,
    endpoint: String,
}

impl Account {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests must see that this one did not run")]
    fn start(home: &Home) -> Option<Self> {
        let Some(emulator) = std::env::var_os("MINISTACK") else {
            eprintln!("SKIPPED: MINISTACK is not set; run it as MINISTACK=\"$(scripts/emulator)\" cargo test");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).unwrap().port();
        let environment: PathBuf = home.path("aws.env");
        let mut command = Command::new(Path::new(&emulator).with_file_name("python"));
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        command.args(["scripts/local_aws.py", "--port", &port.to_string(), "--environment"]).arg(&environment);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut account = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        // It is written when all is there.
        while !environment.exists() {
            assert!(account.child.try_wait().unwrap().is_none(), "the account ended by itself");
            assert!(begun.elapsed() < PATIENCE, "the account is not ready");
            thread::sleep(Duration::from_millis(50));
        }
        Some(account)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Without its emulator it ends by itself; an interrupt it may not hear, as whatever was started in the background.
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let _ = Command::new("kill").arg("-KILL").args(children.split_whitespace()).status();
        let _ = self.child.wait();
    }
}

#[test]
fn it_serves_a_fleet_of_aws_out_of_a_bucket() {
    let home = Home::with("");
    let Some(account) = Account::start(&home) else { return };
    let mut serving = Serving::start("--store s3://headroom --listen 127.0.0.1:0 --no-training", &account.endpoint);
    let (url, token) = serving.with_token();
    serving.until("every group ticks", |serving| {
        let ticked = |group: &str| serving.stdout().contains(&format!("  {group}  load "));
        ticked("web") && ticked("batch") && ticked("office")
    });
    let answer = get(&Client::new(), &format!("{url}/api/groups"), Some(&token)).text().unwrap();
    let groups: Value = serde_json::from_str(&answer).unwrap();
    for group in groups["groups"].as_array().unwrap() {
        assert_eq!((&group["provider"], &group["capacity"]["in_service"]), (&"aws".into(), &4.into()), "{group}");
        assert!(group["measured"]["load"].as_f64().is_some(), "collected before it was decided: {group}");
    }
    assert_eq!(serving.end_with("-TERM"), Some(0), "{}", serving.stderr());
}
