//! Recorded traces of any step, columns and gaps, where they are at hand.

use std::{io::Write, path::Path};

use serde_json::Value;

use super::demo;

/// One of each sort: long, spiky, wide, coarse, sparse, with long gaps.
const TRACES: [&str; 6] = ["wc98_website", "bitbrains_vm332", "ms_mongo_app1", "nyc_taxi", "aws_elb_requests", "pool_02"];

#[test]
fn recorded_traces_play() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
    for name in TRACES {
        let trace = folder.join(name).with_extension("csv");
        if !trace.is_file() {
            // Past the test harness, which would swallow it.
            writeln!(std::io::stderr(), "skipped: there is no recorded trace `{name}` beside the workspace").unwrap();
            continue;
        }
        let run = demo(&format!("--trace {} --ticks 30 --headless --json -", trace.display()));
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
        let summary: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&summary["trace"], &summary["ticks"]), (&name.into(), &30.into()));
        assert!(summary["policies"][0]["instance_hours"].as_f64().unwrap() > 0.0, "{name}: {summary}");
    }
}
