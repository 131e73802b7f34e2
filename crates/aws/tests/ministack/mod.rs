//! Starts the emulator on a free port of this machine and ends it with the test.

use std::{
    env,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

/// Far more than the two seconds that it takes: a busy machine is not a broken emulator.
const START_WITHIN: Duration = Duration::from_secs(60);

/// A running emulator, with nothing in it.
pub(crate) struct Ministack {
    process: Child,
    port: u16,
    // Its folder for state, removed with it.
    _folder: tempfile::TempDir,
}

impl Ministack {
    /// The emulator that `MINISTACK` names; `None`, said aloud, where it names none.
    #[expect(clippy::print_stderr, reason = "whoever runs the tests must see that these did not run")]
    pub(crate) async fn start() -> Option<Self> {
        let Some(executable) = env::var_os("MINISTACK") else {
            eprintln!("SKIPPED: MINISTACK is not set; run it as MINISTACK=\"$(scripts/emulator)\" cargo nextest run");
            return None;
        };
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = Command::new(&executable)
            .current_dir(folder.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("MINISTACK={} does not start: {error}", executable.display()));
        let mut emulator = Self { process, port, _folder: folder };
        emulator.wait_until_ready().await;
        Some(emulator)
    }

    async fn wait_until_ready(&mut self) {
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let ended = self.process.try_wait().expect("the emulator is our own process");
            assert!(ended.is_none(), "the emulator ended by itself: {ended:?}");
            assert!(started.elapsed() < START_WITHIN, "the emulator does not listen on 127.0.0.1:{}", self.port);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An account of the emulator.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("testing", "testing", None, None, "test");
        aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // The number, not `localhost`: the SDK puts a bucket's name before a host's name.
            .endpoint_url(format!("http://127.0.0.1:{}", self.port))
            .build()
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
