//! Shapes of load.

use std::f64::consts::TAU;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// Five-minute steps of a day.
const DAY: f64 = 288.0;

/// From -1 at midnight to 1 at noon.
pub(crate) fn daily(step: usize) -> f64 {
    -(TAU * step as f64 / DAY).cos()
}

/// A load of `steps` steps, in instance-equivalents, most of it below `peak`.
pub(crate) fn draw(steps: usize, peak: f64, chance: &mut ChaCha8Rng) -> Vec<f64> {
    let noise = [0.0, 0.05, 0.3][chance.random_range(0..3)];
    let mut loads: Vec<f64> = match chance.random_range(0..7) {
        0 | 1 => (0..steps).map(|step| peak * (0.5 + 0.45 * daily(step))).collect(),
        2 => levels(steps, peak, chance),
        3 => spikes(steps, peak, chance),
        4 => walk(steps, peak, chance),
        5 => vec![0.0; steps],
        // Far more than any group may have.
        _ => (0..steps).map(|step| peak * 100.0 * (1.0 + daily(step))).collect(),
    };
    for load in &mut loads {
        *load = (*load * (1.0 + noise * chance.random_range(-1.0..=1.0))).max(0.0);
    }
    loads
}

fn levels(steps: usize, peak: f64, chance: &mut ChaCha8Rng) -> Vec<f64> {
    let mut loads = Vec::with_capacity(steps);
    while loads.len() < steps {
        let level = peak * chance.random_range(0.0..=1.0);
        loads.extend(std::iter::repeat_n(level, chance.random_range(3..=60)));
    }
    loads.truncate(steps);
    loads
}

fn spikes(steps: usize, peak: f64, chance: &mut ChaCha8Rng) -> Vec<f64> {
    (0..steps).map(|_| if chance.random_bool(0.03) { peak } else { 0.1 * peak }).collect()
}

fn walk(steps: usize, peak: f64, chance: &mut ChaCha8Rng) -> Vec<f64> {
    let mut load = 0.5 * peak;
    let mut next = || {
        load = (load + peak * chance.random_range(-0.1..=0.1)).clamp(0.0, peak);
        load
    };
    (0..steps).map(|_| next()).collect()
}
