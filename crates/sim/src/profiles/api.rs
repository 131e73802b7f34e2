//! `api`: an interface that offices and their programs call. Four peaks on working days, quiet weekends, no events.

use super::{
    Generated, Grid, TIME_ZONE, calendar_of,
    noise::{LevelNoise, Noise},
    service::Service,
    shape::{DayShape, Peak},
};

/// Load at a shape of 1, in instance-equivalents.
const INSTANCES: f64 = 12.0;

const WORKDAY: DayShape<'static> = DayShape {
    base: 0.12,
    peaks: &[
        Peak { hour: 9.25, width_hours: 0.7, height: 0.8 },
        Peak { hour: 11.5, width_hours: 0.6, height: 0.6 },
        Peak { hour: 14.25, width_hours: 0.8, height: 0.75 },
        Peak { hour: 16.5, width_hours: 0.6, height: 0.5 },
        // The office hours under the peaks.
        Peak { hour: 13.0, width_hours: 3.0, height: 0.2 },
    ],
};

const WEEKEND: DayShape<'static> = DayShape { base: 0.1, peaks: &[Peak { hour: 13.0, width_hours: 4.0, height: 0.06 }] };

const SERVICE: Service = Service { requests_per_instance: 30_000.0, bytes_per_request: 650.0 };

pub(super) fn generate(grid: &Grid, seed: u64) -> Generated {
    let (calendar_json, calendar) = calendar_of(TIME_ZONE, &[]);
    let mut noise = LevelNoise::new(Noise::new(seed, 0), 0.04, 0.03);
    let loads: Vec<f64> = grid
        .moments()
        .map(|moment| INSTANCES * if moment.is_weekend() { WEEKEND } else { WORKDAY }.at(moment.hour) * noise.factor())
        .collect();
    let timestamps = grid.moments().map(|moment| moment.timestamp);
    let intensities = grid.intensities(&calendar);
    Generated { observations: SERVICE.observe(timestamps, &loads, &intensities, Noise::new(seed, 1)), calendar_json }
}
