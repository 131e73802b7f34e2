//! A running `headroom serve`.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::{Client, Response};

/// Long enough for the slowest machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A group of AWS.
pub(crate) const AWS_GROUP: &str = "[[group]]\nid = \"web\"\nregion = \"eu-central-1\"\nauto_scaling_group = \"web-asg\"\n";

/// A run that ended by itself.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `headroom` with `args`, words that are split at spaces.
pub(crate) fn headroom(args: &str) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_headroom")).args(args.split_whitespace()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Where a process finds its fleet and its store, removed with it.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    /// One with this fleet.
    pub(crate) fn with(fleet: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("fleet.toml"), fleet).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Fleet and store as options.
    pub(crate) fn place(&self) -> String {
        format!("--config {} --store file://{}", self.path("fleet.toml").display(), self.path("store").display())
    }

    /// Whether any file of the store holds `text`.
    pub(crate) fn store_holds(&self, text: &str) -> bool {
        holds(&self.path("store"), text)
    }
}

fn holds(folder: &Path, text: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => holds(&path, text),
        false => String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).contains(text),
    })
}

/// The process, and what it has printed.
pub(crate) struct Serving {
    child: Child,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts `headroom serve`, whose AWS is at `endpoint`.
    pub(crate) fn start(options: &str, endpoint: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.arg("serve").args(options.split_whitespace());
        command.envs([
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("CANDLE_NUM_THREADS", "1"),
        ]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (kept(child.stdout.take().unwrap()), kept(child.stderr.take().unwrap()));
        Self { child, stdout, stderr }
    }

    pub(crate) fn stdout(&self) -> String {
        self.stdout.lock().unwrap().clone()
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until `seen`.
    pub(crate) fn until(&mut self, what: &str, mut seen: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !seen(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before {what}: {ended:?}\n{}\n{}", self.stdout(), self.stderr());
            assert!(begun.elapsed() < PATIENCE, "not {what}\n{}\n{}", self.stdout(), self.stderr());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What stands behind `dashboard: `.
    pub(crate) fn dashboard(&mut self) -> String {
        let line = |text: String| text.lines().find_map(|line| line.strip_prefix("dashboard: ").map(str::to_owned));
        // The line is whole once another character follows it.
        self.until("the dashboard's line", |serving| {
            serving.stdout().split("dashboard: ").nth(1).is_some_and(|rest| rest.contains('\n'))
        });
        line(self.stdout()).unwrap()
    }

    /// Its URL and token.
    pub(crate) fn with_token(&mut self) -> (String, String) {
        let line = self.dashboard();
        let (url, token) = line.split_once("/#token=").expect("a token");
        (url.to_owned(), token.to_owned())
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Whether it has ended, and how.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// How it ends after `signal`.
    pub(crate) fn end_with(&mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        let begun = Instant::now();
        loop {
            match self.ended() {
                Some(status) => return status.code(),
                None => assert!(begun.elapsed() < PATIENCE, "it goes on after {signal}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // A failed test must not leave a process behind; one that ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kept(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&text);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut text = kept.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
    text
}

/// Asks for `url`, with or without a token.
pub(crate) fn get(client: &Client, url: &str, token: Option<&str>) -> Response {
    let request = client.get(url);
    token.map_or_else(|| client.get(url), |token| request.bearer_auth(token)).send().unwrap()
}

/// An address of this machine at which nobody listens.
pub(crate) fn nobody() -> String {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", taken.local_addr().unwrap())
}
