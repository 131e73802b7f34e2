//! Runs that end by themselves.

use std::sync::OnceLock;

use serde_json::Value;

use super::demo;
use crate::common::{Run, write_trace};

/// Twelve ticks of the generated shop, played once for all tests.
fn shop() -> &'static Run {
    static SHOP: OnceLock<Run> = OnceLock::new();
    SHOP.get_or_init(|| demo("--ticks 12 --headless --json -"))
}

fn names(summary: &Value) -> Vec<&str> {
    summary["policies"].as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap()).collect()
}

#[test]
fn programs_get_json_and_nothing_else_on_standard_output() {
    let run = shop();
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let summary: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    assert_eq!((&summary["ticks"], &summary["model"]), (&12.into(), &"blend".into()));
    assert_eq!((&summary["from"], &summary["to"]), (&"2026-06-29T00:00:00Z".into(), &"2026-06-29T00:56:00Z".into()));
    assert_eq!(names(&summary), ["headroom", "threshold", "static-peak"]);
    for policy in summary["policies"].as_array().unwrap() {
        let hours = policy["instance_hours"].as_f64().unwrap();
        assert!(hours > 0.0 && (policy["cost"].as_f64().unwrap() - 0.10 * hours).abs() < 1e-9, "{policy}");
        for share in ["violation_share", "unserved_share"] {
            assert!((0.0..=1.0).contains(&policy[share].as_f64().unwrap()), "{policy}");
        }
    }
}

#[test]
fn people_get_a_line_a_tick_and_a_table() {
    let told = &shop().stderr;
    let ticks: Vec<&str> = told.lines().filter(|line| line.contains("in service")).collect();
    assert_eq!(ticks.len(), 12, "{told}");
    for line in ticks {
        let what = ["stay at ", "scale out from ", "scale in from "].into_iter().find(|what| line.contains(what));
        assert!(what.is_some_and(|what| line.split(what).nth(1).unwrap().contains(": ")), "no reason: {line}");
    }
    assert!(told.contains("`four-hour sale` is announced from 2026-06-29T02:00:00Z"), "{told}");
    for words in ["chose `blend`: its loss is ", "12 ticks from ", "instance-hours", "violation minutes", "static-peak"] {
        assert!(told.contains(words), "no `{words}`: {told}");
    }
}

#[test]
fn the_same_seed_plays_the_same_and_another_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("summary.json");
    let again = demo(&format!("--ticks 12 --headless --seed 7 --json {}", file.display()));
    assert_eq!(again.status, Some(0), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), shop().stdout);
    assert!(again.stdout.contains("12 ticks from ") && !again.stdout.contains('{'), "lines for people: {}", again.stdout);
    assert_eq!(again.stdout, shop().stderr, "the same lines, on the other stream");

    let other = demo("--ticks 12 --headless --seed 8 --json -");
    assert_eq!(other.status, Some(0), "{}", other.stderr);
    assert_ne!(other.stdout, shop().stdout);
}

#[test]
fn a_short_trace_plays_to_its_end_and_its_store_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let store = folder.path().join("store");
    let args = format!("--trace {} --ticks 999 --headless --store file://{} --json -", trace.display(), store.display());
    let run = demo(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    // A fifth of three days, and a tick a minute after each step.
    assert_eq!((&summary["trace"], &summary["ticks"]), (&"shop".into(), &173.into()));
    assert!(run.stderr.contains("the trace ended after 173 of 999 ticks"), "{}", run.stderr);
    assert!(run.stderr.contains("`event 1` is announced"), "the flagged sale: {}", run.stderr);
    let hours = |policy: usize| summary["policies"][policy]["instance_hours"].as_f64().unwrap();
    assert!(hours(0) < hours(2), "cheaper than static peak: {summary}");

    let decisions = std::fs::read_to_string(store.join("decisions/group=web/date=2026-11-25.jsonl")).unwrap();
    assert_eq!(decisions.lines().count(), 173);
    let kept =
        ["config/fleet.toml", "history/group=web/date=2026-11-23.csv", "models/group=web/current.json", "state/group=web.json"];
    for kept in kept {
        assert!(store.join(kept).is_file(), "{kept}");
    }
    let second = demo(&args);
    assert_eq!((second.status, second.stdout.as_str()), (Some(1), ""));
    assert!(second.stderr.contains("is not empty") && second.stderr.contains("name a new folder"), "{}", second.stderr);
}
