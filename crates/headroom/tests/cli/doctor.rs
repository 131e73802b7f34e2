//! `headroom doctor` from the outside: what it finds in a local store, and how it ends.

use std::path::Path;

use assert_cmd::Command;
use headroom_core::Observation;
use headroom_store::{Expect, LocalStore, Store, history, keys};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Run, files, url, without_aws};

/// Runs `headroom doctor` with `args`.
fn doctor(args: &[&str]) -> Run {
    without_aws(&[&["doctor"], args].concat())
}

const FLEET: &str = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\n";

/// A store in which collector and scaler have just worked, after fifteen days of history.
fn store(fleet: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second().div_euclid(300) * 300).unwrap();
    let row = |index: i32| Observation {
        cpu_utilization: Some(50.0),
        in_service_instances: Some(4.0),
        ..Observation::at(now - SignedDuration::from_mins(5) * (index + 1))
    };
    let rows: Vec<Observation> = (0..15 * 288).map(row).collect();
    let decision = json!({
        "format": 1, "group": "web", "tick": now, "at": now, "mode": "observe", "policy": "headroom",
        "before": {"desired": 4, "min": 1, "max": 9, "in_service": 4, "pending": 0},
        "required": 4, "desired": 4, "action": "hold", "load": 2.0, "reasons": [], "sentence": "stay at 4",
        "outcome": {"kind": "unchanged"},
    });
    let state = json!({"format": 1, "last": decision, "expected": [], "errors": []}).to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        history::merge(&store, "web", &rows).await.unwrap();
        store.put(keys::FLEET, fleet.as_bytes(), Expect::Absent).await.unwrap();
        store.put(&keys::state("web"), state.as_bytes(), Expect::Absent).await.unwrap();
    });
    folder
}

#[test]
fn a_store_at_work_has_no_error_and_stays_as_it_is() {
    let folder = store(FLEET);
    let before = files(folder.path());
    let run = doctor(&["--store", &url(folder.path())]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    for part in ["`config/fleet.toml` has 1 group", "can be read and written", "group `web`", "15.0 days", "`simulated`"] {
        assert!(run.stdout.contains(part), "no `{part}`: {}", run.stdout);
    }
    let train = format!("$ trainer train --group web --store {}", url(folder.path()));
    assert!(run.stdout.contains(&train), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n0 errors, 1 warning, 12 ok\n"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'), "colours are for terminals");
    assert_eq!(files(folder.path()), before, "nothing was written");
}

#[test]
fn errors_are_told_with_their_cure_and_end_with_1() {
    let folder = store(FLEET);
    let day = std::fs::read_dir(folder.path().join("history/group=web")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&day, "timestamp,cpu_utilization\nyesterday,3\n").unwrap();
    std::fs::write(folder.path().join("config/business_calendar.json"), "{").unwrap();
    let run = doctor(&["--store", &url(folder.path()), "--json", "-"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("error: 2 errors are to be cured"), "{}", run.stderr);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((json["errors"].as_u64(), json["warnings"].as_u64()), (Some(2), Some(1)), "{json:#}");
    let errors: Vec<&Value> = json["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "error").collect();
    let things: Vec<&str> = errors.iter().map(|error| error["thing"].as_str().unwrap()).collect();
    assert_eq!(things, ["calendar", "history"]);
    assert_eq!((errors[0].get("group"), errors[1]["group"].as_str()), (None, Some("web")));
    assert!(errors[1]["what"].as_str().unwrap().contains("line 2"), "{json:#}");
}

/// The findings of a run with `--json -` that name `key`.
fn naming(key: &str, folder: &Path) -> Vec<Value> {
    let run = doctor(&["--store", &url(folder), "--json", "-"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = json["findings"].as_array().unwrap().clone();
    findings.into_iter().filter(|finding| finding["what"].as_str().unwrap().contains(key)).collect()
}

#[test]
fn each_broken_object_is_named_with_the_command_that_cures_it() {
    let now = Timestamp::now();
    let (today, yesterday) = (keys::day(now), keys::day(now - SignedDuration::from_hours(24)));
    for (key, thing, severity, cure) in [
        (keys::decisions("web", today), "records", "error", "mv "),
        (keys::decisions("web", yesterday), "records", "error", "mv "),
        (keys::forecasts("web", today), "records", "error", "mv "),
        (keys::anomalies("web", today), "records", "error", "mv "),
        (keys::training_request("web"), "records", "warning", "mv "),
        (keys::latest_backtest("web"), "records", "warning", "headroom backtest --group web --store file:///"),
        (keys::hourly("web", 2025), "records", "warning", "mv "),
        (keys::state("web"), "scaler", "error", "mv "),
        (keys::audit(today), "audit", "error", "cat "),
        (keys::CALENDAR.to_owned(), "calendar", "error", "cat "),
    ] {
        let folder = store(FLEET);
        assert_eq!(naming(&key, folder.path()).len(), usize::from(key == keys::CALENDAR), "{key}");
        let path = folder.path().join(&key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{\"tick\": 1").unwrap();
        let found = naming(&key, folder.path());
        let [finding] = &found[..] else { panic!("one finding for {key}, not {found:#?}") };
        assert_eq!((finding["thing"].as_str(), finding["severity"].as_str()), (Some(thing), Some(severity)), "{finding:#}");
        assert!(finding["runbook"].is_string(), "{finding:#}");
        let command = finding["cure"].as_str().unwrap();
        assert!(command.starts_with(cure), "{command}");
        if command.starts_with("mv ") {
            let command = command.split(" && ").next().unwrap();
            let aside = tempfile::tempdir().unwrap();
            Command::new("sh").args(["-c", command]).current_dir(aside.path()).assert().success();
            assert_eq!(naming(&key, folder.path()), [Value::Null; 0], "{command}");
            assert_eq!(files(aside.path()).len(), 1, "a copy is kept");
        }
    }
}

#[test]
fn what_a_decision_tells_of_now_is_told() {
    let folder = store(FLEET);
    let path = folder.path().join(keys::state("web"));
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let now = Timestamp::now();
    state["last"]["load"] = json!(6.1);
    state["past"]["shortage"] = json!({
        "since": now, "wanted": 8, "got": 4, "attempts": 2, "retry_at": now + SignedDuration::from_mins(10), "refused": true,
    });
    std::fs::write(&path, state.to_string()).unwrap();
    let run = doctor(&["--store", &url(folder.path())]);
    assert_eq!(run.status, Some(0), "a group that is only watched: {}", run.stdout);
    for part in
        ["shortage          4 of 8 instances since", "asked 2 times", "capacity          4 in service, and the load takes 8"]
    {
        assert!(run.stdout.contains(part), "no `{part}`: {}", run.stdout);
    }
    let entry = "docs/runbook.md: Fewer instances than the load takes";
    assert!(run.stdout.contains(entry), "{}", run.stdout);
}

#[test]
fn what_operators_left_behind_is_told() {
    let folder = store(FLEET);
    let stop = ["stop", "--why", "drill", "--by", "bob", "--store", &url(folder.path())];
    Command::new(env!("CARGO_BIN_EXE_headroom")).args(stop).assert().success();
    let run = doctor(&["--store", &url(folder.path())]);
    assert_eq!(run.status, Some(0), "a stop is someone's wish: {}", run.stdout);
    let resume = format!("$ headroom resume --store {}", url(folder.path()));
    assert!(run.stdout.contains("bob stopped it: drill") && run.stdout.contains(&resume), "{}", run.stdout);
}

#[test]
fn a_fleet_of_ones_own_is_held_against_the_stores() {
    let folder = store(FLEET);
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, format!("{FLEET}max_instances = 9\n")).unwrap();
    let run = doctor(&["--config", &file.display().to_string(), "--store", &url(folder.path())]);
    assert!(run.stdout.contains("`config/fleet.toml` of the store is another than `"), "{}", run.stdout);
    let put = format!("$ cp {} {}/config/fleet.toml", file.display(), folder.path().display());
    assert!(run.stdout.contains(&put), "{}", run.stdout);
}

#[test]
fn a_store_or_a_fleet_that_is_none_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let run = doctor(&["--store", &url(&folder.path().join("stroe"))]);
    assert!(run.status == Some(1) && run.stdout.contains("there is no such folder: correct the URL"), "{}", run.stdout);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
    let run = doctor(&["--store", &url(folder.path())]);
    assert!(run.status == Some(1) && run.stdout.contains("there is no fleet"), "{}", run.stdout);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
    let broken = store("[[group]]\nid = \"web\"\nstep_seconds = 7\nmin_instances = 7\nmax_instances = 5\n");
    let run = doctor(&["--store", &url(broken.path())]);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("`step_seconds` = 7") && run.stdout.contains("`min_instances` = 7"), "{}", run.stdout);
}

#[test]
fn one_group_of_several_is_looked_at() {
    let folder = store(&format!("{FLEET}[[group]]\nid = \"batch\"\nmode = \"off\"\n"));
    let run = doctor(&["--store", &url(folder.path()), "--group", "batch"]);
    assert_eq!(run.status, Some(0), "{}", run.stdout);
    assert!(run.stdout.contains("has 2 groups") && run.stdout.contains("group `batch`"), "{}", run.stdout);
    assert!(!run.stdout.contains("group `web`"), "{}", run.stdout);
    let run = doctor(&["--store", &url(folder.path()), "--group", "wbe"]);
    assert!(run.status == Some(1) && run.stderr.contains("no group `wbe`"), "{}", run.stderr);
}

#[test]
fn wrong_use_and_help() {
    assert_eq!(doctor(&[]).status, Some(2));
    let help = doctor(&["--help"]).stdout;
    assert!(help.contains("  headroom doctor --store s3://bucket/headroom") && help.contains("--cure"), "{help}");
    assert!(help.contains("--stack <NAME>") && help.contains("[default: headroom]"), "{help}");
}

#[test]
fn a_cloud_that_does_not_answer_is_told() {
    if !cfg!(feature = "aws") {
        return;
    }
    let folder = store("[[group]]\nid = \"web\"\nauto_scaling_group = \"web-asg\"\nregion = \"eu-west-1\"\n");
    let run = doctor(&["--store", &url(folder.path())]);
    assert_eq!(run.status, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("Auto Scaling group `web-asg` in eu-west-1"), "{}", run.stdout);
    assert!(run.stdout.contains("metrics of group `web`"), "{}", run.stdout);
    assert!(run.stdout.contains("$ aws iam simulate-principal-policy"), "{}", run.stdout);
}
