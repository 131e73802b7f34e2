//! Searches that end by themselves.

use std::fs;

use headroom_core::Fleet;
use serde_json::Value;

use super::tune_policy;
use crate::common::{headroom, write_trace};

const FIELDS: [&str; 5] =
    ["risk_quantile", "stabilization_minutes", "sudden_drop_hold_minutes", "scale_out_limit", "scale_in_limit"];

fn fleet(text: &str) -> Fleet {
    Fleet::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn help_has_an_example() {
    let run = tune_policy("--help");
    assert_eq!(run.status, Some(0));
    for part in ["Examples:\n  headroom tune-policy --trace", "--violations-max", "--violation-cost-per-minute", "--write"] {
        assert!(run.stdout.contains(part), "no `{part}`: {}", run.stdout);
    }
}

#[test]
fn a_trace_gives_people_a_report_and_programs_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let out = folder.path().join("tuned.toml");
    let args = format!(
        "--trace {} --price-per-hour 0.2 --violation-cost-per-minute 0.05 --violations-max 0.02 --json - --out {}",
        trace.display(),
        out.display()
    );
    let run = tune_policy(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let found: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    assert_eq!((&found["group"], &found["command"]), (&"shop".into(), &format!("headroom tune-policy {args}").into()));
    assert_eq!(found["objective"], serde_json::json!({ "kind": "money", "violations_max": 0.02 }));
    assert_eq!((&found["price_per_hour"], &found["violation_cost_per_minute"]), (&0.2.into(), &0.05.into()));
    assert_eq!(found["choosing"]["to"], found["confirming"]["from"]);
    for policy in ["configured", "from_money", "chosen", "target_tracking", "static_peak"] {
        for half in ["choosing", "confirming"] {
            let figures = &found[policy][half];
            let number = |name: &str| figures[name].as_f64().unwrap_or_else(|| panic!("no {name} of {policy}: {figures}"));
            assert!((number("cost") - 0.2 * number("instance_hours")).abs() < 1e-9, "{policy}: {figures}");
            assert!((number("total") - number("cost") - 0.05 * number("violation_minutes")).abs() < 1e-9, "{policy}: {figures}");
            assert!((number("violation_share") - number("violation_minutes") / number("minutes")).abs() < 1e-12);
        }
    }
    let evaluated = found["evaluated"].as_array().unwrap();
    assert!(evaluated.len() > 2000, "{}", evaluated.len());
    for field in FIELDS.into_iter().chain(["instance_hours", "cost", "violation_minutes", "total"]) {
        assert!(evaluated[0].get(field).is_some(), "no {field}: {}", evaluated[0]);
    }
    assert!(found["alternatives"].as_array().is_some_and(|others| !others.is_empty()));
    assert!(["kept", "confirmed", "worse"].contains(&found["verdict"]["kind"].as_str().unwrap()));

    for part in ["asked for: the least money", "settings tried", "chosen", "warning: the evidence is thin", "in all"] {
        assert!(run.stderr.contains(part), "no `{part}`: {}", run.stderr);
    }
    let text = fs::read_to_string(&out).unwrap();
    let group = fleet(&format!("[defaults]\nprovider = \"simulated\"\n{text}")).groups.remove(0);
    assert_eq!(group.risk_quantile, found["chosen"]["setting"]["risk_quantile"].as_f64());
    for part in ["# `headroom tune-policy --trace", "# first half, ", "# second half, ", "violation minutes"] {
        assert!(text.contains(part), "no `{part}`: {text}");
    }
}

#[test]
fn where_no_setting_is_good_enough_the_best_is_named_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let fleet = folder.path().join("fleet.toml");
    // Two instances are never enough.
    fs::write(&fleet, "[[group]]\nid = \"web\"\nprovider = \"simulated\"\nmax_instances = 2\n").unwrap();
    let run = tune_policy(&format!("--trace {} --config {}", trace.display(), fleet.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("warning: no setting keeps to 1 % violation minutes"), "{}", run.stdout);
    assert!(run.stdout.contains("none is allowed"), "{}", run.stdout);
}

#[test]
fn a_stored_history_tunes_the_file_that_configures_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let store = format!("file://{}", folder.path().join("store").display());
    let demo = headroom(&format!("demo --trace {} --ticks 999 --headless --store {store}", trace.display()));
    assert_eq!(demo.status, Some(0), "{}", demo.stderr);
    let file = folder.path().join("fleet.toml");
    let before = "# Ours.\n[[group]]\nid = \"web\" # the shop\nprovider = \"simulated\"\n\n# Far too careful.\nrisk_quantile = \
                  0.9999\nstabilization_minutes = 180 # three hours\n";
    fs::write(&file, before).unwrap();
    let run = tune_policy(&format!("--config {} --store {store} --write --json -", file.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&found["source"], &found["model"]), (&"the history of group `web`".into(), &"blend".into()));
    assert_eq!(found["verdict"]["kind"], "confirmed", "{}", run.stderr);
    assert!(run.stderr.contains("wrote the choice for group `web`"), "{}", run.stderr);

    let after = fs::read_to_string(&file).unwrap();
    let group = fleet(&after).groups.remove(0);
    let chosen = &found["chosen"]["setting"];
    assert_eq!(group.risk_quantile, chosen["risk_quantile"].as_f64(), "{after}");
    assert_eq!(Some(u64::from(group.stabilization_minutes)), chosen["stabilization_minutes"].as_u64(), "{after}");
    for kept in ["# Ours.", "id = \"web\" # the shop", "# Far too careful.\n# tune-policy: ", "# three hours"] {
        assert!(after.contains(kept), "no `{kept}`: {after}");
    }
    // What was written is what is configured from now on.
    let again = tune_policy(&format!("--config {} --store {store} --json -", file.display()));
    let found: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(&found["configured"]["setting"], chosen, "{}", again.stderr);
}
