//! `headroom plan` from the outside: what it says where there is nothing to plan, and how it ends.

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Run, files, url, without_aws};

/// Runs `headroom plan` with `args`.
fn plan(args: &[&str]) -> Run {
    without_aws(&[&["plan"], args].concat())
}

/// A store with this fleet.
fn store(fleet: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/fleet.toml"), fleet).unwrap();
    folder
}

const TWO: &str = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\n[[group]]\nid = \"batch\"\nmode = \"off\"\n";

#[test]
fn a_store_without_a_fleet_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let run = plan(&["--store", &url(empty.path())]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("`config/fleet.toml`: there is no fleet"), "{}", run.stderr);
    assert!(files(empty.path()).is_empty());

    let run = plan(&["--store", &url(&empty.path().join("stroe"))]);
    assert!(run.status == Some(1) && run.stderr.contains("there is no such folder: correct the URL"), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was created");

    let run = plan(&["--store", &url(empty.path()), "--config", "/nowhere/fleet.toml"]);
    assert!(run.status == Some(1) && run.stderr.contains("opening `/nowhere/fleet.toml`"), "{}", run.stderr);
    let broken = store("[[group]]\nid = \"a b\"\n");
    let run = plan(&["--store", &url(broken.path())]);
    assert!(run.status == Some(1) && run.stderr.contains("use letters, digits"), "{}", run.stderr);
}

#[test]
fn a_group_that_cannot_be_planned_hides_no_other() {
    let folder = store(TWO);
    let before = files(folder.path());
    let run = plan(&["--store", &url(folder.path()), "--at", "2026-11-27T08:00:00Z"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("at 27 Nov 08:00 UTC, nothing is written"), "{}", run.stdout);
    assert!(run.stdout.contains("its provider is `simulated`: there is no cloud to ask"), "{}", run.stdout);
    assert!(run.stdout.contains("`off`: nothing is looked at and nothing is done"), "{}", run.stdout);
    assert!(run.stderr.contains("1 of 2 groups could not be planned"), "{}", run.stderr);
    assert_eq!(files(folder.path()), before, "nothing was written");

    let run = plan(&["--store", &url(folder.path()), "--group", "batch"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(!run.stdout.contains("`web`"), "{}", run.stdout);
}

#[test]
fn programs_get_the_same() {
    let folder = store(TWO);
    let run = plan(&["--store", &url(folder.path()), "--at", "2026-11-27T08:00:00Z", "--json", "-"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, json["at"].as_str()), (Some(1), Some("2026-11-27T08:00:00Z")));
    assert!(json["groups"][0]["error"].as_str().unwrap().contains("no cloud to ask"), "{json}");
    assert_eq!((json["groups"][1]["group"].as_str(), json["groups"][1]["mode"].as_str()), (Some("batch"), Some("off")));
    assert!(run.stderr.contains("group `web`"), "people read standard error then: {}", run.stderr);
}

#[test]
fn wrong_use_is_told_apart() {
    let folder = store(TWO);
    let run = plan(&["--store", &url(folder.path()), "--group", "wbe"]);
    assert!(run.status == Some(1) && run.stderr.contains("no group `wbe`: it has `web`, `batch`"), "{}", run.stderr);
    assert_eq!(plan(&["--store", &url(folder.path()), "--at", "noon"]).status, Some(2));
    assert_eq!(plan(&[]).status, Some(2));
    let help = plan(&["--help"]).stdout;
    assert!(help.contains("  headroom plan --store s3://bucket/headroom") && help.contains("--at <TIME>"), "{help}");
}

#[test]
fn a_cloud_that_does_not_answer_is_told() {
    if !cfg!(feature = "aws") {
        return;
    }
    let folder = store("[[group]]\nid = \"web\"\nauto_scaling_group = \"web-asg\"\nregion = \"eu-west-1\"\n");
    let run = plan(&["--store", &url(folder.path())]);
    assert_eq!(run.status, Some(1));
    assert!(
        run.stdout.contains("reading the capacity of group `web`: Auto Scaling group `web-asg` in eu-west-1"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("1 of 1 group could not be planned"), "{}", run.stderr);
}
