//! What comes out, recomputed from the timeline by plain arithmetic.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::backtest;
use crate::common::write_trace;

/// The policies that the design asks for, in the order of the tables.
const POLICIES: [&str; 8] = [
    "static-peak",
    "threshold",
    "target-tracking",
    "target-tracking-fast",
    "same-time-last-week",
    "aws-predictive-like",
    "headroom",
    "clairvoyant",
];

/// Sums over the rows of one policy in the timeline.
#[derive(Default)]
struct Sums {
    minutes: f64,
    violations: f64,
    instance_minutes: f64,
    unserved: f64,
    demand: f64,
    under: f64,
    over: f64,
    outs: u64,
    ins: u64,
    last: Option<f64>,
}

impl Sums {
    fn add(&mut self, demand: f64, desired: f64, in_service: f64) {
        self.minutes += 1.0;
        self.violations += f64::from(in_service < demand);
        // Capacity changes at the start of a minute, and what boots is billed too.
        self.instance_minutes += desired;
        self.unserved += (demand - in_service).max(0.0);
        self.demand += demand;
        self.under += (demand - in_service).max(0.0) / demand;
        self.over += (in_service - demand).max(0.0) / demand;
        if let Some(last) = self.last {
            self.outs += u64::from(desired > last);
            self.ins += u64::from(desired < last);
        }
        self.last = Some(desired);
    }
}

#[test]
fn the_timeline_accounts_for_every_measure() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (timeline, json) = (file("timeline.csv"), file("result.json"));
    let run = backtest(&format!("--trace {} --timeline {timeline} --json {json} --price-per-hour 0.5", trace.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let result: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let names: Vec<&str> = result["policies"].as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap()).collect();
    assert_eq!(names, POLICIES);

    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let text = fs::read_to_string(&timeline).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("timestamp,policy,load,demand,desired,in_service"));
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |field: usize| fields[field].parse::<f64>().unwrap();
        assert_eq!(number(3), (number(2) / 0.85).ceil().max(1.0), "{line}");
        sums.entry(fields[1].to_owned()).or_default().add(number(3), number(4), number(5));
    }
    for policy in result["policies"].as_array().unwrap() {
        let name = policy["name"].as_str().unwrap();
        let sum = &sums[name];
        let close = |field: &str, expected: f64| {
            let found = policy[field].as_f64().unwrap();
            assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{field} of {name}: {found}, not {expected}");
        };
        close("violation_minutes", sum.violations);
        close("violation_share", sum.violations / sum.minutes);
        close("instance_hours", sum.instance_minutes / 60.0);
        close("cost", sum.instance_minutes / 60.0 * 0.5);
        close("unserved_share", sum.unserved / sum.demand);
        close("theta_u", 100.0 * sum.under / sum.minutes);
        close("theta_o", 100.0 * sum.over / sum.minutes);
        // The change before the first row's end cannot be seen in it.
        assert!(policy["scale_outs"].as_u64().unwrap() - sum.outs <= 1, "{name}");
        assert!(policy["scale_ins"].as_u64().unwrap() - sum.ins <= 1, "{name}");
    }
}

#[test]
fn the_frontier_has_every_knob_and_the_same_run_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let args = format!("--trace {} --policies headroom,target-tracking --json -", trace.display());
    let first = backtest(&args);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    let result: Value = serde_json::from_str(&first.stdout).unwrap();
    let points = result["frontier"].as_array().unwrap();
    let of = |name: &str| points.iter().filter(|point| point["name"] == name).collect::<Vec<_>>();
    assert_eq!(of("target-tracking").len(), 12);
    let own: Vec<f64> =
        of("headroom").iter().filter(|point| point["variant"].is_null()).map(|p| p["knob"].as_f64().unwrap()).collect();
    assert!(own.is_sorted() && own[0] <= 0.1 && own[own.len() - 1] >= 0.999, "{own:?}");
    assert_eq!(of("headroom").len(), 3 * own.len(), "each quantile with three windows");
    assert_eq!(backtest(&args).stdout, first.stdout);
}

#[test]
fn a_group_brings_its_own_risk_bounds_and_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let config = folder.path().join("fleet.toml");
    fs::write(
        &config,
        r#"
        [[group]]
        id = "shop"
        auto_scaling_group = "shop-asg"
        region = "eu-central-1"
        policy = "schedule"
        min_instances = 3
        max_instances = 24
        risk_quantile = 0.95
        price_per_hour = 2.0
        [[group.schedule]]
        name = "day"
        days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        start = "06:00"
        end = "20:00"
        instances = 24
        "#,
    )
    .unwrap();
    let args =
        format!("--trace {} --config {} --policies headroom,schedule,reactive --json -", trace.display(), config.display());
    let run = backtest(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    let policies = result["policies"].as_array().unwrap();
    let names: Vec<&str> = policies.iter().map(|policy| policy["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["headroom", "reactive", "schedule"]);
    assert_eq!(policies[0]["knob"], 0.95);
    assert_eq!((&result["world"]["instances_min"], &result["world"]["instances_max"]), (&3.into(), &24.into()));
    assert_eq!(result["world"]["price_per_hour"], 2.0);
    assert!(policies[2]["instance_hours"].as_f64() > policies[0]["instance_hours"].as_f64(), "{policies:?}");
}

#[test]
fn a_report_and_a_table_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (report, summary) = (file("report.html"), file("table.md"));
    let run = backtest(&format!("--trace {} --report {report} --summary {summary}", trace.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("clairvoyant") && run.stdout.contains("at or below 2 %"), "{}", run.stdout);
    let html = fs::read_to_string(report).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("shop"), "{}", &html[..200]);
    let table = fs::read_to_string(summary).unwrap();
    assert!(table.starts_with("| trace |") && table.contains("| shop |"), "{table}");
}

#[test]
fn a_gap_of_the_trace_holds_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let trace = write_trace(folder.path());
    let text = fs::read_to_string(&trace).unwrap();
    let missing = |line: &str| ("2026-11-25T14:00".."2026-11-25T17:00").contains(&line);
    let kept: Vec<&str> = text.lines().filter(|line| !missing(line)).collect();
    fs::write(&trace, kept.join("\n")).unwrap();
    let timeline = folder.path().join("timeline.csv");
    let run = backtest(&format!("--trace {} --policies headroom --timeline {}", trace.display(), timeline.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let rows = fs::read_to_string(timeline).unwrap();
    let desired = |from: &str, to: &str| -> Vec<String> {
        let within = rows.lines().filter(|line| (from..to).contains(line));
        let mut desired: Vec<String> = within.map(|line| line.split(',').nth(4).unwrap().to_owned()).collect();
        desired.dedup();
        desired
    };
    // Metrics are a quarter of an hour old by then: nothing is done on them.
    assert_eq!(desired("2026-11-25T14:30", "2026-11-25T17:00").len(), 1);
    assert!(desired("2026-11-25T17:00", "2026-11-25T23:59").len() > 1, "what comes back is followed");
}
