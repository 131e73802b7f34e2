//! What it refuses, and what it says then.

use std::fs;

use serde_json::Value;

use super::backtest;
use crate::common::write_trace;

/// Runs with `args` and looks for `message` on standard error.
fn check(args: &str, status: i32, message: &str) {
    let run = backtest(args);
    assert_eq!(run.status, Some(status), "{args}: {}", run.stderr);
    assert!(run.stderr.contains(message), "{args}: {}", run.stderr);
}

#[test]
fn each_refusal_names_the_thing_and_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path()).display().to_string();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let short = file("short.csv", "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,5\n2026-01-01T00:05:00Z,6\n");
    let idle = file("idle.csv", "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,0\n2026-01-01T00:05:00Z,0\n");
    let two = file("two.toml", "[defaults]\nprovider = \"simulated\"\n[[group]]\nid = \"a\"\n[[group]]\nid = \"b\"\n");
    check("", 2, "--trace");
    check("--trace none.csv", 1, "opening `none.csv`");
    check(&format!("--trace {trace} --policies headroom,magic"), 1, "`magic` is not a policy: choose from static-peak");
    check(&format!("--trace {trace} --policies schedule"), 1, "`schedule` needs a group with `[[group.schedule]]`");
    check(&format!("--trace {short}"), 1, "use a longer history");
    check(&format!("--trace {idle}"), 1, "take a trace with more load");
    check(&format!("--trace {trace} --config {two}"), 1, "choose one of `a`, `b` with `--group`");
    check(&format!("--trace {trace} --config {two} --group c"), 1, "has no group `c`: choose one of `a`, `b`");
    check(&format!("--trace {trace} --json {}/none/x.json", folder.path().display()), 1, "a folder that you may write to");
    check(&format!("--trace {trace} {trace} --timeline t.csv"), 1, "`--timeline` is of one trace");
    check(&format!("--trace {trace} --group a"), 2, "--config");
    check(&format!("--trace {trace} --store file:///x"), 2, "cannot be used with");
    check(&format!("--trace {trace} --dry-run"), 2, "cannot be used with");
    let missing = format!("file://{}/missing", folder.path().display());
    check(&format!("--store {missing}"), 1, "there is no such folder: correct the URL");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = format!("file://{}/empty", folder.path().display());
    check(&format!("--store {empty}"), 1, "name the fleet's file with `--config`");
    check(&format!("--store {empty} --config {two}"), 1, "choose one of `a`, `b` with `--group`");
    check(&format!("--store {empty} --config {two} --group a"), 1, "add some with `trainer import --group a`");
    check(&format!("--trace {trace} --price-per-hour 0"), 2, "write a number above 0");
}

#[test]
fn one_bad_trace_takes_no_other_along() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let run = backtest(&format!("--trace none.csv {} --policies threshold,static-peak --json -", trace.display()));
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(
        run.stderr.contains("opening `none.csv`") && run.stderr.contains("1 of 2 traces could not be replayed"),
        "{}",
        run.stderr
    );
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(result["trace"], "shop");
}
