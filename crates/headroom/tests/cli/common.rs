//! The program, and a small trace to give it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;

/// A run of `headroom` that ended by itself.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The same numbers without candle's second thread, which waits by spinning.
pub(crate) const ONE_THREAD: (&str, &str) = ("CANDLE_NUM_THREADS", "1");

/// Runs `headroom` with `args`, words that are split at spaces.
pub(crate) fn headroom(args: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.env(ONE_THREAD.0, ONE_THREAD.1);
    command.args(args.split_whitespace()).output().unwrap().into()
}

/// Runs `headroom` with `args` where AWS would be asked in vain: nothing listens there, and no test reaches any other address.
pub(crate) fn without_aws(args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_REGION", "eu-west-1");
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
    command.args(args).output().unwrap().into()
}

/// The store in `folder`, as `--store` takes it.
pub(crate) fn url(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

/// Every file below `folder`, with its bytes.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// The recorded trace of this name; none, which is told, where it is not beside the workspace.
pub(crate) fn recorded(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
    let trace = folder.join(name).with_extension("csv");
    if !trace.is_file() {
        let remark = format!("skipped: there is no recorded trace `{name}` beside the workspace\n");
        // Past the test harness, which would swallow it.
        std::io::stderr().write_all(remark.as_bytes()).unwrap();
        return None;
    }
    Some(trace)
}

/// A number from 0 to 1, the same for the same `step` (the finishing step of SplitMix64).
fn noise(step: u64) -> f64 {
    let mut bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
}

/// Days of the small trace.
const DAYS: usize = 3;

/// Three days of 5-minute rows: a quiet night, a busy noon, and a flagged sale in the part that is replayed.
pub(crate) fn write_trace(folder: &Path) -> PathBuf {
    let mut text = "timestamp,request_count,is_sale_active\n".to_owned();
    for step in 0..DAYS * 288 {
        let (day, minute) = (step / 288, step % 288 * 5);
        let noon = 1.0 - (f64::from(u32::try_from(minute).unwrap()) / 1440.0 * std::f64::consts::TAU).cos();
        let sale = u8::from(day == DAYS - 1 && (720..780).contains(&minute));
        let requests = 1000.0 + 2000.0 * noon + 1500.0 * f64::from(sale) + 400.0 * noise(step as u64);
        writeln!(text, "2026-11-{:02}T{:02}:{:02}:00Z,{requests:.0},{sale}", 23 + day, minute / 60, minute % 60).unwrap();
    }
    let path = folder.join("shop.csv");
    std::fs::write(&path, text).unwrap();
    path
}
