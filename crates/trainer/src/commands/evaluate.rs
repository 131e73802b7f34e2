//! `trainer evaluate`: every model beside every baseline.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result};
use headroom_core::{
    Calendar, Column,
    forecast::{HORIZON, Outlook, StepQuantiles},
    frame::{Frame, Target},
};
use trainer::{
    Settings,
    evaluate::{BEST_NAIVE, CHAMPION, Evaluated, Evaluation, evaluate},
    report::{Coverage, ModelResult, Point, Report, Role, errors_by_horizon},
};

use super::train::networks;
use crate::{
    files::{check_output, check_writable, output, read_calendar, read_series, say, write_file},
    progress::TrainingBars,
    table::{maybe, number, table},
};

/// Score every model beside every baseline on the last fifth of a history
///
/// The first 70 % of the rows train, the next 10 % validate, the last 20 % are only scored. Forecasts reach twelve steps
/// ahead, at the quantiles 0.1, 0.5, 0.9, 0.95 and 0.99.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  trainer evaluate --data data/shop.csv --calendar data/business_calendar.json --json scores.json"
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and what was measured
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// Business calendar
    #[arg(long, value_name = "FILE.json")]
    calendar: Option<PathBuf>,
    /// The column to forecast; by default the first of request_count, cpu_utilization and network_in that is there
    #[arg(long, value_parser = column)]
    target: Option<Column>,
    /// Decides initial weights, batches and masks
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Train every kind of network, also where the validation part does not say that it pays
    #[arg(long)]
    all_networks: bool,
    /// Also write one HTML page with pictures, which opens offline
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
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
    args.report.as_deref().map(check_writable).transpose()?;
    let series = read_series(&args.data)?;
    let calendar = read_calendar(args.calendar.as_deref())?;
    let column = series.target(args.target).with_context(|| format!("reading `{}`", args.data.display()))?;
    let frame = Target::Column { column }.frame(&series, &calendar, None)?;
    let trace = args.data.file_stem().map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let settings = Settings { seed: args.seed, ..Settings::default() };
    let mut bars = TrainingBars::default();
    let networks = networks(args.all_networks);
    let evaluated = evaluate(&trace, column.name(), &frame, &settings, networks, &mut |name, at| bars.show(name, at))
        .with_context(|| format!("evaluating `{}`", args.data.display()))?;
    drop(bars);
    if let Some(path) = &args.report {
        write_file(path, pictures(&frame, &evaluated, column, &calendar).as_bytes())?;
        say(&format!("wrote `{}`", path.display()));
    }
    output(args.json.as_deref(), &evaluated.results, &report(&evaluated.results))
}

/// The page of pictures.
fn pictures(frame: &Frame, evaluated: &Evaluated, column: Column, calendar: &Calendar) -> String {
    let results = &evaluated.results;
    let facts = &results.first().expect("the champion at least was evaluated").facts;
    let actual: Vec<_> = evaluated.origins.iter().map(|&origin| frame.actual(origin)).collect();
    let best_naive = results.iter().find(|result| result.model == BEST_NAIVE).and_then(|result| result.chosen.clone());
    let champion = results.iter().find(|result| result.model == CHAMPION);
    let model = |(result, steps): (&Evaluation, &Vec<StepQuantiles>)| ModelResult {
        name: result.model.clone(),
        role: match result.model.as_str() {
            CHAMPION => Role::Champion,
            _ if result.uncorrected.is_some() => Role::Learned,
            _ => Role::Plain,
        },
        chosen: result.chosen.clone(),
        wql: result.score.wql,
        mae: errors_by_horizon(&actual, steps),
        coverage: Coverage::of(&actual, steps),
        train_seconds: result.train_seconds,
    };
    let unpredictable = champion.filter(|champion| champion.predictable == Some(false));
    let said: BTreeMap<usize, &Outlook> = evaluated.champion.iter().map(|(row, outlook)| (*row, outlook)).collect();
    let first = evaluated.champion.first().map_or(frame.rows(), |(row, _)| *row);
    let point = |row: usize| Point {
        timestamp: frame.series().timestamp(row),
        actual: Some(frame.values()[row]).filter(|value| value.is_finite()),
        forecasts: PICTURED.iter().map(|&h| row.checked_sub(h).and_then(|row| said.get(&row)).map(|said| said.steps[h - 1])).collect(),
    };
    trainer::report::render(&Report {
        title: facts.trace.clone(),
        target: facts.target.clone(),
        unit: column.unit().to_owned(),
        step_seconds: facts.step_seconds,
        time_zone: calendar.time_zone().clone(),
        facts: vec![
            ("Rows".to_owned(), facts.grid_rows.to_string()),
            ("Scored forecasts".to_owned(), facts.origins.to_string()),
            ("First scored".to_owned(), facts.first_origin.to_string()),
            ("Last scored".to_owned(), facts.last_origin.to_string()),
        ],
        notes: unpredictable
            .map(|_| "Not predictable: on the validation part nothing beat the last value.".to_owned())
            .into_iter()
            .collect(),
        models: results.iter().zip(&evaluated.forecasts).filter(|(result, _)| result.model != BEST_NAIVE).map(model).collect(),
        yardstick: best_naive.unwrap_or_default(),
        uncalibrated: Some(Coverage::of(&actual, &evaluated.uncorrected)),
        horizons: PICTURED.to_vec(),
        timeline: (first..frame.rows()).map(point).collect(),
    })
}

/// Steps ahead whose forecasts are drawn beside what was measured.
const PICTURED: [usize; 2] = [1, HORIZON];

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
