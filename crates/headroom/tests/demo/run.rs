//! The program, and a small trace to give it.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;

/// A run of `headroom demo` that ended by itself.
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

/// Runs `headroom demo` with `args`, words that are split at spaces.
pub(crate) fn demo(args: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.arg("demo").args(args.split_whitespace()).output().unwrap().into()
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
        let requests = 1000.0 + 2000.0 * noon + 1500.0 * f64::from(sale) + (step * 7919 % 101) as f64;
        writeln!(text, "2026-11-{:02}T{:02}:{:02}:00Z,{requests:.0},{sale}", 23 + day, minute / 60, minute % 60).unwrap();
    }
    let path = folder.join("shop.csv");
    std::fs::write(&path, text).unwrap();
    path
}
