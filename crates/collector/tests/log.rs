//! What the collector logs. Alone in its process: other tests' threads would race for the log's global state.

use std::sync::Arc;

use async_trait::async_trait;
use collector::{Pulse, collect_fleet};
use headroom_core::{
    Calendar, Fleet, Group, Observation,
    ports::{Metrics, PortError, Window},
};
use headroom_store::MemoryStore;
use jiff::Timestamp;

/// A cloud with one row for every group but one.
struct Cloud {
    row: Observation,
}

#[async_trait]
impl Metrics for Cloud {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let of_group = |window: &Window<'_>| match window.group.id.as_str() {
            "denied" => Err(PortError::Denied("allow cloudwatch:GetMetricData".to_owned())),
            _ => Ok(vec![self.row]),
        };
        windows.iter().map(of_group).collect()
    }
}

#[tokio::test]
async fn each_run_leaves_a_line_and_each_failure_one_with_its_cause() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let fleet = Fleet { groups: ["web", "denied"].map(Group::simulated).to_vec() };
    let start: Timestamp = "2026-11-27T10:00:00Z".parse().unwrap();
    let cloud = Cloud { row: Observation { cpu_utilization: Some(1.0), ..Observation::at(start) } };
    let now = "2026-11-27T10:20:00Z".parse().unwrap();
    let results = collect_fleet(&fleet, &Calendar::default(), &cloud, &MemoryStore::default(), now).await;
    assert_eq!(Pulse::of(&results, now), Pulse { groups: 1, failed: 1, oldest_seconds: Some(1200) });
    let text = std::fs::read_to_string(log.path()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("INFO") && text.contains("collected `web`: 1 new, 0 changed, newest 2026-11-27T10:00:00Z"), "{text}");
    let failure = "reading the metrics of group `denied`: allow cloudwatch:GetMetricData; the next run tries again";
    assert!(text.contains("WARN") && text.contains(failure), "{text}");
}
