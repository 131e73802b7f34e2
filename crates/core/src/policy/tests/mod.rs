//! What the policies do in situations that operators know, and what they never do.

mod edges;
mod guards;
mod page;
mod past;
mod properties;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    Calendar, Group,
    forecast::{HORIZON, ModelName, Outlook, StepQuantiles},
    quantiles::Quantiles,
};

/// A Friday, one minute after a step of five minutes has ended.
fn now() -> Timestamp {
    "2026-11-27T09:01:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// So many minutes before [`now`].
fn ago(minutes: i64) -> Timestamp {
    after(-60 * minutes)
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A forecast of certain loads; the largest so far is what it is.
fn forecast(loads: [f64; HORIZON]) -> Forecast {
    forecast_from(after(-60), loads)
}

fn forecast_from(origin: Timestamp, loads: [f64; HORIZON]) -> Forecast {
    let steps: StepQuantiles = loads.map(|load| Quantiles([load; 5]));
    // What is no number stays so.
    let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
    let peaks = std::array::from_fn(|h| Quantiles([loads[..=h].iter().copied().fold(0.0, larger); 5]));
    let model = ModelName { name: "test".to_owned(), version: None };
    Forecast::new("web", origin, 300, model, Outlook { steps, peaks })
}

fn capacity(desired: u32) -> CapacityState {
    CapacityState { desired, min: 1, max: 20, in_service: desired, pending: 0, unit: 1 }
}

fn group() -> Group {
    Group { mode: crate::fleet::Mode::Active, ..Group::simulated("web") }
}

/// The group with so many instances allocated until noon.
fn allocated(instances: u32) -> Group {
    let until = "2026-11-27T12:00:00Z".parse().unwrap();
    Group { allocated: Some(Allocated { instances, until, by: "anna".to_owned() }), ..group() }
}

/// A situation that owns its parts.
#[derive(Debug, Clone)]
struct Case {
    group: Group,
    capacity: CapacityState,
    load: f64,
    forecast: Result<Forecast, NoForecast>,
    past: Past,
    calendar: &'static str,
    age_seconds: i64,
}

impl Case {
    /// Four instances at a load of 3.0 that stays.
    fn steady() -> Self {
        Self {
            group: group(),
            capacity: capacity(4),
            load: 3.0,
            forecast: Ok(forecast([3.0; HORIZON])),
            past: Past::default(),
            calendar: "{}",
            age_seconds: 60,
        }
    }

    /// Four instances at a load of 0.5 that stays.
    fn quiet() -> Self {
        Self { load: 0.5, forecast: Ok(forecast([0.5; HORIZON])), ..Self::steady() }
    }

    /// Four instances at a load of 3.0 that is about to grow by 1.0 every five minutes.
    fn rising() -> Self {
        Self { forecast: Ok(forecast(std::array::from_fn(|h| 3.0 + h as f64))), ..Self::steady() }
    }

    fn with(self, past: Past) -> Self {
        Self { past, ..self }
    }

    fn of(self, group: Group) -> Self {
        Self { group, ..self }
    }

    fn decide(&self) -> Decision {
        self.look(decide)
    }

    fn plan(&self) -> Plan {
        self.look(plan)
    }

    /// What `then` makes of the case after `trouble`.
    fn troubled<T>(&self, trouble: Reason, then: impl FnOnce(&Situation<'_>) -> T) -> T {
        self.look(|situation| {
            let Situation { group, now, tick, capacity, measured, past, lead_time_seconds, events, .. } = *situation;
            let forecast = situation.forecast.clone();
            let troubles = vec![trouble];
            then(&Situation { group, now, tick, capacity, measured, forecast, past, lead_time_seconds, events, troubles })
        })
    }

    fn look<T>(&self, then: impl FnOnce(&Situation<'_>) -> T) -> T {
        let calendar = Calendar::from_json(self.calendar).unwrap();
        let events = calendar.timeline(Some("web"), after(-86_400), after(86_400));
        then(&Situation {
            group: &self.group,
            now: now(),
            tick: after(-60),
            capacity: self.capacity,
            measured: Some(Measured { until: after(-self.age_seconds), load: self.load }),
            forecast: self.forecast.as_ref().map_err(Clone::clone),
            past: &self.past,
            lead_time_seconds: self.past.lead_time_seconds(&self.group),
            events: &events,
            troubles: Vec::new(),
        })
    }
}
