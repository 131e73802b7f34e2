//! `headroom stop`, `resume`, `approve` and `reject` from the outside: what they store, what they say, and how they end.

use std::path::Path;

use assert_cmd::Command;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Run, url};

/// Runs `headroom` with `args`, words that are split at spaces, on the store in `folder`.
fn run(folder: &TempDir, args: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.env("USER", "alice").args(args.split_whitespace()).args(["--store", &url(folder.path())]);
    command.output().unwrap().into()
}

fn done(folder: &TempDir, args: &str) -> String {
    let run = run(folder, args);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{args}");
    run.stdout
}

fn refused(folder: &TempDir, args: &str, parts: &[&str]) {
    let run = run(folder, args);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{args}: {}", run.stderr);
    assert!(run.stderr.starts_with("error: ") && run.stderr.lines().count() == 1, "{}", run.stderr);
    for part in parts {
        assert!(run.stderr.contains(part), "no `{part}`: {}", run.stderr);
    }
}

fn write(folder: &Path, key: &str, text: &str) {
    let path = folder.join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(folder: &TempDir, key: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.path().join(key)).unwrap()).unwrap()
}

/// What is on record of the orders given, in their order.
fn records(folder: &TempDir) -> Vec<Value> {
    let Ok(files) = std::fs::read_dir(folder.path().join("audit")) else { return Vec::new() };
    // Two, where a day ended meanwhile.
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let lines = files.iter().flat_map(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    });
    lines.collect()
}

/// A store with a fleet of two groups.
fn store() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fleet = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\n[[group]]\nid = \"api\"\nprovider = \"simulated\"\n";
    write(folder.path(), "config/fleet.toml", fleet);
    folder
}

/// The state of `web` with a proposal to remove six instances, whose time is up `minutes` from now.
fn propose(folder: &TempDir, minutes: i64) -> Timestamp {
    let until = Timestamp::now() + SignedDuration::from_mins(minutes);
    let standing = json!({ "tick": "2026-11-26T12:00:00Z", "until": until, "action": "scale_in", "before": 20, "desired": 14 });
    let state = json!({ "format": 1, "last": null, "expected": [], "errors": [], "approvals": { "standing": standing } });
    write(folder.path(), "state/group=web.json", &state.to_string());
    until
}

#[test]
fn a_group_is_stopped_once_and_runs_again() {
    let store = store();
    let said = done(&store, "stop --group web --why incident");
    assert_eq!(said, "group `web` is stopped: nothing is written until `headroom resume`\n");
    let control = read(&store, "control/group=web.json");
    assert_eq!((&control["stop"]["by"], &control["stop"]["why"]), (&json!("alice"), &json!("incident")));
    let again = done(&store, "stop --group web --by bob");
    assert!(again.starts_with("group `web` was stopped by alice on ") && again.contains("incident; that stays"), "{again}");
    assert_eq!(read(&store, "control/group=web.json"), control);
    let said = done(&store, "resume --group web");
    assert!(said.starts_with("group `web` runs again; it was stopped by alice on "), "{said}");
    assert_eq!(read(&store, "control/group=web.json").get("stop"), None);
    assert_eq!(done(&store, "resume --group web"), "group `web` was not stopped\n");
}

#[test]
fn what_is_still_stopped_is_told() {
    let store = store();
    done(&store, "stop");
    done(&store, "stop --group api");
    let said = done(&store, "resume --group api");
    assert!(said.contains("group `api` runs again") && said.contains("the whole fleet is still stopped by alice"), "{said}");
    done(&store, "stop --group api");
    let said = done(&store, "resume");
    assert!(said.contains("the whole fleet runs again") && said.contains("group `api` is still stopped by alice"), "{said}");
    assert!(!said.contains("`web`"), "{said}");
}

#[test]
fn programs_get_the_same_and_people_read_standard_error_then() {
    let store = store();
    let run = run(&store, "stop --why test --by bob --json -");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["group"], &json["stopped"], &json["changed"]), (&Value::Null, &json!(true), &json!(true)));
    assert_eq!((&json["stop"]["by"], &json["stop"]["why"]), (&json!("bob"), &json!("test")));
    assert!(run.stderr.contains("the whole fleet is stopped"), "{}", run.stderr);
}

#[test]
fn a_proposal_is_answered() {
    let store = store();
    let until = propose(&store, 20);
    let said = done(&store, "approve --group web --by bob");
    let limit = until.strftime("%d %b %H:%M UTC");
    assert_eq!(said, format!("approved for group `web`: scale in from 20 to 14; the next tick before {limit} carries it out\n"));
    let answer = &read(&store, "control/group=web.json")["answer"];
    let expected = [("tick", json!("2026-11-26T12:00:00Z")), ("action", json!("scale_in")), ("desired", json!(14))];
    assert!(expected.iter().all(|(field, value)| &answer[field] == value), "{answer}");
    assert_eq!((&answer["verdict"], &answer["by"]), (&json!("approved"), &json!("bob")));

    done(&store, "stop --why drill");
    let said = done(&store, "approve --group web");
    assert!(said.contains("but nothing is written while the kill switch is thrown (drill)"), "{said}");
    let run = run(&store, "reject --group web --json -");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["answer"]["verdict"], &json["proposal"]["before"]), (&json!("rejected"), &json!(20)));
    assert_eq!(read(&store, "control/group=web.json")["answer"]["verdict"], "rejected", "the last answer counts");
}

#[test]
fn what_cannot_be_answered_says_why() {
    let store = store();
    for command in ["approve", "reject"] {
        refused(&store, &format!("{command} --group web"), &["nothing of group `web` waits for an operator"]);
    }
    propose(&store, -1);
    for command in ["approve", "reject"] {
        refused(
            &store,
            &format!("{command} --group web"),
            &["scale in from 20 to 14", "was up on", "answer what the next tick proposes"],
        );
    }
    assert!(!store.path().join("control").exists(), "nothing was stored");
}

#[test]
fn every_order_is_on_record() {
    let store = store();
    propose(&store, 20);
    done(&store, "stop --group web --why incident");
    done(&store, "stop --group web --by bob");
    done(&store, "resume --group web");
    done(&store, "stop");
    done(&store, "approve --group web --by bob");
    done(&store, "reject --group web");
    let records = records(&store);
    let told: Vec<[&str; 3]> = records
        .iter()
        .map(|record| ["action", "by", "group"].map(|field| record[field].as_str().unwrap_or("the fleet")))
        .collect();
    let expected = [
        ["stop", "alice", "web"],
        ["stop", "bob", "web"],
        ["resume", "alice", "web"],
        ["stop", "alice", "the fleet"],
        ["approve", "bob", "web"],
        ["reject", "alice", "web"],
    ];
    assert_eq!(told, expected);
    assert!(records.iter().all(|record| record["outcome"]["kind"] == "done"), "{records:?}");
    assert_eq!(records[0]["what"], json!({ "why": "incident", "changed": true }));
    assert_eq!(records[1]["what"]["changed"], false);
    assert_eq!(records[4]["what"], json!({ "tick": "2026-11-26T12:00:00Z", "action": "scale_in", "desired": 14 }));
}

#[test]
fn what_fails_is_on_record_too() {
    let store = store();
    write(store.path(), "control/group=web.json", "{");
    refused(&store, "resume --group web", &["control/group=web.json"]);
    let outcome = &records(&store)[0]["outcome"];
    assert_eq!(outcome["kind"], "failed");
    assert!(outcome["error"].as_str().unwrap().contains("control/group=web.json"), "{outcome}");
}

#[test]
fn a_record_that_cannot_be_written_keeps_nobody_from_stopping() {
    let store = store();
    // A file where the folder of the records would be.
    write(store.path(), "audit", "in the way");
    let stopped = run(&store, "stop --group web --why incident");
    assert_eq!(stopped.status, Some(0), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("warning: this could not be recorded: `audit/"), "{}", stopped.stderr);
    assert_eq!(read(&store, "control/group=web.json")["stop"]["why"], "incident");
    refused(&store, "resume --group web", &["recording the order", "audit/"]);
    assert_eq!(read(&store, "control/group=web.json")["stop"]["why"], "incident", "it is not taken back off the record");
}

#[test]
fn a_group_or_a_store_that_is_none_is_named() {
    let store = store();
    for command in ["stop", "resume", "approve", "reject"] {
        refused(&store, &format!("{command} --group wbe"), &["no group `wbe`", "it has `web`, `api`"]);
        refused(&store, &format!("{command} --group ../web"), &["`--group` is `../web`", "use letters"]);
    }
    // Without a configuration, those that have been scaled are known.
    let bare = tempfile::tempdir().unwrap();
    propose(&bare, 20);
    refused(&bare, "stop --group api", &["no group `api`", "it has `web`"]);
    done(&bare, "approve --group web");

    let empty = tempfile::tempdir().unwrap();
    refused(&empty, "stop", &["no scaler uses the store `file://", "correct `--store`"]);
}

#[test]
fn stores_that_cannot_be_opened_are_named() {
    let url = |url: &str| Command::new(env!("CARGO_BIN_EXE_headroom")).args(["stop", "--store", url]).output().unwrap();
    let output = url("/var/lib/headroom");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("opening the store `/var/lib/headroom`") && error.contains("write file:///var/lib/headroom"),
        "{error}"
    );
    let typo = tempfile::tempdir().unwrap();
    let output = url(&format!("file://{}/stroe", typo.path().display()));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && error.contains("there is no such folder: correct the URL"), "{error}");
    assert_eq!(std::fs::read_dir(typo.path()).unwrap().count(), 0, "a slip of the pen leaves nothing behind");
    if !cfg!(feature = "aws") {
        let error = String::from_utf8(url("s3://bucket/prefix").stderr).unwrap();
        assert!(error.contains("this build has no AWS: build `headroom` with `--features aws`"), "{error}");
    }
}

#[test]
fn a_broken_switch_can_be_thrown_and_is_not_taken_back_unread() {
    let store = store();
    write(store.path(), "control/group=web.json", "{");
    refused(&store, "resume --group web", &["control/group=web.json", "`headroom stop`"]);
    let said = done(&store, "resume");
    assert!(said.contains("whether group `web` is stopped cannot be read"), "{said}");
    done(&store, "stop --group web");
    done(&store, "resume --group web");
}

#[test]
fn help_has_an_example() {
    for command in ["stop", "resume", "approve", "reject"] {
        let output = Command::new(env!("CARGO_BIN_EXE_headroom")).args([command, "--help"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("  headroom {command} ")) && text.contains("--store <URL>"), "{text}");
    }
}

#[test]
fn words_for_the_record_are_one_line() {
    let folder = TempDir::new().unwrap();
    for (option, text) in [("--why", "two\nlines"), ("--by", "al\x1bice"), ("--why", &*"x".repeat(501))] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        let store = format!("file://{}", folder.path().display());
        let output = command.args(["stop", "--store", &store, option, text]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(option) && told.contains("use one line of at most 500 characters"), "{told}");
    }
}
