//! Simulation by seed: thousands of days in which everything goes wrong, checked at every tick.
//!
//! `HEADROOM_SEEDS=FROM..TO cargo test --release -p scaler --test simulation -- --nocapture` plays more seeds than the usual ones.

#![expect(clippy::print_stdout, reason = "what was simulated is for whoever runs it")]

mod checkers;
mod chain;
mod clock;
mod loads;
mod operator;
mod play;
mod run;
mod setting;
mod sight;

use std::{
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use checkers::Counts;
use play::{Played, play};
use setting::{Eyes, Setting};

/// What the usual run plays.
const SEEDS: Range<u64> = 0..40;

/// What it plays with the whole chain, which is a hundred times slower.
const CHAIN_SEEDS: Range<u64> = 0..4;

/// Plays one seed; what went wrong, and what was counted until then.
fn played(seed: u64, eyes: Eyes) -> Result<Played, (String, Counts)> {
    let setting = Setting::draw(seed, eyes);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(&setting)));
    match result {
        Ok(result) => result.map_err(|failure| (failure.to_string(), failure.counts)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err((format!("seed {seed} panics: {}", text.unwrap_or("without a word")), Counts::default()))
        }
    }
}

/// Plays all `seeds` on every core; what went wrong, the first of it.
fn play_all(seeds: Range<u64>, eyes: Eyes) -> (Played, Vec<String>) {
    let next = AtomicU64::new(seeds.start);
    let sums = Mutex::new((Played::default(), Vec::new()));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || sums.lock().unwrap().1.len() >= 20 {
                        break;
                    }
                    let result = played(seed, eyes);
                    let mut sums = sums.lock().unwrap();
                    match result {
                        Ok(played) => {
                            sums.0.days += played.days;
                            sums.0.decisions += played.decisions;
                            sums.0.writes += played.writes;
                            sums.0.counts += played.counts;
                        }
                        Err((what, counts)) => {
                            sums.0.counts += counts;
                            sums.1.push(what);
                        }
                    }
                }
            });
        }
    });
    sums.into_inner().unwrap()
}

/// `HEADROOM_SEEDS=FROM..TO`.
fn asked_seeds() -> Option<Range<u64>> {
    let text = std::env::var("HEADROOM_SEEDS").ok()?;
    let (from, to) = text.split_once("..").expect("HEADROOM_SEEDS=FROM..TO");
    Some(from.parse().expect("FROM is a number")..to.parse().expect("TO is a number"))
}

/// Plays `seeds` and tells how fast that was.
fn check(seeds: Range<u64>, eyes: Eyes) -> Counts {
    let started = Instant::now();
    let (Played { days, decisions, writes, counts, .. }, failures) = play_all(seeds.clone(), eyes);
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let Counts { unsafe_scale_ins, stopped, watched, allocated, late } = counts;
    println!(
        "{} seeds, {days:.0} days, {decisions} decisions, {writes} writes, unsafe scale-ins: {unsafe_scale_ins}, {:.0} days per minute; \
         of the runs {stopped} under a kill switch, {watched} only watching, {allocated} with an allocation, {late} on a size \
         told late",
        seeds.end - seeds.start,
        days / minutes
    );
    assert!(failures.is_empty(), "{} seeds fail:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(unsafe_scale_ins, 0, "scale-ins that left less than the measured load takes");
    counts
}

#[test]
fn nothing_that_goes_wrong_makes_it_do_harm() {
    let Counts { stopped, watched, allocated, late, .. } = check(asked_seeds().unwrap_or(SEEDS), Eyes::Cheap);
    let usual = asked_seeds().is_none();
    assert!(!usual || [stopped, watched, allocated, late].iter().all(|count| *count > 0), "every order is met");
}

#[test]
fn a_seed_tells_the_same_story_every_time() {
    for seed in 0..6 {
        let story = || played(seed, Eyes::Cheap).unwrap().fingerprint;
        assert_eq!(story(), story(), "seed {seed}");
    }
}

#[test]
fn the_whole_chain_holds_for_a_new_group() {
    check(CHAIN_SEEDS, Eyes::Real { young: true });
}

#[test]
fn the_whole_chain_holds_for_a_group_with_a_history() {
    check(CHAIN_SEEDS, Eyes::Real { young: false });
}
