//! `batch`: a job every night that begins at once and ends at once, its length and weight varying, and a lighter one that
//! lasts through Sunday. Nothing of it is in the calendar: it has to be learned from the clock.

use super::{
    Generated, Grid, Moment, TIME_ZONE, calendar_of,
    noise::{LevelNoise, Noise},
    service::Service,
};

/// Load between the jobs, in instance-equivalents.
const IDLE_INSTANCES: f64 = 1.5;

/// Local hours of the job on Sundays.
const SUNDAY_HOURS: std::ops::Range<f64> = 6.0..18.0;

/// Load of the job on Sundays, in instance-equivalents.
const SUNDAY_INSTANCES: f64 = 6.0;

const SERVICE: Service = Service { requests_per_instance: 900.0, bytes_per_request: 48_000.0 };

/// The job of one night.
struct Night {
    starts_hour: f64,
    ends_hour: f64,
    instances: f64,
}

impl Night {
    /// Around one o'clock, about two and a half hours long, about twelve instances' worth of work.
    fn drawn(noise: &mut Noise) -> Self {
        let starts_hour = 1.0 + noise.uniform(0.0, 0.15);
        Self {
            starts_hour,
            ends_hour: starts_hour + (2.5 + noise.normal(0.3)).clamp(1.5, 4.0),
            instances: 12.0 * (1.0 + noise.normal(0.08)).clamp(0.7, 1.3),
        }
    }

    fn load_at(&self, hour: f64) -> f64 {
        if (self.starts_hour..self.ends_hour).contains(&hour) { self.instances } else { 0.0 }
    }
}

pub(super) fn generate(grid: &Grid, seed: u64) -> Generated {
    let (calendar_json, calendar) = calendar_of(TIME_ZONE, &[]);
    let mut level = LevelNoise::new(Noise::new(seed, 0), 0.02, 0.03);
    let mut nights = Noise::new(seed, 2);
    let mut night = Night::drawn(&mut nights);
    let mut hour_before = 0.0;
    let loads: Vec<f64> = grid
        .moments()
        .map(|moment| {
            // Local midnight; a clock that is set back by an hour in the autumn does not come back to it.
            if moment.hour < hour_before && moment.hour < 1.0 {
                night = Night::drawn(&mut nights);
            }
            hour_before = moment.hour;
            (IDLE_INSTANCES + night.load_at(moment.hour) + sunday_load(&moment)) * level.factor()
        })
        .collect();
    let timestamps = grid.moments().map(|moment| moment.timestamp);
    let intensities = grid.intensities(&calendar);
    Generated { observations: SERVICE.observe(timestamps, &loads, &intensities, Noise::new(seed, 1)), calendar_json }
}

fn sunday_load(moment: &Moment) -> f64 {
    if moment.weekday == 6 && SUNDAY_HOURS.contains(&moment.hour) { SUNDAY_INSTANCES } else { 0.0 }
}
