//! What a model that knows nothing of a group says of recorded traces of which only six hours are known, beside the last value
//! with the quantiles of its errors in those six hours.
//!
//! `cargo run --release -p trainer --no-default-features --example short_history -- --model models/default FOLDER...`

use std::{io::Write, path::PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use headroom_core::{
    Calendar, Series,
    champion::Champion,
    forecast::HORIZON,
    frame::{Frame, Split},
    model_card::ModelCard,
    observation_csv::read_observations,
    quantiles::quantile_of_sorted,
    series::FORECAST_STEP_SECONDS,
};
use trainer::pretrain::Pool;

/// What the 99th percentile of a trace counts as, in instance-equivalents.
const PEAK_INSTANCES: f64 = 20.0;

#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with weights.safetensors and card.json.
    #[arg(long, default_value = "models/default")]
    model: PathBuf,
    /// Hours of history before each origin.
    #[arg(long, default_value_t = 6)]
    hours: usize,
    /// Origins in the last fifth of each trace, at most.
    #[arg(long, default_value_t = 200)]
    origins: usize,
    /// CSV files.
    #[arg(required = true)]
    traces: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let read = |name: &str| std::fs::read(arguments.model.join(name)).with_context(|| format!("reading `{name}` of the model"));
    let champion = ModelCard::from_json(&read("card.json")?)?.champion(&read("weights.safetensors")?)?;
    let mut out = std::io::stdout();
    writeln!(out, "| trace | forecasts | WQL / last value | MAE / last value | below q0.9 | below q0.99 |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    let mut logarithms = [0.0; 2];
    let mut counted = 0.0;
    for path in &arguments.traces {
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let file = std::fs::File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
        let rows = read_observations(file).with_context(|| format!("reading `{}`", path.display()))?.observations;
        let series = Series::from_observations(&rows)?.at_forecast_step();
        if series.step_seconds() != FORECAST_STEP_SECONDS {
            writeln!(out, "| {name} | - | | | | |")?;
            continue;
        }
        let pool = ask(&champion, &series, &arguments)?;
        let [model, last_value] = pool.scores().with_context(|| format!("`{name}` has no origin"))?;
        let wql = model.wql.zip(last_value.wql).map_or(f64::NAN, |(model, last_value)| model / last_value);
        let mae = model.mae.mean / last_value.mae.mean;
        let coverage = model.coverage;
        writeln!(out, "| {name} | {} | {wql:.3} | {mae:.3} | {:.3} | {:.3} |", pool.len(), coverage.q90, coverage.q99)?;
        logarithms[0] += wql.ln();
        logarithms[1] += mae.ln();
        counted += 1.0;
    }
    let [wql, mae] = logarithms.map(|sum| f64::exp(sum / counted));
    writeln!(out, "| geometric mean | | {wql:.3} | {mae:.3} | | |")?;
    Ok(())
}

/// Cuts the hours before each origin out of `series`, and asks there.
fn ask(champion: &Champion, series: &Series, arguments: &Arguments) -> Result<Pool> {
    let column = series.target(None)?;
    let frame = Frame::of_column(series, column, &Calendar::default(), None);
    let split = Split::with_test(frame.rows());
    let mut history: Vec<f64> =
        frame.values()[..split.validation_end].iter().copied().filter(|value| value.is_finite()).collect();
    history.sort_by(f64::total_cmp);
    let unit = PEAK_INSTANCES / quantile_of_sorted(&history, 0.99);
    ensure!(unit.is_finite(), "no load in the first four fifths");
    let rows = arguments.hours * 3600 / FORECAST_STEP_SECONDS as usize;
    let stride = (frame.rows() - split.validation_end).div_ceil(arguments.origins);
    let mut pool = Pool::default();
    for origin in frame.origins(split.validation_end..frame.rows(), stride) {
        let Some(first) = (origin + 1).checked_sub(rows) else { continue };
        let cut = series.slice(first..origin + 1 + HORIZON);
        let cut = in_instances(&cut, column, unit)?;
        // Rows that were not measured are not there at the start.
        let Some(origin) = cut.rows().checked_sub(HORIZON + 1) else { continue };
        if cut.can_forecast(origin) {
            pool.ask(champion, &cut, origin, 1.0);
        }
    }
    Ok(pool)
}

/// The column as the load of a group whose instances take `1 / unit` of it each.
fn in_instances(series: &Series, column: headroom_core::Column, unit: f64) -> Result<Frame> {
    let mut rows = series.observations();
    for row in &mut rows {
        let load = row.get(column).map(|value| value * unit);
        row.cpu_utilization = load.map(|load| 100.0 * load);
        row.in_service_instances = Some(1.0);
    }
    Ok(Frame::of_load(&Series::with_step(&rows, FORECAST_STEP_SECONDS)?, None, &Calendar::default(), None))
}
