//! Runs that are watched and ended from outside.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::common::{ONE_THREAD, write_trace};

/// Long enough for the slowest machine: a run that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A demo at its default speed with a dashboard on a free port.
struct Live {
    child: Child,
    stdout: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Live {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.env(ONE_THREAD.0, ONE_THREAD.1);
        command.args(["demo", "--port", "0", "--trace"]).arg(write_trace(folder.path()));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout, _folder: folder }
    }

    /// The next line that contains `words`.
    fn line_with(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "it ended before a line with `{words}`");
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Sends `signal` and gives what else is printed, and how the program ended.
    fn end_with(mut self, signal: &str) -> (String, ExitStatus) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
        let started = std::time::Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(started.elapsed() < PATIENCE, "it goes on after {signal}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (rest, status)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A failed test must not leave a demo behind; one that ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the dashboard is, and the token that opens it.
fn dashboard(live: &mut Live) -> (String, String) {
    let line = live.line_with("dashboard: ");
    let url = line.trim().strip_prefix("dashboard: http://").expect("a URL on this machine");
    let (address, token) = url.split_once("/#token=").expect("a token");
    (address.to_owned(), token.to_owned())
}

fn ask(address: &str, head: &str, host: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{head}\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: &str, token: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}"), address, "")
}

/// Asks until the answer has `words`.
fn until(address: &str, token: &str, path: &str, words: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let answer = get(address, token, path);
        if answer.contains(words) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "no `{words}`: {answer}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_dashboard_answers_while_it_runs_and_ctrl_c_ends_it_with_a_summary() {
    let mut live = Live::start();
    let (address, token) = dashboard(&mut live);
    live.line_with("in service");
    let answer = get(&address, &token, "/api/groups");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    assert!(body.contains("\"web\"") && body.contains("\"simulated\""), "{answer}");
    assert!(get(&address, &token, "/api/groups/other").starts_with("HTTP/1.1 404 "));
    assert!(get(&address, "a.b.c", "/api/groups").starts_with("HTTP/1.1 401 "), "only with the token");
    let stranger = ask(&address, "GET /api/health HTTP/1.1", "evil.example", "");
    assert!(stranger.starts_with("HTTP/1.1 421 "), "only by a name of this machine: {stranger}");

    let (rest, status) = live.end_with("-INT");
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains(" ticks from ") && rest.contains("headroom") && rest.contains("static-peak"), "{rest}");
    assert!(!rest.contains(&token), "the token is printed once");
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}

#[test]
fn it_trains_when_asked_and_replays_its_history_for_the_page() {
    let mut live = Live::start();
    let (address, token) = dashboard(&mut live);
    live.line_with("in service");
    let head = format!("POST /api/predictions/train HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json");
    let asked = ask(&address, &head, &address, r#"{"group": "web"}"#);
    assert!(asked.starts_with("HTTP/1.1 202 "), "{asked}");
    until(&address, &token, "/api/groups/web", r#""done":true"#);
    live.line_with("group `web`");
    let backtest = until(&address, &token, "/api/groups/web/backtest", "HTTP/1.1 200 ");
    assert!(backtest.contains("headroom demo") && backtest.contains("clairvoyant"), "{backtest}");
    let (rest, status) = live.end_with("-INT");
    assert_eq!(status.code(), Some(0), "{rest}");
}

#[test]
fn a_termination_signal_ends_it_with_a_summary() {
    let mut live = Live::start();
    live.line_with("in service");
    let (rest, status) = live.end_with("-TERM");
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains(" ticks from ") && rest.contains("static-peak"), "{rest}");
    assert!(!rest.contains("the dashboard stays"), "{rest}");
}

#[test]
fn ctrl_c_ends_training_too() {
    let mut live = Live::start();
    live.line_with("dashboard: ");
    let (rest, status) = live.end_with("-INT");
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains("interrupted before the first tick"), "{rest}");
}
