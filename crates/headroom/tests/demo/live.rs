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

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_dashboard_answers_while_it_runs_and_ctrl_c_ends_it_with_a_summary() {
    let mut live = Live::start();
    let line = live.line_with("dashboard: ");
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    live.line_with("in service");
    let answer = get(&address, "/api/groups");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    assert!(body.contains("\"web\"") && body.contains("\"simulated\""), "{answer}");
    assert!(get(&address, "/api/groups/other").starts_with("HTTP/1.1 404 "));

    let (rest, status) = live.end_with("-INT");
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains(" ticks from ") && rest.contains("headroom") && rest.contains("static-peak"), "{rest}");
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
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
