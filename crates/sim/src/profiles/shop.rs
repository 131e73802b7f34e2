//! `shop`: a web shop. Lunchtime and evening peaks, other weekends, slow growth, noise that scales with the level, and
//! announced sales that multiply the load by 1 + intensity.

use headroom_core::calendar::Event;
use jiff::Timestamp;

use super::{
    Generated, Grid, TIME_ZONE, calendar_of, event, local_time,
    noise::{LevelNoise, Noise},
    service::Service,
    shape::{DayShape, Peak},
};

/// Load at a shape of 1, in instance-equivalents.
const INSTANCES: f64 = 8.0;

/// Growth of the level per day: about a tenth in four weeks.
const GROWTH_PER_DAY: f64 = 0.0035;

const WORKDAY: DayShape<'static> = DayShape {
    base: 0.18,
    peaks: &[
        Peak { hour: 12.5, width_hours: 1.3, height: 0.38 },
        Peak { hour: 16.0, width_hours: 3.5, height: 0.25 },
        Peak { hour: 20.25, width_hours: 1.8, height: 0.62 },
    ],
};

const WEEKEND: DayShape<'static> = DayShape {
    base: 0.2,
    peaks: &[Peak { hour: 14.0, width_hours: 3.2, height: 0.55 }, Peak { hour: 20.5, width_hours: 2.2, height: 0.45 }],
};

/// Level of each weekday from Monday on: Sunday evening is when people order.
const WEEKDAYS: [f64; 7] = [1.0, 0.95, 0.95, 0.97, 1.02, 0.9, 1.12];

/// Ramp of every sale.
const RAMP_MINUTES: u32 = 30;

const SERVICE: Service = Service { requests_per_instance: 12_000.0, bytes_per_request: 1_800.0 };

pub(super) fn generate(grid: &Grid, seed: u64, sale_start: Option<Timestamp>) -> Generated {
    let (calendar_json, calendar) = calendar_of(TIME_ZONE, &events(grid, sale_start));
    let intensities = grid.intensities(&calendar);
    let mut noise = LevelNoise::new(Noise::new(seed, 0), 0.03, 0.025);
    let loads: Vec<f64> = grid
        .moments()
        .zip(&intensities)
        .map(|(moment, intensity)| {
            let shape = if moment.is_weekend() { WEEKEND } else { WORKDAY };
            let growth = 1.0 + GROWTH_PER_DAY * moment.day;
            INSTANCES * shape.at(moment.hour) * WEEKDAYS[moment.weekday] * growth * (1.0 + intensity) * noise.factor()
        })
        .collect();
    let timestamps = grid.moments().map(|moment| moment.timestamp);
    Generated { observations: SERVICE.observe(timestamps, &loads, &intensities, Noise::new(seed, 1)), calendar_json }
}

/// Two sales in every 28 days, on the 9th and the 20th from ten in the morning to ten at night, and the one asked for.
fn events(grid: &Grid, sale_start: Option<Timestamp>) -> Vec<Event> {
    let sale = |name, start, duration_minutes, intensity| Event {
        intensity,
        ramp_minutes: RAMP_MINUTES,
        ..event(name, "sale", start, duration_minutes)
    };
    let monthly = |name, day: i64, intensity| Event {
        repeat: Some("FREQ=DAILY;INTERVAL=28".to_owned()),
        ..sale(name, local_time(grid.start, day - 1, 10), 720, intensity)
    };
    let mut events = vec![monthly("members' sale", 9, 1.0), monthly("clearance sale", 20, 1.5)];
    events.extend(sale_start.map(|start| sale("four-hour sale", start.to_string(), 240, 1.25)));
    events
}
