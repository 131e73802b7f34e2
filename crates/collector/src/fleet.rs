//! All groups of a fleet: their metrics in shared calls, each history for itself.

use std::{any::Any, error::Error, future::Future, panic::AssertUnwindSafe};

use futures_util::{FutureExt, StreamExt, stream};
use headroom_core::{
    Calendar, Fleet, Group, Observation,
    fleet::Mode,
    panics,
    ports::{Metrics, PortError},
};
use headroom_store::Store;
use jiff::Timestamp;

use crate::{
    CollectError, Collected,
    collect::{CATCH_UP, Known},
};

/// So many histories are read or written at the same time: enough to hide the waiting, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// Groups whose last [`CATCH_UP`] has at most so many rows are read together: a hundred groups of five-minute steps, whose metrics
/// fill a call of CloudWatch. A row takes about a hundred bytes of memory.
const ROWS_MAX: i64 = 28_800;

/// Collects every group of the fleet whose mode is not `off`, in its order: the group's id and what came of it. A
/// group that fails stops no other, nor does one that panics; its failure is logged here.
pub async fn collect_fleet(
    fleet: &Fleet,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<(String, Result<Collected, CollectError>)> {
    let mut results = Vec::with_capacity(fleet.groups.len());
    for batch in batches(fleet.groups.iter().filter(|group| group.mode != Mode::Off)) {
        let collected = collect_batch(&batch, calendar, metrics, store, now).await;
        results.extend(batch.iter().map(|group| group.id.clone()).zip(collected));
    }
    for (group, result) in &results {
        if let Err(error) = result {
            log_failure(group, error);
        }
    }
    results
}

/// The groups, in order, in batches of at most [`ROWS_MAX`].
fn batches<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<Vec<&'a Group>> {
    let mut batches: Vec<Vec<&Group>> = Vec::new();
    let mut rows = 0;
    for group in groups {
        let more = CATCH_UP.as_secs() / group.step_seconds.max(1);
        match batches.last_mut() {
            Some(batch) if rows + more <= ROWS_MAX => {
                rows += more;
                batch.push(group);
            }
            _ => {
                rows = more;
                batches.push(vec![group]);
            }
        }
    }
    batches
}

/// What came of each group, in order.
async fn collect_batch(
    groups: &[&Group],
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<Result<Collected, CollectError>> {
    // Made at once and run a few at a time; a closure inside the stream would tie the future to this thread.
    let reads: Vec<_> = groups.iter().map(|group| for_itself(group, Known::read(group, store, now))).collect();
    let known: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    let windows: Vec<_> = known.iter().flatten().map(|known| known.window).collect();
    let measured = match AssertUnwindSafe(metrics.observations(&windows)).catch_unwind().await {
        Ok(measured) => measured,
        // The call is for all of them.
        Err(panic) => {
            let failed = |(known, group): (Result<_, _>, &&Group)| Err(known.err().unwrap_or_else(|| panicked(group, &*panic)));
            return known.into_iter().zip(groups).map(failed).collect();
        }
    };
    let mut measured = measured.into_iter();
    let mut merges = Vec::with_capacity(groups.len());
    for (known, group) in known.into_iter().zip(groups) {
        let measured = if known.is_ok() { measured.next() } else { None };
        merges.push(for_itself(group, merge(known, measured, calendar, store)));
    }
    stream::iter(merges).buffered(AT_ONCE).collect().await
}

/// What `work` for `group` comes to; a panic is an error of this group alone. What it leaves half done goes with it: days are
/// stored as whole objects, and the next run reads anew.
async fn for_itself<T>(group: &Group, work: impl Future<Output = Result<T, CollectError>>) -> Result<T, CollectError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(group, &*panic)))
}

fn panicked(group: &Group, panic: &(dyn Any + Send)) -> CollectError {
    CollectError::Panicked { group: group.id.clone(), message: panics::said(panic).to_owned() }
}

/// Merges what was measured of a group whose history could be read.
async fn merge(
    known: Result<Known<'_>, CollectError>,
    measured: Option<Result<Vec<Observation>, PortError>>,
    calendar: &Calendar,
    store: &dyn Store,
) -> Result<Collected, CollectError> {
    known?.merge(measured.expect("the port gives one result for each window"), calendar, store).await
}

fn log_failure(group: &str, error: &CollectError) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        chain = format!("{chain}: {error}");
        cause = error.source();
    }
    match error {
        CollectError::Panicked { .. } => tracing::error!(group, "{chain}; the next run tries again, and someone has to look"),
        _ => tracing::warn!(group, "{chain}; the next run tries again"),
    }
}
