//! What makes a slice of a generated history unlike the others: real loads are rougher, steadier, slower and less regular
//! than five generators are.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Share of lasting noise that is still there a row later.
const MEMORY: f64 = 0.95;

/// How one slice differs from the history that it is cut from.
#[derive(Debug, Clone, Default)]
pub(super) struct Variety {
    /// Rows of the history per row of the slice, where that is not one.
    speed: Option<f64>,
    /// Rows on either side that a row is averaged with: the generators' own noise would else be in every slice.
    smooth_rows: usize,
    /// Share of another history's load.
    other: f64,
    /// Load that is always there, as a share of the size.
    base: f64,
    /// Deviation of the noise of each row alone, as a share of the level.
    fleeting: f64,
    /// Deviation of the noise that lasts for hours, as a share of the level.
    lasting: f64,
    /// Chance per row that the level changes for good.
    shift_chance: f64,
    /// Chance per row of a spike.
    spike_chance: f64,
    /// Jobs that come and go at any time.
    jobs: Option<Jobs>,
    /// A small job every so many rows, and how much of the size it takes.
    job: Option<(usize, f64)>,
}

#[derive(Debug, Clone, Copy)]
struct Jobs {
    /// Chance per row that one starts where none runs.
    start_chance: f64,
    /// Chance per row that one ends.
    end_chance: f64,
    /// How much of the size one takes.
    height: f64,
}

impl Variety {
    /// A fifth of all slices stay as they were generated.
    pub(super) fn drawn(random: &mut ChaCha8Rng) -> Self {
        if random.random_bool(0.2) {
            return Self::default();
        }
        let mut maybe = |chance: f64, low: f64, high: f64| {
            let value = random.random_range(low..high);
            if random.random_bool(chance) { value } else { 0.0 }
        };
        let speed = maybe(0.4, 0.3_f64.ln(), 3.0_f64.ln());
        let (other, base) = (maybe(0.3, 0.1, 0.6), maybe(0.4, 0.0, 1.5));
        // Noise of half a per cent is as common as noise of a half.
        let fleeting = maybe(0.8, 0.003_f64.ln(), 0.5_f64.ln());
        let lasting = maybe(0.6, 0.01_f64.ln(), 0.5_f64.ln());
        let shift_chance = maybe(0.4, 0.001, 0.02);
        let spike_chance = maybe(0.3, 0.002, 0.05);
        let smooth_rows = maybe(0.5, 1.0, 12.0) as usize;
        let job_height = maybe(0.15, 0.05, 0.8);
        let job_share = maybe(0.25, 0.1, 3.0);
        let [start_chance, end_chance] = [maybe(1.0, 0.003, 0.1), maybe(1.0, 0.005, 0.3)];
        let period = [3, 6, 12, 24][random.random_range(0..4)];
        let size = |logarithm: f64| if logarithm == 0.0 { 0.0 } else { logarithm.exp() };
        Self {
            speed: (speed != 0.0).then(|| speed.exp()),
            smooth_rows,
            other,
            base,
            fleeting: size(fleeting),
            lasting: size(lasting),
            shift_chance,
            spike_chance,
            jobs: (job_share > 0.0).then_some(Jobs { start_chance, end_chance, height: job_share }),
            job: (job_height > 0.0).then_some((period, job_height)),
        }
    }

    /// Whether the rows still lie where the calendar has its events.
    pub(super) fn keeps_time(&self) -> bool {
        self.speed.is_none()
    }

    /// `rows` loads of `history` from `first` on, changed. All are shares of a size.
    pub(super) fn apply(&self, history: &[f64], first: usize, other: &[f64], rows: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        let other_first = random.random_range(0..other.len());
        let phase = random.random_range(0..24);
        let (mut level, mut lasting, mut running, mut loads) = (1.0, 0.0, false, Vec::with_capacity(rows));
        for row in 0..rows {
            let [noise, innovation, jump, spike] = std::array::from_fn(|_| StandardNormal.sample(random)).map(|x: f64| x);
            let [shifts, spikes, turns] = std::array::from_fn(|_| random.random::<f64>());
            let own = self.smoothed(history, first as f64 + row as f64 * self.speed.unwrap_or(1.0));
            let second = self.smoothed(other, (other_first + row) as f64);
            let smooth = (1.0 - self.other) * own + self.other * second + self.base;
            if shifts < self.shift_chance {
                level = (0.6 * jump).exp();
            }
            lasting = MEMORY * lasting + (1.0 - MEMORY * MEMORY).sqrt() * self.lasting * innovation;
            let spike = if spikes < self.spike_chance { 1.0 + spike.abs() } else { 1.0 };
            let job = self.job.filter(|(period, _)| (row + phase) % period == 0).map_or(0.0, |(_, height)| height);
            let mut smooth = smooth;
            if let Some(Jobs { start_chance, end_chance, height }) = self.jobs {
                running ^= turns < if running { end_chance } else { start_chance };
                smooth += if running { height } else { 0.0 };
            }
            loads.push((smooth * level * (lasting + self.fleeting * noise).exp() * spike + job).max(0.0));
        }
        loads
    }
}

impl Variety {
    /// The mean around a place.
    fn smoothed(&self, loads: &[f64], place: f64) -> f64 {
        let width = 2 * self.smooth_rows + 1;
        let start = place + (loads.len() - self.smooth_rows) as f64;
        (0..width).map(|row| at(loads, start + row as f64)).sum::<f64>() / width as f64
    }
}

/// The value at a place between two rows; past the end it goes on from the start.
fn at(loads: &[f64], place: f64) -> f64 {
    let (row, share) = (place.floor() as usize, place.fract());
    let value = |row: usize| loads[row % loads.len()];
    value(row) + share * (value(row + 1) - value(row))
}
