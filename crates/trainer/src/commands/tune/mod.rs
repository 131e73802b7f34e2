//! `trainer tune`: settings that suit a history better than the defaults.

mod record_file;
mod show;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use headroom_core::{
    Column,
    frame::{Split, Target},
};
use jiff::SignedDuration;
use serde::Serialize;
use sha2::{Digest, Sha256};
use trainer::{
    Settings,
    tune::{Budget, Search, Standing, Trial, best, next, record::About, standings},
};

use self::{
    record_file::RecordFile,
    show::{TuneBar, report},
};
use crate::files::{check_output, check_writable, output, read_calendar, read_file, read_series, say, write_file};

/// Search settings of the network that suit a history better than the defaults
///
/// Each trial trains one network on the first 70 % of the rows and judges it on the next 10 %; the last 20 % are not looked
/// at, so that `trainer evaluate --settings` can tell what the result is worth. The defaults are the first candidate, the
/// others are drawn at random. The defaults, and whoever leads, are trained with three seeds, since the best of many single trainings is
/// the luckiest one too.
///
/// A finished trial becomes a line of the record. The same command again goes on after the last of them, and with a budget
/// that is used up it only prints the table. Data, calendar, target and seed have to stay the same.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  trainer tune --data data/shop.csv --calendar data/business_calendar.json --budget 10m --record tune.jsonl --out settings.json",
    after_long_help = after_long_help()
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and what was measured
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// Business calendar
    #[arg(long, value_name = "FILE.json")]
    calendar: Option<PathBuf>,
    /// The column to forecast; by default the first of request_count, cpu_utilization and network_in that is there
    #[arg(long, value_parser = super::evaluate::column)]
    target: Option<Column>,
    /// Time for all trials of the record together, like 90s, 10m or 2h; 10m unless `--trials` is given. A trial that has begun
    /// is finished
    #[arg(long, value_name = "TIME", value_parser = budget)]
    budget: Option<SignedDuration>,
    /// Most trials of the record together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,
    /// Decides what is tried, and each training
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Where finished trials are kept, one JSON line each
    #[arg(long, value_name = "FILE.jsonl")]
    record: PathBuf,
    /// Write the best settings, for `--settings` of `trainer train` and `trainer evaluate`
    #[arg(long, value_name = "FILE.json")]
    out: Option<PathBuf>,
    /// Also write the results for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is worked for where nothing else is asked for.
const BUDGET: SignedDuration = SignedDuration::from_mins(10);

/// Reads a time budget.
fn budget(text: &str) -> Result<SignedDuration, String> {
    let budget: SignedDuration = text.parse().map_err(|_| "write it like 90s, 10m or 2h".to_owned())?;
    if budget < SignedDuration::from_secs(1) {
        return Err("give it at least 1s".to_owned());
    }
    Ok(budget)
}

fn after_long_help() -> String {
    let space = trainer::tune::space();
    let lines = space.iter().map(|dimension| format!("  {:<14} {}", dimension.setting, dimension.values));
    let lines: Vec<String> = lines.collect();
    format!(
        "The space, of which a candidate draws about half and keeps the defaults for the rest:\n{}\n\nExample:\n  trainer tune --data data/shop.csv --calendar data/business_calendar.json --budget 10m --record tune.jsonl --out settings.json",
        lines.join("\n")
    )
}

/// What programs read.
#[derive(Serialize)]
struct Results<'a> {
    about: &'a About,
    /// The best first.
    standings: &'a [Standing],
    /// The candidate to use.
    best: &'a Standing,
    /// By what share its loss lies below that of the defaults, with the same seeds.
    gain: Option<f64>,
    trials: &'a [Trial],
}

pub(crate) fn run(args: &Args) -> Result<()> {
    check_output(args.json.as_deref())?;
    args.out.as_deref().map(check_writable).transpose()?;
    let series = read_series(&args.data)?;
    let calendar = read_calendar(args.calendar.as_deref())?;
    let column = series.target(args.target).with_context(|| format!("reading `{}`", args.data.display()))?;
    let frame = Target::Column { column }.frame(&series, &calendar, None)?;
    let defaults = Settings { seed: args.seed, ..Settings::default() };
    let calendar_sha256 = args.calendar.as_deref().map(sha256).transpose()?;
    let about = About::new(sha256(&args.data)?, calendar_sha256, column.name(), defaults);
    let (record, mut trials) = RecordFile::open(&args.record, &about)?;
    let search = Search::new(&frame, Split::with_test(frame.rows()));
    search_on(args, &search, &about, record, &mut trials)?;

    let standings = standings(&trials);
    let Some(best) = best(&standings) else {
        bail!(
            "all {} trials on `{}` diverged: look at the data, or search longer with `--trials {}`",
            trials.len(),
            args.data.display(),
            2 * trials.len()
        );
    };
    let gain = best.relative_loss.map(|relative| 1.0 - relative);
    if let Some(path) = &args.out {
        write_file(path, best.settings.to_json().as_bytes())?;
        say(&format!("wrote `{}`", path.display()));
    }
    let results = Results { about: &about, standings: &standings, best, gain, trials: &trials };
    output(args.json.as_deref(), &results, &report(args, &results))
}

/// Does trials until the budget is used up.
fn search_on(args: &Args, search: &Search, about: &About, mut record: RecordFile<'_>, trials: &mut Vec<Trial>) -> Result<()> {
    let budget = budget_of(args);
    if !budget.allows_another(trials) {
        say("nothing is trained: the budget is used up; a larger one goes on from here");
    }
    let mut bar = TuneBar::new(budget, trials);
    while budget.allows_another(trials) {
        let plan = next(&about.defaults, trials);
        let begun = Instant::now();
        let outcome = search
            .run(&plan, &mut |at| bar.show(&plan, begun.elapsed().as_secs_f64(), at))
            .with_context(|| format!("training on `{}`", args.data.display()))?;
        let trial = Trial { plan, outcome, seconds: begun.elapsed().as_secs_f64() };
        record.append(&trial)?;
        trials.push(trial);
        bar.finished(trials);
    }
    Ok(())
}

fn budget_of(args: &Args) -> Budget {
    let trials = args.trials.map(|trials| trials as usize);
    let time = args.budget.or_else(|| trials.is_none().then_some(BUDGET));
    Budget { seconds: time.map(|time| time.as_secs_f64()), trials }
}

fn sha256(path: &Path) -> Result<String> {
    Ok(Sha256::digest(read_file(path)?).iter().map(|byte| format!("{byte:02x}")).collect())
}
