//! Recorded traces, where they are at hand: Headroom against target tracking in the same world.

use serde_json::Value;

use super::backtest;
use crate::common::recorded;

/// A bursty one and a growing one, both short.
const TRACES: [&str; 2] = ["ms_mongo_app1", "ms_mongo_app3"];

/// Headroom's cheapest setting with violations in at most one minute of a hundred takes at most this share of what the better
/// target tracking takes.
const SHARE_MAX: f64 = 1.02;

#[test]
fn headroom_is_not_dearer_than_target_tracking_on_recorded_traces() {
    for name in TRACES {
        let Some(trace) = recorded(name) else { continue };
        let policies = "headroom,target-tracking,target-tracking-fast,static-peak";
        let run = backtest(&format!("--trace {} --policies {policies} --json -", trace.display()));
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
        let result: Value = serde_json::from_str(&run.stdout).unwrap();
        let cheapest = |prefix: &str| {
            let points = result["frontier"].as_array().unwrap().iter();
            let allowed =
                points.filter(|p| p["name"].as_str().unwrap().starts_with(prefix) && p["violation_share"].as_f64() <= Some(0.01));
            allowed.map(|point| point["instance_hours"].as_f64().unwrap()).fold(f64::INFINITY, f64::min)
        };
        let (ours, theirs, peak) = (cheapest("headroom"), cheapest("target-tracking"), cheapest("static-peak"));
        assert!(ours <= SHARE_MAX * theirs && ours < peak, "{name}: {ours} of {theirs} and {peak}");
    }
}
