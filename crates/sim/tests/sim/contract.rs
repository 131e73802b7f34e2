//! The simulated cloud keeps the contracts of the ports.

use std::sync::Arc;

use headroom_core::{
    Column, Group, Observation,
    ports::contract::{self, Measured},
};
use headroom_sim::{FaultPlan, FaultyCloud, SimulatedCloud, WorldRules};
use jiff::SignedDuration;

use super::{rows, workload};

/// Ten hours of minutes, eight of them history, with a gap of twelve minutes in it.
fn trace() -> Vec<f64> {
    let requests = |minute: i32| if (200..212).contains(&minute) { f64::NAN } else { f64::from(50 * (1 + minute % 4)) };
    (0..600).map(requests).collect()
}

/// The history as the four instances lived through it that its peak of three instances' worth takes at 85 %.
fn measured() -> Measured {
    let lived = |row: Observation| Observation {
        cpu_utilization: row.request_count.map(|requests| requests / 200.0 * 3.0 / 4.0 * 100.0),
        in_service_instances: Some(4.0),
        ..row
    };
    let minutes = rows(60, Column::RequestCount, &trace()[..480]).into_iter().map(lived).collect();
    Measured { group: Group::simulated("web"), minutes }
}

#[tokio::test]
async fn the_simulated_cloud_keeps_the_contract_of_metrics() {
    let cloud = SimulatedCloud::new("web", Arc::new(workload(60, &trace(), 3.0)), WorldRules::default(), 1);
    // The last minute of the history has its metrics a minute after it ended.
    cloud.advance_to(cloud.now() + SignedDuration::from_secs(60));
    contract::metrics(&cloud, &[measured()], &Group::simulated("nobody")).await;
}

#[tokio::test]
async fn a_cloud_in_which_nothing_goes_wrong_keeps_the_contracts_too() {
    let (web, nobody) = (Group::simulated("web"), Group::simulated("nobody"));
    let workload = Arc::new(workload(60, &trace(), 3.0));
    let cloud = FaultyCloud::new(&web, workload, WorldRules::default(), FaultPlan::of(Vec::new()), 1, None);
    cloud.advance_to(cloud.inner().now() + SignedDuration::from_secs(60));
    contract::metrics(&cloud, &[measured()], &nobody).await;
    contract::capacity(&cloud, &web, &nobody).await;
}

#[tokio::test]
async fn the_simulated_cloud_keeps_the_contract_of_capacity() {
    let cloud = SimulatedCloud::new("web", Arc::new(workload(60, &trace(), 3.0)), WorldRules::default(), 1);
    contract::capacity(&cloud, &Group::simulated("web"), &Group::simulated("nobody")).await;
}
