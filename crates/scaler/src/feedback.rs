//! Scoring the stored forecasts whose hour has passed, and telling when a retraining is asked for.

use std::collections::BTreeMap;

use headroom_core::{Calendar, Forecast, Group, Series, feedback::Feedback, forecast::HORIZON, frame::Target, policy::Measured};
use headroom_store::{Store, StoreError, journal, keys};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// The loads that were measured, on the steps that forecasts are made on.
#[derive(Debug)]
pub(crate) struct Loads {
    /// By the second at which the step starts; what was not measured is not there.
    by_start: BTreeMap<i64, f64>,
    step_seconds: i64,
    /// End of the newest measurement.
    until: Timestamp,
}

impl Loads {
    /// Those of `series`, which was measured until `measured`.
    pub(crate) fn of(series: &Series, group: &Group, measured: Measured) -> Option<Self> {
        let coarse = series.at_forecast_step();
        let target = Target::load(group.requests_per_instance, group.step_seconds);
        let frame = target.frame(&coarse, &Calendar::default(), None).ok()?;
        let rows = frame.values().iter().enumerate().filter(|(_, load)| load.is_finite());
        let by_start = rows.map(|(row, &load)| (coarse.second(row), load)).collect();
        Some(Self { by_start, step_seconds: coarse.step_seconds(), until: measured.until })
    }

    /// The load of the step that starts `steps` after `origin`; NaN where it was not measured.
    fn at(&self, origin: Timestamp, steps: i64) -> f64 {
        self.by_start.get(&(origin.as_second() + steps * self.step_seconds)).copied().unwrap_or(f64::NAN)
    }

    /// The load of the step before `forecast`, and of its steps.
    fn around(&self, forecast: &Forecast) -> (f64, [f64; HORIZON]) {
        let step = |h: usize| self.at(forecast.origin, i64::try_from(h).expect("an index within the horizon"));
        (self.at(forecast.origin, -1), std::array::from_fn(step))
    }
}

/// Scores what is due by `loads`, and draws the consequences. `serving` is this tick's forecast, which tells the model; a
/// journal that the store does not give now is tried again at the next tick.
pub(crate) async fn review(
    feedback: &mut Feedback,
    serving: Option<&Forecast>,
    loads: Option<&Loads>,
    group: &Group,
    store: &dyn Store,
    tick: Timestamp,
) {
    if let Some(forecast) = serving {
        feedback.serve(&forecast.model);
    }
    let Some(loads) = loads else { return };
    let Some((after, until)) = feedback.due(loads.until, loads.step_seconds) else { return };
    let mut due = match forecasts(store, &group.id, after, until).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(group = %group.id, %error, "group `{}`: past forecasts cannot be scored now", group.id);
            return;
        }
    };
    due.retain(|forecast| forecast.step_seconds == loads.step_seconds && after < forecast.origin && forecast.origin <= until);
    due.sort_by_key(|forecast| forecast.origin);
    for forecast in &due {
        let (before, measured) = loads.around(forecast);
        feedback.score(forecast, before, &measured);
    }
    let asked = feedback.retraining.is_some();
    feedback.judge(until, tick);
    if let Some(retraining) = feedback.retraining.filter(|_| !asked) {
        tracing::warn!(group = %group.id, "group `{}`: {}", group.id, retraining.clause());
    }
}

/// The forecasts of the days from `after` to `until`. A day that is corrupt, which only a person can mend, is passed over.
async fn forecasts(store: &dyn Store, group: &str, after: Timestamp, until: Timestamp) -> Result<Vec<Forecast>, StoreError> {
    let mut found = Vec::new();
    for day in keys::day(after).series(1.day()).take_while(|day| *day <= keys::day(until)) {
        let start = start_of(day);
        match journal::read_days(store, keys::forecasts, group, start, start + SignedDuration::from_secs(1)).await {
            Ok(forecasts) => found.extend::<Vec<Forecast>>(forecasts),
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::warn!(group, %error, "group `{group}`: the forecasts of {day} are not scored");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn start_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).expect("UTC has every midnight").timestamp()
}
