//! Keeping what a tick saw, decided and did.

use headroom_core::{Decision, Forecast, Group, anomaly::Anomaly, decision::Outcome};
use headroom_store::{Store, StoreError, journal, keys};

/// Records a decision or non-decision.
pub(crate) async fn decision(store: &dyn Store, decision: &Decision) -> Result<(), StoreError> {
    let key = keys::decisions(&decision.group, keys::day(decision.tick));
    journal::record(store, &key, decision, |decision| decision.tick.to_string()).await.map(drop)
}

/// So many decisions wait at most for a journal that cannot be written.
const UNRECORDED_MAX: usize = 12;

/// Records `decision`, and those of earlier ticks that could not be recorded then. Where it cannot be recorded either, it waits
/// with them.
pub(crate) async fn decisions(store: &dyn Store, decision: &Decision, unrecorded: &mut Vec<Decision>) -> Result<(), StoreError> {
    if let Err(error) = self::decision(store, decision).await {
        unrecorded.push(decision.clone());
        let surplus = unrecorded.len().saturating_sub(UNRECORDED_MAX);
        unrecorded.drain(..surplus);
        return Err(error);
    }
    while let Some(earlier) = unrecorded.first() {
        match self::decision(store, earlier).await {
            // What cannot be read takes a person to mend.
            Ok(()) | Err(StoreError::Corrupt { .. }) => drop(unrecorded.remove(0)),
            Err(_) => break,
        }
    }
    Ok(())
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
