//! The whole local pipeline, killed at random moments: collector, scaler and training over a folder come to the same end as one
//! that nobody ever killed.
//!
//! `HEADROOM_KILLS=N HEADROOM_SEED=N cargo test -p headroom --test kill -- --nocapture` kills more often, and at other moments.

#![expect(clippy::print_stdout, reason = "what was survived is for whoever runs it")]

mod pipeline;
mod traces;

use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use pipeline::Diary;
use traces::Traces;

/// So often it is killed by default.
const KILLS: usize = 20;

/// The moments of the kills by default.
const SEED: u64 = 20_261_127;

/// A life lasts from the first to the second of these, in seconds: from the start of the process to several ticks.
const LIFE_SECONDS: (f64, f64) = (0.005, 0.8);

/// A pipeline that takes longer hangs.
const HANGS: Duration = Duration::from_secs(240);

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pipeline::runs", "--ignored", "--nocapture", "--test-threads=1"])
        .env(pipeline::FOLDER, folder)
        // The same numbers without candle's second thread, which waits by spinning.
        .env("CANDLE_NUM_THREADS", "1")
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits so long for the end of `child`.
fn ended_within(child: &mut Child, life: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() >= life {
            return None;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn to_its_end(folder: &Path) {
    let mut child = start(folder);
    let ended = ended_within(&mut child, HANGS);
    if ended.is_none() {
        child.kill().unwrap();
    }
    assert!(ended.is_some_and(|status| status.success()), "the pipeline came to no good end: {ended:?}");
}

/// Kills the pipeline in `folder` again and again, at most `kills` times, until it has come to its end: the turn that each kill fell in.
fn killed(folder: &Path, kills: usize, chance: &mut fastrand::Rng) -> Vec<usize> {
    let (least, most) = (LIFE_SECONDS.0.ln(), LIFE_SECONDS.1.ln());
    let (mut turns, mut patience) = (Vec::new(), 1.0);
    while turns.len() < kills {
        let life = (least + (most - least) * chance.f64()).exp() * patience;
        let mut child = start(folder);
        if let Some(status) = ended_within(&mut child, Duration::from_secs_f64(life)) {
            assert!(status.success(), "after {} kills the pipeline failed: {status}", turns.len());
            return turns;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let turn = Diary::read(folder).turn;
        // A training takes longer than most lives: who gets nowhere is given more.
        patience = if turns.last() == Some(&turn) { patience * 1.5 } else { 1.0 };
        turns.push(turn);
    }
    to_its_end(folder);
    turns
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

#[test]
fn a_pipeline_that_was_killed_comes_to_the_same_end_as_one_that_was_not() {
    let kills = number("HEADROOM_KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
    let seed = number("HEADROOM_SEED").unwrap_or(SEED);
    let mut chance = fastrand::Rng::with_seed(seed);
    let whole = tempfile::tempdir().unwrap();
    to_its_end(whole.path());
    let expected = Traces::read(whole.path());
    expected.check_alone();

    let (mut survived, mut cut_off, mut rounds, mut rows_lost, mut twice) = (0, 0, 0, 0, 0);
    while survived < kills {
        let folder = tempfile::tempdir().unwrap();
        let turns = killed(folder.path(), kills - survived, &mut chance);
        let found = Traces::read(folder.path());
        rows_lost += found.rows_lost(&expected);
        twice += found.made_twice();
        found.check_alone();
        cut_off += found.check_against(&expected, &turns);
        survived += turns.len();
        rounds += 1;
    }
    println!(
        "kills survived: {survived}, rows lost: {rows_lost}, decisions twice: {twice}, ticks cut off before they were recorded: {cut_off}, runs: {rounds}, seed {seed}"
    );
}
