//! Input that cannot be played: one line that names file, line and cure, and nothing on standard output.

use std::{net::TcpListener, path::Path};

use super::demo;
use crate::common::write_trace;

fn refused(args: &str, parts: &[&str]) {
    let run = demo(args);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{args}: {}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    for part in parts {
        assert!(run.stderr.contains(part), "no `{part}`: {}", run.stderr);
    }
}

fn refused_trace(content: &[u8], parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("load.csv");
    std::fs::write(&trace, content).unwrap();
    let named = format!("`{}`", trace.display());
    refused(&format!("--trace {} --ticks 1 --headless", trace.display()), &[&[named.as_str()], parts].concat());
}

#[test]
fn a_missing_trace_is_named() {
    refused("--trace no/such.csv --ticks 1 --headless", &["opening `no/such.csv`", "No such file"]);
}

#[test]
fn each_bad_trace_names_file_line_and_cure() {
    let rows = |rows: &str| format!("timestamp,request_count\n{rows}").into_bytes();
    refused_trace(b"", &["the file is empty", "write a header"]);
    refused_trace(b"\xef\xbb\xbf\r\n", &["the file is empty", "write a header"]);
    refused_trace(&rows(""), &["line 1: ", "add at least two rows"]);
    refused_trace(&rows("2026-11-23T00:00:00Z,7\n"), &["after line 1: 1 row(s)", "at least two are needed"]);
    refused_trace(b"time,request_count\n2026-11-23T00:00:00Z,7\n", &["line 1: ", "name the column", "`timestamp`"]);
    refused_trace(b"timestamp,memory\n2026-11-23T00:00:00Z,7\n", &["line 1: ", "`request_count`", "add one of them"]);
    refused_trace(
        &rows("2026-11-23T00:00:00Z,7\n2026-11-23T00:05:00Z,many\n"),
        &["line 3: `request_count` is `many`", "write a number"],
    );
    refused_trace(&rows("2026-11-23T00:00:00Z,7\nyesterday,8\n"), &["line 3: `yesterday`", "write it like 2026-"]);
    refused_trace(&rows("2026-11-23T00:00:00Z,7\n2026-11-23T00:05:00Z\n"), &["line 3: 1 fields", "as many fields as the header"]);
    refused_trace(b"timestamp,request_count\n\xff,1\n", &["line 2: ", "save the file as UTF-8"]);
    let daily = "2026-11-23T00:00:00Z,7\n2026-11-24T00:00:00Z,8\n2026-11-25T00:00:00Z,8\n";
    refused_trace(&rows(daily), &["the step is 86400 s", "bring the rows to a step"]);
    let idle: String = (0..60).map(|minute| format!("2026-11-23T00:{minute:02}:00Z,0\n")).collect();
    refused_trace(&rows(&idle), &["`request_count`", "take a trace with more load"]);
}

#[test]
fn each_bad_calendar_names_file_line_and_cure() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let calendar = folder.path().join("calendar.json");
    let check = |content: &str, parts: &[&str]| {
        std::fs::write(&calendar, content).unwrap();
        let named = format!("`{}`", calendar.display());
        let args = format!("--trace {} --calendar {} --ticks 1 --headless", trace.display(), calendar.display());
        refused(&args, &[&[named.as_str()], parts].concat());
    };
    let backwards =
        "{\n \"events\": [\n  {\"name\": \"Sale\", \"start\": \"2026-11-27T00:00\", \"end\": \"2026-11-26T00:00\"}\n ]\n}";
    check(backwards, &["line 3: event `Sale`", "not after it starts", "correct `end`"]);
    check("", &["line 1: ", "a calendar looks like"]);
    check("[1, 2]", &["line 1: ", "a calendar looks like"]);
    refused(
        &format!("--trace {} --calendar no/such.json --ticks 1 --headless", trace.display()),
        &["opening `no/such.json`", "No such file"],
    );
}

#[test]
fn a_store_that_is_none_is_named() {
    refused("--store tmp/x --ticks 1 --headless", &["opening the store `tmp/x`", "write file:///absolute/path"]);
}

#[test]
fn too_short_a_trace_is_told_before_anything_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read_to_string(write_trace(folder.path())).unwrap();
    let short = folder.path().join("short.csv");
    let head: String = whole.lines().take(60).map(|line| format!("{line}\n")).collect();
    std::fs::write(&short, head).unwrap();
    let run = demo(&format!("--trace {} --ticks 1 --headless --json -", short.display()));
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    let last = run.stderr.lines().last().unwrap();
    assert!(last.contains("short.csv`") && last.contains("too few rows to train on"), "{}", run.stderr);
    assert!(!run.stderr.contains("in service"), "{}", run.stderr);
}

#[test]
fn wrong_use_is_told_with_the_usage() {
    for (args, part) in [
        ("--speed 0", "--speed"),
        ("--ticks 0", "--ticks"),
        ("--calendar c.json", "--trace"),
        ("--peak-instances=-1", "write a number above 0"),
        ("--peak-instances nan", "write a number above 0"),
        ("--price-per-hour 0", "write a number above 0"),
        ("--port 70000", "--port"),
        ("--colour red", "--colour"),
        ("web.csv", "web.csv"),
    ] {
        let run = demo(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{args}: {}", run.stderr);
    }
}

#[test]
fn help_has_an_example() {
    let run = demo("--help");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("headroom demo --ticks 300 --headless --json -"), "{}", run.stdout);
}

#[test]
fn a_port_that_is_taken_is_told_with_the_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let run = demo(&format!("--trace {} --port {port}", Path::display(&write_trace(folder.path()))));
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let listening = format!("listening on 127.0.0.1:{port}: choose another port with `--port`, or none with `--headless`");
    assert!(run.stderr.contains(&listening) && run.stderr.lines().count() == 1, "{}", run.stderr);
}
