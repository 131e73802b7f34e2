//! A cheap sight: what metrics tell of the last hours, and a forecast made of the load that will come.

use std::sync::Mutex;

use async_trait::async_trait;
use headroom_core::{
    Calendar, Forecast, Group, Observation, Reason,
    feedback::Demotion,
    forecast::{HORIZON, ModelName, Outlook, StepQuantiles},
    policy::Measured,
    ports::{Metrics as _, Window},
    quantiles::Quantiles,
    reason::NoForecast,
};
use headroom_sim::{FaultKind, faults::BrokenForecast};
use jiff::{SignedDuration, Timestamp};
use scaler::{GroupState, Seen, Sight};

use crate::{
    run::{Event, Ways},
    setting::Setting,
};

/// Forecasts come in these steps.
const FORECAST_STEP: i64 = 300;

/// Events are known this far around a tick.
const EVENTS_AROUND: SignedDuration = SignedDuration::from_hours(3);

/// Metrics are read again for so many steps.
const READ_STEPS: i64 = 24;

/// What was stored by earlier looks.
pub(crate) type Collected = Mutex<Vec<Observation>>;

pub(crate) struct CheapSight<'a> {
    pub(crate) ways: &'a Ways<'a>,
    pub(crate) setting: &'a Setting,
    pub(crate) collected: &'a Collected,
    pub(crate) calendar: &'a Result<Calendar, String>,
}

#[async_trait]
impl Sight for CheapSight<'_> {
    async fn look(&self, group: &Group, _: &mut GroupState, now: Timestamp) -> Seen {
        let observations = self.observations(group).await;
        let measured = observations.iter().rev().find_map(|row| measured(row, group));
        self.ways.note(Event::Looked(measured));
        let forecast = measured.map_or(Err(NoForecast::GapsInHistory), |measured| self.forecast(group, measured));
        let unreadable = |problem: &String| Reason::CalendarUnreadable { problem: problem.clone() };
        let calendar = self.calendar.clone().unwrap_or_default();
        Seen {
            measured,
            forecast,
            events: calendar.timeline(Some(&group.id), now - EVENTS_AROUND, now + EVENTS_AROUND),
            troubles: self.calendar.as_ref().err().map(unreadable).into_iter().collect(),
            observations,
            peak_load: Some(self.setting.workload.peak_instances()),
            forecast_made: None,
            anomaly: None,
        }
    }
}

impl CheapSight<'_> {
    /// The rows of the last hours; those that were read last where metrics cannot be read.
    async fn observations(&self, group: &Group) -> Vec<Observation> {
        let world = self.ways.clock.now();
        let from = (world - SignedDuration::from_secs(READ_STEPS * group.step_seconds)).max(self.setting.start);
        let read = self.ways.observations_of(Window::of(group, from, world)).await;
        let mut collected = self.collected.lock().unwrap();
        if let Ok(rows) = read {
            // What has left the hours that are read stays known.
            let newest = collected.iter().rfind(|row| row.timestamp < from).copied();
            *collected = newest.into_iter().chain(rows).collect();
        }
        collected.clone()
    }

    fn forecast(&self, group: &Group, measured: Measured) -> Result<Forecast, NoForecast> {
        let world = self.ways.clock.now();
        let broken = self.setting.plan.find(world, |kind| match kind {
            FaultKind::BrokenForecasts { how } => Some(*how),
            _ => None,
        });
        let minute = world.as_second() / 3600;
        let mut origin = measured.until.as_second().div_euclid(FORECAST_STEP) * FORECAST_STEP;
        let mut made: [f64; HORIZON] = [0.0; HORIZON];
        if broken == Some(BrokenForecast::Old) {
            origin -= 3600;
        }
        let workload = &self.setting.workload;
        for (h, load) in made.iter_mut().enumerate() {
            let second = origin + i64::try_from(h).unwrap() * FORECAST_STEP;
            let minute = workload.minute_of(Timestamp::from_second(second).unwrap()).unwrap_or(0);
            *load = workload.load_at(minute);
        }
        match broken {
            Some(BrokenForecast::Absent) => {
                return Err(match minute % 3 {
                    0 => NoForecast::NoModel,
                    1 => NoForecast::GapsInHistory,
                    _ => NoForecast::UnusableModel("weights and card do not fit each other".to_owned()),
                });
            }
            Some(BrokenForecast::Demoted) => {
                return Err(NoForecast::Demoted(Demotion { since: world, hours: 6, mae: 2.0, reactive_mae: 1.0 }));
            }
            Some(BrokenForecast::NotANumber) => made = [f64::NAN; HORIZON],
            Some(BrokenForecast::Huge) => made = [1e300; HORIZON],
            Some(BrokenForecast::Zero) => made = [0.0; HORIZON],
            Some(BrokenForecast::Wrong) => made = made.map(|load| (workload.peak_instances() - load).max(0.0)),
            Some(BrokenForecast::Old) | None => {}
        }
        let spread = |load: f64| Quantiles([0.8, 1.0, 1.1, 1.15, 1.3].map(|factor| factor * load));
        let steps: StepQuantiles = made.map(spread);
        let mut most: f64 = 0.0;
        let peaks: StepQuantiles = made.map(|load| {
            most = if load.is_nan() { load } else { most.max(load) };
            spread(most)
        });
        let model = ModelName { name: "truth".to_owned(), version: Some("v1".to_owned()) };
        let origin = Timestamp::from_second(origin).unwrap();
        Ok(Forecast::new(&group.id, origin, FORECAST_STEP, model, Outlook { steps, peaks }))
    }
}

/// The load that `row` tells; also one that is no number, now and then, for whoever has to cope with it.
fn measured(row: &Observation, group: &Group) -> Option<Measured> {
    let load = match group.requests_per_instance {
        Some(requests) => row.request_count? / requests,
        None => row.cpu_utilization? / 100.0 * row.in_service_instances?,
    };
    let until = row.timestamp + SignedDuration::from_secs(group.step_seconds);
    let told = load.is_finite() || row.timestamp.as_second() / group.step_seconds % 2 == 0;
    told.then_some(Measured { until, load })
}
