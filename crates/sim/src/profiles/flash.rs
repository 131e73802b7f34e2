//! `flash`: a small site that crowds come to. Some of them are announced (kind `launch`, load times 1 + intensity); the
//! others come once in three days or so, within a quarter of an hour, and lose interest as they go.

use headroom_core::calendar::Event;

use super::{
    Generated, Grid, ROWS_PER_DAY, TIME_ZONE, calendar_of, event, local_time,
    noise::{LevelNoise, Noise},
    service::Service,
    shape::{DayShape, Peak},
};

/// Load at a shape of 1, in instance-equivalents.
const INSTANCES: f64 = 2.0;

const DAY: DayShape<'static> = DayShape { base: 0.3, peaks: &[Peak { hour: 18.0, width_hours: 4.0, height: 0.6 }] };

/// Days between two crowds that nobody announced, on average.
const DAYS_BETWEEN_CROWDS: f64 = 3.0;

/// A crowd is there in full after so many rows.
const RISE_ROWS: f64 = 3.0;

/// Share of a crowd that is still there a row later: half of it goes within half an hour.
const STAY: f64 = 0.89;

const SERVICE: Service = Service { requests_per_instance: 15_000.0, bytes_per_request: 2_400.0 };

/// The crowd that nobody announced: how many instances' worth of it is there, and how much still arrives per row.
#[derive(Default)]
struct Crowd {
    present: f64,
    arriving_per_row: f64,
    arriving_rows: f64,
}

impl Crowd {
    /// A row later: perhaps a new crowd sets out, of three to twelve instances' worth.
    fn next(&mut self, noise: &mut Noise) -> f64 {
        let sets_out = noise.chance(1.0 / (DAYS_BETWEEN_CROWDS * ROWS_PER_DAY as f64));
        let size = noise.uniform(3.0, 12.0);
        if sets_out {
            (self.arriving_per_row, self.arriving_rows) = (size / RISE_ROWS, RISE_ROWS);
        }
        if self.arriving_rows > 0.0 {
            self.present += self.arriving_per_row;
            self.arriving_rows -= 1.0;
        } else {
            self.present *= STAY;
        }
        self.present
    }
}

pub(super) fn generate(grid: &Grid, seed: u64) -> Generated {
    let (calendar_json, calendar) = calendar_of(TIME_ZONE, &events(grid));
    let intensities = grid.intensities(&calendar);
    let mut level = LevelNoise::new(Noise::new(seed, 0), 0.04, 0.04);
    let mut crowds = Noise::new(seed, 2);
    let mut crowd = Crowd::default();
    let loads: Vec<f64> = grid
        .moments()
        .zip(&intensities)
        .map(|(moment, intensity)| {
            let announced = INSTANCES * DAY.at(moment.hour) * (1.0 + intensity);
            (announced + crowd.next(&mut crowds)) * level.factor()
        })
        .collect();
    let timestamps = grid.moments().map(|moment| moment.timestamp);
    Generated { observations: SERVICE.observe(timestamps, &loads, &intensities, Noise::new(seed, 1)), calendar_json }
}

/// Two launches in every 28 days, on the 6th and the 17th, from six to eight in the evening.
fn events(grid: &Grid) -> Vec<Event> {
    let launch = |name, day: i64, intensity| Event {
        intensity,
        ramp_minutes: 10,
        repeat: Some("FREQ=DAILY;INTERVAL=28".to_owned()),
        ..event(name, "launch", local_time(grid.start, day - 1, 18), 120)
    };
    vec![launch("first launch of the month", 6, 4.0), launch("second launch of the month", 17, 6.0)]
}
