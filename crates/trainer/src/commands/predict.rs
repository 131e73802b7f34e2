//! `trainer predict`: the next hour, as a table and a chart.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use headroom_core::{
    Calendar, Forecast, Group, Series,
    champion::Champion,
    forecast::{HORIZON, ModelName},
    frame::{Frame, Target, WINDOW},
    model_card::ModelCard,
    quantiles::LEVELS,
    series::FILL_ROWS_MAX,
    uplift::Uplift,
};
use headroom_store::{Store, calendar::load_calendar, history, keys, models};
use jiff::SignedDuration;
use textplots::{Chart, Plot, Shape};

use crate::{
    files::{check_output, open_store, output, read_calendar, read_file, read_series, wait},
    fleet_choice::one_group,
    table::{number, table},
};

/// Forecast the twelve steps after the end of a history
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer predict --data data/shop.csv --calendar data/business_calendar.json --model models/shop\n  trainer predict --store file:///var/lib/headroom --group web"
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and what was measured
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["store", "group"], required_unless_present = "store", requires = "model")]
    data: Option<PathBuf>,
    /// Business calendar
    #[arg(long, value_name = "FILE.json", requires = "data", conflicts_with = "store")]
    calendar: Option<PathBuf>,
    /// The folder that `trainer train --out` wrote
    #[arg(long, value_name = "DIR", requires = "data", conflicts_with = "store")]
    model: Option<PathBuf>,
    /// Where history and models are: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL", requires = "group")]
    store: Option<String>,
    /// The group
    #[arg(long, value_name = "ID", requires = "store")]
    group: Option<String>,
    /// The fleet that says what the group's load is counted in; by default the store's
    #[arg(long, value_name = "fleet.toml", requires = "store")]
    config: Option<PathBuf>,
    /// Also write the forecast for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What a forecast needs, wherever it came from.
struct Material {
    series: Series,
    calendar: Calendar,
    model: Model,
    /// Where the history is.
    data_name: String,
    group: Option<String>,
}

/// What forecasts.
struct Model {
    champion: Champion,
    card: ModelCard,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    check_output(args.json.as_deref())?;
    let material = match (&args.data, &args.model, &args.store, &args.group) {
        (Some(data), Some(model), _, _) => from_files(args, data, model)?,
        (_, _, Some(url), Some(group)) => {
            let store = open_store(url, group)?;
            wait(from_store(args, store.as_ref(), group))?
        }
        _ => bail!("give either `--data` and `--model`, or `--store` and `--group`"),
    };
    let (frame, forecast) = predict(&material)?;
    output(args.json.as_deref(), &forecast, &report(&material, &frame, &forecast))
}

fn from_files(args: &Args, data: &Path, model: &Path) -> Result<Material> {
    let (card_path, weights_path) = (model.join("card.json"), model.join("weights.safetensors"));
    if !card_path.exists() {
        bail!("there is no `{}`: train a model with `trainer train --out {}`", card_path.display(), model.display());
    }
    let card = ModelCard::from_json(&read_file(&card_path)?).with_context(|| format!("reading `{}`", card_path.display()))?;
    let champion = card.champion(&read_file(&weights_path)?).with_context(|| format!("reading `{}`", weights_path.display()))?;
    let data_name = data.display().to_string();
    Ok(Material {
        series: read_series(data)?,
        calendar: read_calendar(args.calendar.as_deref())?,
        model: Model { champion, card },
        data_name,
        group: None,
    })
}

async fn from_store(args: &Args, store: &dyn Store, group: &str) -> Result<Material> {
    let rows = history::read_all(store, group).await?;
    let current = models::current(store, group).await?;
    if rows.is_empty() {
        let train = if current.is_none() { format!(", then train with `trainer train --group {group}`") } else { String::new() };
        bail!("group `{group}` has no history: add some with `trainer import`{train}");
    }
    let series = Series::from_observations(&rows)?.at_forecast_step();
    let calendar = load_calendar(store).await?;
    let model = match current {
        Some(current) => {
            let stored = models::load(store, group, &current.version).await?;
            let card = ModelCard::from_json(&stored.card)
                .with_context(|| format!("reading `{}`", keys::card(group, &current.version)))?;
            let weights_name = keys::weights(group, &current.version);
            let champion = card.champion(&stored.weights).with_context(|| format!("reading `{weights_name}`"))?;
            Model { champion, card }
        }
        None => {
            let configured = one_group(args.config.as_deref(), store, group).await?;
            default_model_for(&configured, &series, &calendar)?
        }
    };
    Ok(Material { series, calendar, model, data_name: format!("history of group `{group}`"), group: Some(group.to_owned()) })
}

/// What serves a group that has no model of its own: it forecasts the load as the group counts it, and learns on the way what the
/// group's events do.
fn default_model_for(group: &Group, series: &Series, calendar: &Calendar) -> Result<Model> {
    let (champion, card) = scaler::default_model().map_err(|problem| anyhow!("{problem:?}"))?;
    let target = Target::load(group.requests_per_instance, group.step_seconds);
    let frame = target.frame(series, calendar, Some(&group.id))?;
    let card = ModelCard { target, uplift: Uplift::fit(&frame, frame.rows()), ..card };
    Ok(Model { champion, card })
}

fn predict(material: &Material) -> Result<(Frame, Forecast)> {
    let Material { series, calendar, model: Model { champion, card }, data_name, group } = material;
    if series.step_seconds() != card.data.step_seconds {
        bail!(
            "`{data_name}` has steps of {} s, the model was trained on {} s: train one on this data with `trainer train`",
            series.step_seconds(),
            card.data.step_seconds
        );
    }
    let frame = card
        .target
        .frame(series, calendar, group.as_deref())
        .with_context(|| format!("`{data_name}` lacks what the model forecasts: train one on this data with `trainer train`"))?
        .with_uplift(&card.uplift);
    let origin = frame.rows() - 1;
    if frame.rows() < WINDOW {
        bail!("`{data_name}` has {} rows, a forecast needs the last {WINDOW}: use a longer history", frame.rows());
    }
    let Some(outlook) = champion.forecast(&frame, origin, &mut card.online.clone()) else {
        bail!(
            "the last {WINDOW} rows of `{data_name}` have a gap of more than {FILL_ROWS_MAX}: fill it, or wait until {WINDOW} rows have come after it"
        );
    };
    let stem = Path::new(data_name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let end = series.timestamp(origin) + SignedDuration::from_secs(series.step_seconds());
    let name = ModelName { name: card.model.clone(), version: Some(card.version.clone()) };
    Ok((frame, Forecast::new(group.as_deref().unwrap_or(&stem), end, series.step_seconds(), name, outlook)))
}

fn report(material: &Material, frame: &Frame, forecast: &Forecast) -> String {
    let header: Vec<String> =
        std::iter::once("step starts".to_owned()).chain(LEVELS.iter().map(|level| format!("q{level}"))).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let row = |h: usize| {
        let values = forecast.steps[h].0.map(number);
        std::iter::once(forecast.step_start(h).to_string()).chain(values).collect()
    };
    format!(
        "`{}` after {}, by `{}` {}\n{}\n{}",
        material.model.card.target.name(),
        forecast.origin,
        forecast.model.name,
        material.model.card.version,
        table(&header, (0..HORIZON).map(row).collect()),
        chart(frame, forecast)
    )
}

/// The last three hours and the next, in steps from now; the forecast's median and its 0.1 and 0.9 quantiles.
fn chart(frame: &Frame, forecast: &Forecast) -> String {
    let origin = frame.rows() - 1;
    let past: Vec<(f32, f32)> = (0..WINDOW)
        .rev()
        .map(|back| (-(back as f32), frame.filled_before(origin, back) as f32))
        .filter(|(_, y)| y.is_finite())
        .collect();
    let ahead = |k: usize| -> Vec<(f32, f32)> { (0..HORIZON).map(|h| (h as f32 + 1.0, forecast.steps[h].0[k] as f32)).collect() };
    let (low, median, high) = (ahead(0), ahead(1), ahead(2));
    let mut chart = Chart::new(110, 40, 1.0 - WINDOW as f32, HORIZON as f32);
    let (past, low, median, high) = (Shape::Lines(&past), Shape::Points(&low), Shape::Lines(&median), Shape::Points(&high));
    let plotted = chart.lineplot(&past).lineplot(&low).lineplot(&median).lineplot(&high);
    plotted.axis();
    plotted.figures();
    format!("{plotted}steps before and after now; dots: quantiles 0.1 and 0.9")
}
