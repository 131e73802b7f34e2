//! `trainer evaluate`: every model beside every baseline.

mod pictures;
mod summary;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use headroom_core::{Calendar, Column, frame::Target};
use trainer::evaluate::{Evaluation, evaluate};

use super::train::networks;
use crate::{
    files::{check_output, check_writable, output, read_calendar, read_series, read_settings, say, write_file},
    progress::TrainingBars,
    table::{maybe, number, table},
};

/// Score every model beside every baseline on the last fifth of a history
///
/// The first 70 % of the rows train, the next 10 % validate, the last 20 % are only scored. Forecasts reach twelve steps
/// ahead, at the quantiles 0.1, 0.5, 0.9, 0.95 and 0.99.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer evaluate --data data/shop.csv --calendar data/business_calendar.json --report shop.html\n  trainer evaluate --data traces/*.csv --summary table.md --json scores.json"
)]
pub(crate) struct Args {
    /// CSVs with `timestamp` and what was measured; several are compared in one table
    #[arg(long, value_name = "FILE.csv", num_args = 1.., required = true)]
    data: Vec<PathBuf>,
    /// Business calendar
    #[arg(long, value_name = "FILE.json")]
    calendar: Option<PathBuf>,
    /// The column to forecast; by default the first of request_count, cpu_utilization and network_in that is there
    #[arg(long, value_parser = column)]
    target: Option<Column>,
    /// Settings of the networks, as `trainer tune --out` writes them
    #[arg(long, value_name = "FILE.json")]
    settings: Option<PathBuf>,
    /// Decides initial weights, batches and masks; by default that of the settings
    #[arg(long)]
    seed: Option<u64>,
    /// Train every kind of network, also where the validation part does not say that it pays
    #[arg(long)]
    all_networks: bool,
    /// Also write one HTML page with pictures of the one file, which opens offline
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Also write the table of several files as Markdown
    #[arg(long, value_name = "FILE.md")]
    summary: Option<PathBuf>,
    /// Also write the results for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Reads the name of a column that can be forecast.
pub(super) fn column(name: &str) -> Result<Column, String> {
    Column::from_name(name)
        .filter(|column| Column::TARGETS.contains(column))
        .ok_or_else(|| format!("choose one of {}", Column::TARGETS.map(Column::name).join(", ")))
}

pub(crate) fn run(args: &Args) -> Result<()> {
    check_output(args.json.as_deref())?;
    [&args.report, &args.summary].into_iter().flatten().try_for_each(|path| check_writable(path))?;
    if args.report.is_some() && args.data.len() > 1 {
        bail!("`--report` shows one file: give one `--data`, or leave it out");
    }
    let calendar = read_calendar(args.calendar.as_deref())?;
    let (mut all, mut failed) = (Vec::new(), Vec::new());
    for data in &args.data {
        match evaluate_file(args, data, &calendar) {
            Ok(results) => {
                if args.data.len() > 1 {
                    say(&report(&results));
                }
                all.push(results);
            }
            Err(error) if args.data.len() == 1 => return Err(error),
            Err(error) => {
                say(&format!("error: {error:#}"));
                failed.push(format!("`{}`", data.display()));
            }
        }
    }
    if let Some(path) = &args.summary {
        write_file(path, summary::markdown(&all).as_bytes())?;
        say(&format!("wrote `{}`", path.display()));
    }
    let text = match all.as_slice() {
        [one] => report(one),
        several => summary::text(several),
    };
    output(args.json.as_deref(), &all.concat(), &text)?;
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("{} of {} files were not evaluated: {}", failed.len(), args.data.len(), failed.join(", "))
    }
}

fn evaluate_file(args: &Args, data: &Path, calendar: &Calendar) -> Result<Vec<Evaluation>> {
    let series = read_series(data)?;
    let column = series.target(args.target).with_context(|| format!("reading `{}`", data.display()))?;
    let frame = Target::Column { column }.frame(&series, calendar, None)?;
    let trace = data.file_stem().map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let settings = read_settings(args.settings.as_deref(), args.seed)?;
    let mut bars = TrainingBars::default();
    let networks = networks(args.all_networks);
    let evaluated = evaluate(&trace, column.name(), &frame, &settings, networks, &mut |name, at| bars.show(name, at))
        .with_context(|| format!("evaluating `{}`", data.display()))?;
    drop(bars);
    if let Some(path) = &args.report {
        write_file(path, pictures::pictures(&frame, &evaluated, column, calendar).as_bytes())?;
        say(&format!("wrote `{}`", path.display()));
    }
    Ok(evaluated.results)
}

fn report(results: &[Evaluation]) -> String {
    let Some(first) = results.first() else { return "nothing could be fitted".to_owned() };
    let facts = &first.facts;
    let header = ["model", "MAE 1", "MAE 3", "MAE 6", "MAE 12", "MAE mean", "WQL", "cover 0.9", "0.95", "0.99", "train s"];
    let row = |result: &Evaluation| {
        let (mae, coverage) = (&result.score.mae, &result.score.coverage);
        let name = match &result.chosen {
            Some(chosen) => format!("{} ({chosen})", result.model),
            None => result.model.clone(),
        };
        let errors = [mae.h1, mae.h3, mae.h6, mae.h12, mae.mean].map(number);
        let shares = [coverage.q90, coverage.q95, coverage.q99].map(|share| format!("{share:.3}"));
        let mut cells = vec![name];
        cells.extend(errors);
        cells.push(maybe(result.score.wql));
        cells.extend(shares);
        cells.push(format!("{:.1}", result.train_seconds));
        cells
    };
    format!(
        "{}: `{}` every {} s, {} rows; {} origins from {} to {}\n{}",
        facts.trace,
        facts.target,
        facts.step_seconds,
        facts.grid_rows,
        facts.origins,
        facts.first_origin,
        facts.last_origin,
        table(&header, results.iter().map(row).collect())
    )
}
