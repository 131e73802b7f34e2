//! One tick of one group, and of a fleet.

use headroom_core::{
    Calendar, Decision, Fleet, Forecast, Group, Observation, Reason, Series,
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
    feedback::{Loads, review},
    forecasting::{Calibration, Models, forecast, newest_forecast_step, newest_load},
    state::GroupState,
};

/// A forecast looks back a week and a window; a day more leaves room for what is late.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(8 * 24 + 4);

/// A stored day is one of UTC.
const DAY_SECONDS: i64 = 86_400;

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
    /// The state cannot be read, or what was decided cannot be recorded.
    #[error("reading or recording what was decided for group `{group}`")]
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
    state.catch_up(store, &group.id, tick).await;
    if let Some(last) = state.last.as_ref().filter(|last| last.tick >= tick) {
        return Ok(last.clone());
    }
    let capacity =
        cloud.reader().describe(group).await.map_err(|source| TickError::Capacity { group: group.id.clone(), source })?;
    let none = Calendar::default();
    let calendar_or_none = calendar.as_ref().unwrap_or(&none);
    let events = calendar_or_none.timeline(Some(&group.id), now - EVENTS_AROUND, now + EVENTS_AROUND);
    let Seen { measured, forecast_step, forecast, loads, troubles } =
        observe(scaler, group, &mut state.calibration, calendar, calendar_or_none, store, now).await;
    review(&mut state.feedback, forecast.as_ref().ok(), loads.as_ref(), group, store, tick).await;
    let mut decision = decide(&Situation {
        group,
        now,
        tick,
        capacity,
        measured,
        forecast: forecast.as_ref().map_err(Clone::clone).and_then(|forecast| state.feedback.trusted(forecast)),
        needs: &state.needs,
        events: &events,
        troubles,
    });
    apply(&mut decision, group, cloud).await;
    log(&decision);

    // Each record is tried, whatever became of the others: a forecast that cannot be stored takes no decision along.
    let seen = record_seen(forecast_step, forecast.as_ref().ok(), &mut state, group, store).await;
    let key = keys::decisions(&group.id, keys::day(tick));
    let decided = journal::record(store, &key, &decision, |decision: &Decision| decision.tick.to_string()).await;
    state.remember(decision.clone());
    let remembered = state.write(store, &group.id).await;
    seen.and(decided.map(|_| ())).and(remembered).map_err(in_store)?;
    Ok(decision)
}

/// Records the forecast, and an anomaly where what was measured is one.
async fn record_seen(
    forecast_step: Option<(Timestamp, f64)>,
    forecast: Option<&Forecast>,
    state: &mut GroupState,
    group: &Group,
    store: &dyn Store,
) -> Result<(), StoreError> {
    let anomaly = forecast_step.and_then(|(timestamp, load)| compare(state, group, timestamp, load));
    let mut recorded = Ok(false);
    if let Some(anomaly) = anomaly {
        let key = keys::anomalies(&group.id, keys::day(anomaly.timestamp));
        recorded = journal::record(store, &key, &anomaly, |anomaly| anomaly.timestamp.to_string()).await;
    }
    if let Some(forecast) = forecast {
        state.expected = expectations(forecast);
        let key = keys::forecasts(&group.id, keys::day(forecast.origin));
        recorded = recorded.and(journal::record(store, &key, forecast, |forecast| forecast.origin.to_string()).await);
    }
    recorded.map(|_| ())
}

/// What a tick sees before it decides.
struct Seen {
    measured: Option<Measured>,
    /// Start and load of the newest step that a forecast can be compared with.
    forecast_step: Option<(Timestamp, f64)>,
    forecast: Result<Forecast, NoForecast>,
    /// What past forecasts are scored by.
    loads: Option<Loads>,
    troubles: Vec<Reason>,
}

async fn observe(
    scaler: &Scaler,
    group: &Group,
    calibration: &mut Option<Calibration>,
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
            readable_days(store, &group.id, now - LOOK_BACK, now).await
        }
    };
    // No rows, or none that can be forecast from: there is nothing to see, which is not an error.
    let series = Series::with_step(&rows, group.step_seconds).ok();
    let measured = series.as_ref().and_then(|series| newest_load(series, group));
    let forecast = match (&series, measured) {
        (Some(series), Some(measured)) => {
            forecast(&scaler.models, calibration, store, group, series, measured, calendar_or_none).await
        }
        _ => Err(NoForecast::GapsInHistory),
    };
    let forecast_step =
        series.as_ref().zip(measured).and_then(|(series, measured)| newest_forecast_step(series, group, measured));
    let loads = series.as_ref().zip(measured).and_then(|(series, measured)| Loads::of(series, group, measured));
    Seen { measured, forecast_step, forecast, loads, troubles }
}

/// The rows of those days that can be read: a broken day of last week must not hide what is measured today.
async fn readable_days(store: &dyn Store, group: &str, from: Timestamp, to: Timestamp) -> Vec<Observation> {
    let mut rows = Vec::new();
    let mut start = from;
    while start < to {
        let day = start.as_second().div_euclid(DAY_SECONDS) + 1;
        let end = Timestamp::from_second(day * DAY_SECONDS).expect("a day close to now").min(to);
        rows.extend(history::read(store, group, start, end).await.unwrap_or_default());
        start = end;
    }
    rows
}

fn log(decision: &Decision) {
    let Decision { group, desired, sentence, .. } = decision;
    match &decision.outcome {
        Outcome::Failed { error } => tracing::error!(%group, desired, error, "group `{group}`: could not {sentence}"),
        _ => tracing::info!(%group, desired, "group `{group}`: {sentence}"),
    }
}
