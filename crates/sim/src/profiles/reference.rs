//! `reference`: the generator that the reference system publishes its figures on, row by row.

use std::f64::consts::PI;

use headroom_core::{Observation, calendar::Event};

use super::{Generated, Grid, ROWS_PER_DAY, calendar_of, event, noise::Noise, service::hundredths};

/// Every so many days is a sale day, counting from 1.
const SALE_EVERY_DAYS: usize = 5;

pub(super) fn generate(grid: &Grid, seed: u64) -> Generated {
    let mut noise = Noise::new(seed, 0);
    let rows = grid.rows();
    // One wave a day, over n - 1 steps as in the original, so that the last row ends the last wave.
    let radians_per_row = 2.0 * PI * f64::from(grid.days) / rows.saturating_sub(1).max(1) as f64;
    let observations = (0..rows)
        .map(|row| {
            let phase = libm::sin(radians_per_row * row as f64);
            let sale = if (row / ROWS_PER_DAY + 1).is_multiple_of(SALE_EVERY_DAYS) { 1.0 } else { 0.0 };
            let cpu = 20.0 + 15.0 * phase + noise.normal(2.0) + 40.0 * sale + noise.normal(5.0);
            let network = 100.0 + 80.0 * phase + noise.normal(10.0) + 300.0 * sale + noise.normal(20.0);
            let requests = 500.0 + 400.0 * phase + noise.normal(50.0) + 2000.0 * sale + noise.normal(100.0);
            Observation {
                cpu_utilization: Some(hundredths(cpu.clamp(5.0, 95.0))),
                network_in: Some(hundredths(network.clamp(20.0, 1000.0))),
                request_count: Some(requests.clamp(100.0, 5000.0).round()),
                is_sale_active: Some(sale),
                ..Observation::at(grid.timestamp(row))
            }
        })
        .collect();
    Generated { observations, calendar_json: calendar_json(grid) }
}

/// One event that repeats without end, so that the day after the last row is announced too.
fn calendar_json(grid: &Grid) -> String {
    let first = grid.timestamp((SALE_EVERY_DAYS - 1) * ROWS_PER_DAY);
    let start = first.strftime("%Y-%m-%dT%H:%M").to_string();
    let sale = Event { repeat: Some(format!("FREQ=DAILY;INTERVAL={SALE_EVERY_DAYS}")), ..event("sale day", "sale", start, 1440) };
    calendar_of("UTC", &[sale]).0
}
