//! What it refuses, and what it says then.

use std::fs;

use super::tune_policy;
use crate::common::write_trace;

/// Runs with `args` and looks for `message` on standard error.
fn check(args: &str, status: i32, message: &str) {
    let run = tune_policy(args);
    assert_eq!((run.status, run.stdout.as_str()), (Some(status), ""), "{args}: {}", run.stderr);
    assert!(run.stderr.contains(message), "{args}: {}", run.stderr);
}

#[test]
fn each_refusal_names_the_thing_and_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path()).display().to_string();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let simulated = "[defaults]\nprovider = \"simulated\"\n";
    let two = file("two.toml", &format!("{simulated}[[group]]\nid = \"a\"\n[[group]]\nid = \"b\"\n"));
    let reactive = file("reactive.toml", &format!("{simulated}[[group]]\nid = \"a\"\npolicy = \"reactive\"\n"));
    let inline = file("inline.toml", "group = [{ id = \"a\", provider = \"simulated\" }]\n");
    let wrong = file("wrong.toml", &format!("{simulated}[[group]]\nid = \"a\"\nrisk_quantile = 7\n"));
    let short = file("short.csv", "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,5\n2026-01-01T00:05:00Z,6\n");
    let history = "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,5\n2026-01-01T00:05:00Z,6\n";
    file("store/history/group=a/date=2026-01-01.csv", history);
    let store = format!("file://{}/store", folder.path().display());
    fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = format!("file://{}/empty", folder.path().display());
    let missing = format!("file://{}/missing", folder.path().display());

    check("", 2, "--trace");
    check(&format!("--trace {trace} --store {store}"), 2, "cannot be used with");
    check(&format!("--trace {trace} --write"), 2, "--config");
    check(&format!("--store {store} --calendar c.json"), 2, "cannot be used with");
    check(&format!("--trace {trace} --violations-max 1.5"), 2, "write a share from 0 to 1");
    check(&format!("--trace {trace} --violation-cost-per-minute 0"), 2, "write a number above 0");
    check(&format!("--trace {trace} --json - --out -"), 1, "would mix on standard output");
    check(&format!("--trace {trace} --out {}/none/x.toml", folder.path().display()), 1, "a folder that you may write to");
    check("--trace none.csv", 1, "opening `none.csv`");
    check(&format!("--trace {short}"), 1, "too few to choose by one half and confirm by the other: take a longer history");
    check(&format!("--trace {trace} --config none.toml"), 1, "opening `none.toml`");
    check(&format!("--trace {trace} --config {two}"), 1, "choose one of `a`, `b` with `--group`");
    check(&format!("--trace {trace} --config {two} --group c"), 1, "has no group `c`: choose one of `a`, `b`");
    check(&format!("--trace {trace} --group a"), 1, "name its file with `--config`");
    check(&format!("--trace {trace} --config {wrong}"), 1, "`risk_quantile` = 7 is not above 0");
    check(&format!("--trace {trace} --config {reactive}"), 1, "set `policy = \"headroom\"` and try again");
    check(&format!("--trace {trace} --config {inline} --write"), 1, "write it as `[[group]]`");
    check(&format!("--store {store}"), 1, "name the fleet's file with `--config`");
    check("--store store", 1, "opening the store `store`");
    check(&format!("--store {missing} --config {two} --group a"), 1, "there is no such folder: correct the URL");
    check(&format!("--store {empty} --config {two} --group a"), 1, "there is no history of group `a`");
    check(&format!("--store {store} --config {two} --group a"), 1, "take a longer history");
    let requests = file("requests.toml", &format!("{simulated}[[group]]\nid = \"a\"\nrequests_per_instance = 100\n"));
    check(&format!("--store {store} --config {requests}"), 1, "has no `request_count`, which `requests_per_instance`");
}
