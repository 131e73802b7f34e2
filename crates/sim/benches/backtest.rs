//! A month of minutes through every policy that needs no model: each at its default, the world alone, and whole backtests.
//!
//! `cargo bench -p headroom-sim`

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use headroom_core::Series;
use headroom_sim::{Family, Profile, Workload, WorldRules, backtest, backtest::Settings, generate, plain_families, replay};
use jiff::Timestamp;

/// Days of which the last fifth is 30.
const DAYS: u32 = 150;

/// Minutes of 30 days.
const MONTH: usize = 43_200;

fn month() -> Arc<Workload> {
    let start = Timestamp::from_second(1_767_571_200).expect("2026 is in range");
    let rows = generate(Profile::Shop, DAYS, 1, start).observations;
    let series = Series::from_observations(&rows).expect("150 days are a series");
    let workload = Workload::from_series(&series, 20.0).expect("a shop has load");
    assert_eq!(workload.minutes() - workload.split_minute(), MONTH);
    Arc::new(workload)
}

fn replays(c: &mut Criterion) {
    let workload = month();
    let rules = WorldRules::default();
    let mut group = c.benchmark_group("a month");
    group.sample_size(20);
    for family in plain_families(&workload, &rules) {
        group.bench_function(family.name(), |bencher| {
            bencher.iter(|| replay(&workload, rules, 1, &mut *family.policy(None), black_box(usize::MAX)));
        });
    }
    group.finish();
}

fn backtests(c: &mut Criterion) {
    let workload = month();
    let settings = Settings::default();
    let families_of = || plain_families(&workload, &settings.rules).into_iter();
    let at_default: Vec<_> = families_of().map(|family| family.with_knobs(Vec::new())).collect();
    let families: Vec<Family<'_>> = families_of().collect();
    let mut group = c.benchmark_group("a month through all");
    group.sample_size(10);
    group.bench_function("at default, no sweep", |bencher| {
        bencher.iter(|| backtest("shop", &workload, black_box(&at_default), &settings));
    });
    group.bench_function("with every knob", |bencher| {
        bencher.iter(|| backtest("shop", &workload, black_box(&families), &settings));
    });
    let result = backtest("shop", &workload, &at_default, &settings);
    group.bench_function("the timeline", |bencher| {
        bencher.iter(|| black_box(&result).write_timeline(std::io::sink()).expect("a sink takes all"));
    });
    group.finish();
}

criterion_group!(benches, replays, backtests);
criterion_main!(benches);
