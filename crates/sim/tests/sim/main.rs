//! What the simulated world promises, asked through the crate's public face.

mod backtest;
mod clairvoyant;
mod cloud;
mod contract;
mod faults;
mod golden;
mod measures;
mod policies;
mod profiles;
mod properties;
mod replay;
mod timeline;
mod traces;
mod workload;
mod world;

use std::sync::Arc;

use headroom_core::{Column, Observation, Series};
use headroom_sim::{Minute, Profile, Workload, generate};
use jiff::Timestamp;

/// 2026-01-05T00:00:00Z, a Monday.
const MONDAY: i64 = 1_767_571_200;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(MONDAY + second).unwrap()
}

/// Rows of one column every `step` seconds; NaN is a missing row.
fn rows(step: i64, column: Column, values: &[f64]) -> Vec<Observation> {
    let row = |(index, value): (usize, &f64)| {
        let mut row = Observation::at(at(i64::try_from(index).unwrap() * step));
        row.set(column, Some(*value).filter(|value| !value.is_nan()));
        row
    };
    values.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(row).collect()
}

fn workload(step: i64, values: &[f64], peak_instances: f64) -> Workload {
    let series = Series::from_observations(&rows(step, Column::RequestCount, values)).unwrap();
    Workload::from_series(&series, peak_instances).unwrap()
}

/// Load by 5-minute steps: a steady history of 1.7 instances' worth, which takes two, then `replayed` instances' worth.
fn steady_then(replayed: &[f64]) -> Arc<Workload> {
    let history = std::iter::repeat_n(170.0, 4 * replayed.len());
    let values: Vec<f64> = history.chain(replayed.iter().map(|load| load * 100.0)).collect();
    Arc::new(workload(300, &values, 1.7))
}

/// Some days of a generated history, twenty instances at peak.
fn generated(profile: Profile, days: u32, seed: u64) -> Arc<Workload> {
    let series = Series::from_observations(&generate(profile, days, seed, at(0)).observations).unwrap();
    Arc::new(Workload::from_series(&series, 20.0).unwrap())
}

/// Minutes of which demand and instances in service are given, and asked for is what serves.
fn minutes(demand_and_service: &[(u32, u32)]) -> Vec<Minute> {
    let minute = |(minute, &(demand, in_service))| Minute { minute, load: 0.0, demand, desired: in_service, in_service };
    demand_and_service.iter().enumerate().map(minute).collect()
}
