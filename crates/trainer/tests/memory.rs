//! Training takes no more memory the longer it lasts. Alone in its binary, so that no other test's memory is counted.
#![cfg(target_os = "linux")]

use std::fs;

use headroom_core::{
    Calendar, Column, Observation, Series,
    frame::{Frame, Split},
    lstm::Pooling,
};
use jiff::Timestamp;
use trainer::{Settings, training::train};

/// What an allocator may keep back between two looks, in KiB.
const SLACK: usize = 8 * 1024;

/// Memory of this process that is in use, in KiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it names the resident set");
    line.split_whitespace().nth(1).and_then(|kibibytes| kibibytes.parse().ok()).expect("a number")
}

#[test]
fn training_takes_no_more_memory_the_longer_it_lasts() {
    let rows: Vec<_> = (0..288 * 4)
        .map(|i| Observation {
            request_count: Some(100.0 + 40.0 * (f64::from(i) / 46.0).sin() + f64::from(i * 7919 % 23)),
            ..Observation::at(Timestamp::from_second(i64::from(i) * 300).unwrap())
        })
        .collect();
    let series = Series::from_observations(&rows).unwrap();
    let frame = Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None);
    for pooling in [Pooling::Last, Pooling::Attention] {
        let settings = Settings { pooling, batches_per_round: 20, rounds_max: 9, patience: 9, ..Settings::default() };
        let mut looks = Vec::new();
        train(&frame, Split::with_test(frame.rows()), &settings, &mut |_| looks.push(resident())).unwrap();
        let most = |looks: &[usize]| looks.iter().copied().max().expect("a look after every batch");
        let third = looks.len() / 3;
        let (early, late) = (most(&looks[..third]), most(&looks[2 * third..]));
        assert!(late <= early + SLACK, "{pooling:?}: {early} KiB in the first third, {late} KiB in the last");
    }
}
