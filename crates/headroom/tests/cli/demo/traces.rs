//! Recorded traces of any step, columns and gaps, where they are at hand.

use serde_json::Value;

use super::demo;
use crate::common::recorded;

/// One of each sort: long, spiky, wide, coarse, sparse, with long gaps.
const TRACES: [&str; 6] = ["wc98_website", "bitbrains_vm332", "ms_mongo_app1", "nyc_taxi", "aws_elb_requests", "pool_02"];

#[test]
fn recorded_traces_play() {
    for name in TRACES {
        let Some(trace) = recorded(name) else { continue };
        let run = demo(&format!("--trace {} --ticks 30 --headless --json -", trace.display()));
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
        let summary: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&summary["trace"], &summary["ticks"]), (&name.into(), &30.into()));
        assert!(summary["policies"][0]["instance_hours"].as_f64().unwrap() > 0.0, "{name}: {summary}");
    }
}
