//! `trainer train`: weights and card, into a folder or into a store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use headroom_core::{
    Calendar, Column, Fleet, Series,
    frame::{Frame, Split, Target},
    lstm::Pooling,
    model_card::NamedScore,
};
use headroom_store::{Store, calendar::load_calendar, history, keys, models};
use trainer::{Settings, TrainedModel, card::Provenance, train_model};

use crate::{
    files::{command_line, open_store, present, print, read_calendar, read_series, say, wait, write_file},
    progress::TrainingBar,
    table::{maybe, number, table},
};

/// Train a model; write its weights and card to a folder, or make it serve a group
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer train --data data/shop.csv --calendar data/business_calendar.json --out models/shop\n  trainer train --store file:///var/lib/headroom --group web"
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and what was measured
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["store", "config"], required_unless_present = "store")]
    data: Option<PathBuf>,
    /// Business calendar
    #[arg(long, value_name = "FILE.json", requires = "data")]
    calendar: Option<PathBuf>,
    /// The column to forecast; by default the first of request_count, cpu_utilization and network_in that is there
    #[arg(long, value_parser = super::evaluate::column, requires = "data")]
    target: Option<Column>,
    /// The folder for weights.safetensors and card.json
    #[arg(long, value_name = "DIR", requires = "data", required_unless_present = "store")]
    out: Option<PathBuf>,
    /// Where history and models are: file:///path
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The fleet whose groups are trained; by default the store's
    #[arg(long, value_name = "fleet.toml", requires = "store")]
    config: Option<PathBuf>,
    /// Only this group
    #[arg(long, value_name = "ID", requires = "store")]
    group: Option<String>,
    /// Attend to the whole window rather than to its end alone
    #[arg(long)]
    attention: bool,
    /// Decides initial weights, batches and masks
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
}

impl Args {
    fn settings(&self) -> Settings {
        let pooling = if self.attention { Pooling::Attention } else { Pooling::Last };
        Settings { pooling, seed: self.seed, ..Settings::default() }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match (&args.data, &args.out, &args.store) {
        (Some(data), Some(out), _) => train_file(args, data, out),
        (_, _, Some(url)) => train_store(args, url),
        _ => bail!("give either `--data` and `--out`, or `--store`"),
    }
}

fn train_file(args: &Args, data: &Path, out: &Path) -> Result<()> {
    let series = read_series(data)?;
    let calendar = read_calendar(args.calendar.as_deref())?;
    let column = series.target(args.target).with_context(|| format!("reading `{}`", data.display()))?;
    let target = Target::Column { column };
    let source = data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let frame = target.frame(&series, &calendar, None)?;
    let trained =
        train_frame(args, &frame, source, target, &calendar).with_context(|| format!("training on `{}`", data.display()))?;
    // The card goes last: a folder with a card has the weights that it describes.
    write_file(&out.join("weights.safetensors"), &trained.weights)?;
    write_file(&out.join("card.json"), &trained.card.to_json())?;
    print(&report(&trained));
    say(&format!("wrote `{}` and `{}`", out.join("weights.safetensors").display(), out.join("card.json").display()));
    Ok(())
}

fn train_store(args: &Args, url: &str) -> Result<()> {
    let store = open_store(url, args.group.as_deref().unwrap_or("all"))?;
    let groups = wait(groups(args, store.as_ref()))?;
    let mut failed = Vec::new();
    for (group, requests_per_instance) in &groups {
        if let Err(error) = train_group(args, store.as_ref(), url, group, *requests_per_instance) {
            say(&format!("error: group `{group}`: {error:#}"));
            failed.push(group.as_str());
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("{} of {} groups were not trained: {}", failed.len(), groups.len(), failed.join(", "))
    }
}

/// The groups to train, each with the requests that one of its instances serves in a step.
async fn groups(args: &Args, store: &dyn Store) -> Result<Vec<(String, Option<f64>)>> {
    let text = match &args.config {
        Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?),
        None => store.get(keys::FLEET).await?.map(|object| String::from_utf8_lossy(&object.bytes).into_owned()),
    };
    let fleet = text.map(|text| Fleet::from_toml(&text).context("reading the fleet")).transpose()?;
    match (fleet, &args.group) {
        (Some(fleet), Some(id)) => {
            let group = fleet.group(id).with_context(|| format!("the fleet has no group `{id}`"))?;
            Ok(vec![(id.clone(), group.requests_per_instance)])
        }
        (Some(fleet), None) => Ok(fleet.groups.into_iter().map(|group| (group.id, group.requests_per_instance)).collect()),
        (None, Some(id)) => Ok(vec![(id.clone(), None)]),
        (None, None) => bail!("the store has no `{}`: name a group with `--group`, or a fleet with `--config`", keys::FLEET),
    }
}

fn train_group(args: &Args, store: &dyn Store, url: &str, group: &str, requests_per_instance: Option<f64>) -> Result<()> {
    let (rows, calendar) = wait(async { Ok((history::read_all(store, group).await?, load_calendar(store).await?)) })?;
    if rows.is_empty() {
        bail!("there is no history in `{url}`: add some with `trainer import`");
    }
    let series = Series::from_observations(&rows)?.at_forecast_step();
    let target = Target::Load { requests_per_instance };
    let frame = target.frame(&series, &calendar, Some(group))?;
    let trained = train_frame(args, &frame, format!("history of group `{group}`"), target, &calendar)?;
    let card = trained.card.to_json();
    wait(async { Ok(models::publish(store, group, &trained.card.version, &trained.weights, &card).await?) })?;
    print(&report(&trained));
    say(&format!("group `{group}` is served by `{}` from now on", trained.card.version));
    Ok(())
}

fn train_frame(args: &Args, frame: &Frame, source: String, target: Target, calendar: &Calendar) -> Result<TrainedModel> {
    let settings = args.settings();
    let provenance = Provenance { source, command: command_line(), calendar: !calendar.is_empty(), target, now: present()? };
    let bar = TrainingBar::new(settings.model_name());
    Ok(train_model(frame, Split::with_test(frame.rows()), &settings, provenance, &mut |at| bar.show(at))?)
}

fn report(trained: &TrainedModel) -> String {
    let card = &trained.card;
    let row = |named: &NamedScore| {
        let mae = &named.score.mae;
        vec![named.model.clone(), number(mae.h1), number(mae.h12), number(mae.mean), maybe(named.score.wql)]
    };
    format!(
        "`{}` {}: {} rounds, the best was {}; scores of {} origins of the {} part\n{}",
        card.model,
        card.version,
        card.training.rounds,
        card.training.best_round,
        card.scored_origins,
        card.scored_on,
        table(&["model", "MAE 1", "MAE 12", "MAE mean", "WQL"], card.scores.iter().map(row).collect())
    )
}
