//! A group's own history, from a store.

use std::fs;

use serde_json::Value;

use super::backtest;
use crate::common::write_trace;

#[test]
fn a_groups_own_history_is_replayed_and_the_result_kept_unless_it_is_dry() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let put = |key: &str, text: &str| {
        let path = store.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let trace = fs::read_to_string(write_trace(folder.path())).unwrap();
    for day in ["2026-11-23", "2026-11-24", "2026-11-25"] {
        let rows: Vec<&str> = trace.lines().filter(|line| line.starts_with(day)).collect();
        put(
            &format!("history/group=web/date={day}.csv"),
            &format!("timestamp,request_count,is_sale_active\n{}\n", rows.join("\n")),
        );
    }
    let fleet = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\nrequests_per_instance = 400\nmax_instances = 30\n\
                 lead_time_seconds = 240\nprice_per_hour = 0.4\n[[group]]\nid = \"api\"\nprovider = \"simulated\"\n";
    put("config/fleet.toml", fleet);
    let url = format!("file://{}", store.display());
    let args = format!("--store {url} --group web --policies headroom,static-peak,target-tracking --json -");
    let latest = store.join("backtests/group=web/latest.json");

    let dry = backtest(&format!("{args} --dry-run"));
    assert_eq!(dry.status, Some(0), "{}", dry.stderr);
    assert!(!latest.exists(), "nothing is stored");
    let kept = backtest(&args);
    assert_eq!(kept.status, Some(0), "{}", kept.stderr);
    assert!(kept.stderr.contains("stored as `backtests/group=web/latest.json`"), "{}", kept.stderr);
    assert_eq!(kept.stdout, dry.stdout, "the same numbers");

    let stored: Value = serde_json::from_slice(&fs::read(latest).unwrap()).unwrap();
    let result: Value = serde_json::from_str(&kept.stdout).unwrap();
    assert_eq!(stored["result"], result, "the same JSON");
    assert_eq!((&stored["format"], &stored["group"]), (&1.into(), &"web".into()));
    assert_eq!(stored["command"], format!("headroom backtest --store {url} --group web"));
    assert!((stored["days"].as_f64().unwrap() - 0.6).abs() < 0.01, "the last fifth of three days: {}", stored["days"]);
    let world = &result["world"];
    assert_eq!(
        (&world["instances_max"], &world["boot_delay_seconds"], &world["price_per_hour"]),
        (&30.into(), &240.into(), &0.4.into())
    );
    let names: Vec<&str> = result["policies"].as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["static-peak", "target-tracking", "headroom"]);
}
