//! One tick of one group, and of a fleet.

use headroom_core::{
    Calendar, Decision, Fleet, Forecast, Group, Reason, Series,
    decision::Outcome,
    fleet::Mode,
    policy::{Measured, Situation, decide},
    ports::{PortError, WriteCapacity},
    reason::NoForecast,
};
use headroom_store::{Store, StoreError, history, journal, keys, load_calendar};
use jiff::{SignedDuration, Timestamp};

use crate::{
    apply::{Cloud, apply},
    errors::{compare, expectations},
    forecasting::{Models, forecast, newest_load},
    state::GroupState,
};

/// A forecast looks back a week and a window; a day more leaves room for what is late.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(8 * 24 + 4);

/// Events are known this far around a tick.
const EVENTS_AROUND: SignedDuration = SignedDuration::from_hours(48);

/// Why a tick had no decision.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The group's size cannot be read.
    #[error("reading the capacity of group `{group}`")]
    Capacity {
        /// The group.
        group: String,
        /// What the cloud said.
        source: PortError,
    },
    /// The decision or the state cannot be stored.
    #[error("group `{group}`")]
    Store {
        /// The group.
        group: String,
        /// What the store said.
        source: StoreError,
    },
}

/// What a scaler keeps from one invocation to the next.
#[derive(Debug, Default)]
pub struct Scaler {
    models: Models,
}

/// Ticks every group of `fleet` that is not off. One group's failure stops no other.
pub async fn tick_fleet(
    scaler: &Scaler,
    fleet: &Fleet,
    cloud: &dyn WriteCapacity,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<(String, Result<Decision, TickError>)> {
    let calendar = load_calendar(store).await.map_err(|error| error.to_string());
    let mut results = Vec::new();
    for group in fleet.groups.iter().filter(|group| group.mode != Mode::Off) {
        let result = tick(scaler, group, &calendar, Cloud::for_mode(group.mode, cloud), store, now).await;
        if let Err(error) = &result {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::warn!(group = %group.id, cause, "{error}");
        }
        results.push((group.id.clone(), result));
    }
    results
}

/// Observes, forecasts, decides, applies and records, once per step of `group`: a tick that was recorded is given back
/// as it was. `calendar` may be an error, whose text then becomes a reason.
///
/// # Errors
/// [`TickError`] where there could be no decision, or none could be recorded.
pub async fn tick(
    scaler: &Scaler,
    group: &Group,
    calendar: &Result<Calendar, String>,
    cloud: Cloud<'_>,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Decision, TickError> {
    let in_store = |source| TickError::Store { group: group.id.clone(), source };
    let step = group.step_seconds;
    let tick = Timestamp::from_second(now.as_second().div_euclid(step) * step).expect("a moment close to now");
    let mut state = GroupState::read(store, &group.id).await.map_err(in_store)?;
    if let Some(last) = state.last.as_ref().filter(|last| last.tick >= tick) {
        return Ok(last.clone());
    }
    let capacity =
        cloud.reader().describe(group).await.map_err(|source| TickError::Capacity { group: group.id.clone(), source })?;
    let none = Calendar::default();
    let calendar_or_none = calendar.as_ref().unwrap_or(&none);
    let seen = observe(scaler, group, calendar, calendar_or_none, store, now).await;
    let events = calendar_or_none.timeline(Some(&group.id), now - EVENTS_AROUND, now + EVENTS_AROUND);
    let mut decision = decide(&Situation {
        group,
        now,
        tick,
        capacity,
        measured: seen.measured,
        forecast: seen.forecast.as_ref().map_err(Clone::clone),
        needs: &state.needs,
        events: &events,
        troubles: seen.troubles,
    });
    apply(&mut decision, group, cloud).await;
    log(&decision);

    let day = keys::day(tick);
    if let Some(measured) = seen.measured {
        let from = measured.until - SignedDuration::from_secs(step);
        if let Some(anomaly) = compare(&mut state, group, from, measured.load) {
            let key = keys::anomalies(&group.id, keys::day(anomaly.timestamp));
            journal::record(store, &key, &anomaly, |anomaly| anomaly.timestamp.to_string()).await.map_err(in_store)?;
        }
    }
    if let Ok(forecast) = &seen.forecast {
        state.expected = expectations(forecast);
        let key = keys::forecasts(&group.id, keys::day(forecast.origin));
        journal::record(store, &key, forecast, |forecast| forecast.origin.to_string()).await.map_err(in_store)?;
    }
    journal::record(store, &keys::decisions(&group.id, day), &decision, |decision: &Decision| decision.tick.to_string())
        .await
        .map_err(in_store)?;
    state.remember(decision.clone());
    state.write(store, &group.id).await.map_err(in_store)?;
    Ok(decision)
}

/// What a tick sees before it decides.
struct Seen {
    measured: Option<Measured>,
    forecast: Result<Forecast, NoForecast>,
    troubles: Vec<Reason>,
}

async fn observe(
    scaler: &Scaler,
    group: &Group,
    calendar: &Result<Calendar, String>,
    calendar_or_none: &Calendar,
    store: &dyn Store,
    now: Timestamp,
) -> Seen {
    let mut troubles = Vec::new();
    if let Err(problem) = calendar {
        troubles.push(Reason::CalendarUnreadable { problem: problem.clone() });
    }
    let rows = match history::read(store, &group.id, now - LOOK_BACK, now).await {
        Ok(rows) => rows,
        Err(error) => {
            troubles.push(Reason::HistoryUnreadable { problem: error.to_string() });
            Vec::new()
        }
    };
    // No rows, or none that can be forecast from: there is nothing to see, which is not an error.
    let series = Series::with_step(&rows, group.step_seconds).ok();
    let measured = series.as_ref().and_then(|series| newest_load(series, group));
    let forecast = match (&series, measured) {
        (Some(series), Some(measured)) => forecast(&scaler.models, store, group, series, measured, calendar_or_none).await,
        _ => Err(NoForecast::GapsInHistory),
    };
    Seen { measured, forecast, troubles }
}

fn log(decision: &Decision) {
    let Decision { group, desired, sentence, .. } = decision;
    match &decision.outcome {
        Outcome::Failed { error } => tracing::error!(%group, desired, error, "group `{group}`: could not {sentence}"),
        _ => tracing::info!(%group, desired, "group `{group}`: {sentence}"),
    }
}
