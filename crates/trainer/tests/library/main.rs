//! What training and evaluation promise, asked through the crate's public face.

mod asked;
mod choice;
mod daily;
mod evaluation;
mod import;
mod leaks;
mod odd_data;
mod pretrain;
mod quality;
mod same_bytes;
mod trees;
mod tune;

use headroom_core::{
    Calendar, Column, Observation, Series,
    champion::{Member, TrainedNetwork},
    forecast::Outlook,
    frame::{Frame, Split, Target},
};
use headroom_sim::{Profile, generate};
use jiff::Timestamp;
use trainer::{
    Networks, Settings,
    card::Provenance,
    contest::{Contest, compete},
};

const TARGET: Target = Target::Column { column: Column::CpuUtilization };

/// 2026-06-01T00:00:00Z, a Monday.
fn monday() -> Timestamp {
    Timestamp::from_second(1_780_272_000).unwrap()
}

/// Small enough to train in a moment, and below the tensor size from which candle wakes other threads.
fn small() -> Settings {
    Settings { hidden: 8, head: 16, rounds_max: 2, batches_per_round: 20, ..Settings::default() }
}

fn reference(days: u32) -> Vec<Observation> {
    generate(Profile::Reference, days, 11, monday()).observations
}

fn frame_of(rows: &[Observation]) -> Frame {
    let series = Series::from_observations(rows).unwrap();
    let column = series.target(None).unwrap();
    let target = if series.column(Column::CpuUtilization).is_some() { TARGET } else { Target::Column { column } };
    target.frame(&series, &Calendar::default(), None).unwrap()
}

fn provenance() -> Provenance {
    Provenance {
        source: "reference.csv".to_owned(),
        command: "trainer train".to_owned(),
        calendar: false,
        target: TARGET,
        now: monday(),
    }
}

/// What becomes of the history `rows` where all but the test part is learned from.
fn contest(rows: &[Observation], split: Split, settings: &Settings, networks: Networks) -> Contest {
    compete(&frame_of(rows), split, settings, networks, &mut |_, _| {}).unwrap()
}

/// The networks of a contest that stand for themselves.
fn networks(contest: &Contest) -> Vec<&TrainedNetwork> {
    let members = contest.members.iter().map(|(member, _)| member);
    members.filter_map(|member| if let Member::Network(network) = member { Some(network) } else { None }).collect()
}

/// Every number of some forecasts, bit by bit.
fn bits(outlooks: &[Outlook]) -> Vec<u64> {
    let numbers = |outlook: &Outlook| outlook.steps.into_iter().chain(outlook.peaks).flat_map(|quantiles| quantiles.0);
    outlooks.iter().flat_map(numbers).map(f64::to_bits).collect()
}
