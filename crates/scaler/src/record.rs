//! Keeping what a tick saw, decided and did.

use std::collections::BTreeSet;

use headroom_core::{Decision, Forecast, Group, anomaly::Anomaly, decision::Outcome};
use headroom_store::{Store, StoreError, journal, keys};
use jiff::civil::Date;

/// Records a decision or non-decision.
pub(crate) async fn decision(store: &dyn Store, decision: &Decision) -> Result<(), StoreError> {
    let key = keys::decisions(&decision.group, keys::day(decision.tick));
    journal::record(store, &key, decision, |decision| decision.tick.to_string()).await.map(drop)
}

/// So many decisions wait at most for a journal that cannot be written: three hours of them.
const UNRECORDED_MAX: usize = 36;

/// Records `decision`, and those of earlier ticks that could not be recorded then, a day by one write. What cannot be recorded
/// now either waits for the next tick; what does not wait any more is lost to the journal, and told.
pub(crate) async fn decisions(store: &dyn Store, decision: &Decision, unrecorded: &mut Vec<Decision>) -> Result<(), StoreError> {
    unrecorded.push(decision.clone());
    let mut recorded = Ok(());
    let days: BTreeSet<Date> = unrecorded.iter().map(|decision| keys::day(decision.tick)).collect();
    for day in days {
        let is_of_day = |decision: &Decision| keys::day(decision.tick) == day;
        let of_day: Vec<Decision> = unrecorded.iter().filter(|decision| is_of_day(decision)).cloned().collect();
        let key = keys::decisions(&decision.group, day);
        let written = journal::record_all(store, &key, &of_day, |decision| decision.tick.to_string()).await;
        match &written {
            Ok(_) => unrecorded.retain(|decision| !is_of_day(decision)),
            // It takes a person to mend, and an earlier day is not waited for.
            Err(error @ StoreError::Corrupt { .. }) if !is_of_day(decision) => {
                unrecorded.retain(|decision| !is_of_day(decision));
                tell_lost(&of_day, &error.to_string());
            }
            Err(_) => {}
        }
        if is_of_day(decision) {
            recorded = written.map(drop);
        }
    }
    let surplus = unrecorded.len().saturating_sub(UNRECORDED_MAX);
    let lost: Vec<Decision> = unrecorded.drain(..surplus).collect();
    tell_lost(&lost, "the journal cannot be written, and no more decisions wait for it");
    recorded
}

/// Says in the log that `lost`, oldest first, will not be on record, and why.
fn tell_lost(lost: &[Decision], because: &str) {
    let Some(Decision { group, tick, .. }) = lost.first() else { return };
    let count = lost.len();
    tracing::error!(%group, count, "group `{group}`: decisions from {tick} on are lost to the record ({count} of them): {because}");
}

/// Records the forecast and the anomaly of a tick. Each is tried, whatever became of the other.
pub(crate) async fn seen(
    store: &dyn Store,
    group: &Group,
    forecast: Option<&Forecast>,
    anomaly: Option<&Anomaly>,
) -> Result<(), StoreError> {
    let mut recorded = Ok(());
    if let Some(anomaly) = anomaly {
        let key = keys::anomalies(&group.id, keys::day(anomaly.timestamp));
        recorded = journal::record(store, &key, anomaly, |anomaly| anomaly.timestamp.to_string()).await.map(drop);
    }
    if let Some(forecast) = forecast {
        let key = keys::forecasts(&group.id, keys::day(forecast.origin));
        recorded = recorded.and(journal::record(store, &key, forecast, |forecast| forecast.origin.to_string()).await.map(drop));
    }
    recorded
}

/// One line for people and programs: someone has to act, the system goes on with less, or all is well.
pub(crate) fn log(decision: &Decision) {
    let Decision { group, tick, desired, sentence, alarm, .. } = decision;
    match &decision.outcome {
        Outcome::Failed { error } => {
            tracing::error!(%group, %tick, desired, alarm, error, "group `{group}`: could not {sentence}");
        }
        _ if *alarm => tracing::error!(%group, %tick, desired, alarm, "group `{group}`: {sentence}"),
        Outcome::InsufficientCapacity { error } => {
            tracing::warn!(%group, %tick, desired, error, "group `{group}`: the cloud is short of instances: {sentence}");
        }
        Outcome::Stopped => tracing::warn!(%group, %tick, desired, "group `{group}`: {sentence}"),
        _ => tracing::info!(%group, %tick, desired, "group `{group}`: {sentence}"),
    }
}
