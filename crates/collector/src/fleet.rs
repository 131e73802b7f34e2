//! All groups of a fleet, each for itself.

use std::error::Error;

use futures_util::{StreamExt, stream};
use headroom_core::{Calendar, Fleet, Group, fleet::Mode, ports::Metrics};
use headroom_store::Store;
use jiff::Timestamp;

use crate::{CollectError, Collected, collect};

/// So many groups are collected at the same time: enough to hide the waiting, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// Collects every group of the fleet whose mode is not `off`, in its order: the group's id and what came of it. A
/// group that fails stops no other; its failure is logged here.
pub async fn collect_fleet(
    fleet: &Fleet,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<(String, Result<Collected, CollectError>)> {
    let groups = fleet.groups.iter().filter(|group| group.mode != Mode::Off);
    // Made at once and run a few at a time; a closure inside the stream would tie the future to this thread.
    let runs: Vec<_> = groups.map(|group| collect_or_log(group, calendar, metrics, store, now)).collect();
    stream::iter(runs).buffered(AT_ONCE).collect().await
}

async fn collect_or_log(
    group: &Group,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> (String, Result<Collected, CollectError>) {
    let result = collect(group, calendar, metrics, store, now).await;
    if let Err(error) = &result {
        log_failure(&group.id, error);
    }
    (group.id.clone(), result)
}

fn log_failure(group: &str, error: &CollectError) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        chain = format!("{chain}: {error}");
        cause = error.source();
    }
    tracing::warn!(group, "{chain}; the next run tries again");
}
