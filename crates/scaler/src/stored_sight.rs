//! What stored history, models and calendar show.

use async_trait::async_trait;
use headroom_core::{Calendar, Forecast, Group, Observation, Reason, Series, policy::Measured, reason::NoForecast};
use headroom_store::{Store, history};
use jiff::{SignedDuration, Timestamp};

use crate::{
    errors::{compare, expectations},
    feedback::{Loads, review},
    forecasting::{Models, forecast, newest_forecast_step},
    sight::{Seen, Sight},
    state::GroupState,
    tick::tick_of,
};

/// A forecast looks back a week and a window; a day more leaves room for what is late.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(8 * 24 + 4);

/// A stored day is one of UTC.
const DAY_SECONDS: i64 = 86_400;

/// Events are known this far around a tick.
const EVENTS_AROUND: SignedDuration = SignedDuration::from_hours(48);

/// Instances that took longer than this to come do not come any more.
const SCALE_OUTS_WITHIN: SignedDuration = SignedDuration::from_hours(3);

/// What a scaler keeps from one invocation to the next.
#[derive(Debug, Default)]
pub struct Scaler {
    models: Models,
}

/// Looks at what is stored.
pub struct StoredSight<'a> {
    /// Keeps the models.
    pub scaler: &'a Scaler,
    /// The business calendar; an error's text becomes a reason.
    pub calendar: &'a Result<Calendar, String>,
    /// Where history and models are.
    pub store: &'a dyn Store,
}

#[async_trait]
impl Sight for StoredSight<'_> {
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen {
        let mut troubles = Vec::new();
        let none = Calendar::default();
        let calendar = self.calendar.as_ref().unwrap_or_else(|problem| {
            troubles.push(Reason::CalendarUnreadable { problem: problem.clone() });
            &none
        });
        let mut rows = self.history(&group.id, now, &mut troubles).await;
        // No rows, or none that can be forecast from: there is nothing to see, which is not an error.
        let series = Series::with_step(&rows, group.step_seconds).ok();
        let load = series.as_ref().map(|series| series.load(group.requests_per_instance)).unwrap_or_default();
        let measured = series.as_ref().and_then(|series| newest(series, &load));
        let made = match (&series, measured) {
            (Some(series), Some(measured)) => {
                let serving = self.scaler.models.serving(self.store, &group.id, now).await;
                serving.and_then(|serving| forecast(&serving, &mut state.calibration, group, series, measured, calendar))
            }
            _ => Err(NoForecast::GapsInHistory),
        };
        let seen = series.as_ref().zip(measured);
        let loads = seen.and_then(|(series, measured)| Loads::of(series, group, measured));
        review(&mut state.feedback, made.as_ref().ok(), loads.as_ref(), group, self.store, tick_of(group, now)).await;
        let newest_step = seen.and_then(|(series, measured)| newest_forecast_step(series, group, measured));
        let anomaly = newest_step.and_then(|(timestamp, load)| compare(state, group, timestamp, load));
        if let Ok(made) = &made {
            state.expected = expectations(made);
        }
        rows.retain(|row| row.timestamp >= now - SCALE_OUTS_WITHIN);
        Seen {
            measured,
            forecast: trusted(state, &made),
            events: calendar.timeline(Some(&group.id), now - EVENTS_AROUND, now + EVENTS_AROUND),
            troubles,
            observations: rows,
            peak_load: load.into_iter().filter(|load| load.is_finite()).reduce(f64::max),
            forecast_made: made.ok(),
            anomaly,
        }
    }
}

impl StoredSight<'_> {
    /// The rows of the last days. A broken day of last week must not hide what is measured today.
    async fn history(&self, group: &str, now: Timestamp, troubles: &mut Vec<Reason>) -> Vec<Observation> {
        let error = match history::read(self.store, group, now - LOOK_BACK, now).await {
            Ok(rows) => return rows,
            Err(error) => error,
        };
        troubles.push(Reason::HistoryUnreadable { problem: error.to_string() });
        let mut rows = Vec::new();
        let mut start = now - LOOK_BACK;
        while start < now {
            let day = start.as_second().div_euclid(DAY_SECONDS) + 1;
            let end = Timestamp::from_second(day * DAY_SECONDS).expect("a day close to now").min(now);
            rows.extend(history::read(self.store, group, start, end).await.unwrap_or_default());
            start = end;
        }
        rows
    }
}

fn trusted(state: &GroupState, made: &Result<Forecast, NoForecast>) -> Result<Forecast, NoForecast> {
    let made = made.as_ref().map_err(Clone::clone)?;
    state.feedback.trusted(made).cloned()
}

/// The newest measured load of `series`, whose loads are `load`.
fn newest(series: &Series, load: &[f64]) -> Option<Measured> {
    let row = load.iter().rposition(|load| load.is_finite())?;
    let until = series.timestamp(row) + SignedDuration::from_secs(series.step_seconds());
    Some(Measured { until, load: load[row] })
}
