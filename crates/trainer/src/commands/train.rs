//! `trainer train`: weights and card, into a folder or into a store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use headroom_core::{
    Calendar, Column, Fleet, Group, Series,
    fleet::FleetError,
    frame::{Frame, Split, Target},
    model_card::{Candidate, NamedScore},
};
use headroom_store::{Store, calendar::load_calendar, history, keys, models};
use trainer::{Networks, TrainedModel, card::Provenance, train_model};

use crate::{
    files::{
        check_writable, command_line, open_store, present, print, read_calendar, read_series, read_settings, read_text, say,
        wait, write_files,
    },
    progress::TrainingBars,
    table::{maybe, number, table},
};

/// Train a model; write its weights and card to a folder, or make it serve a group
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer train --data data/shop.csv --calendar data/business_calendar.json --out models/shop\n  trainer train --store file:///var/lib/headroom --group web"
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and what was measured
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["store", "config", "group"], required_unless_present = "store")]
    data: Option<PathBuf>,
    /// Business calendar
    #[arg(long, value_name = "FILE.json", requires = "data", conflicts_with = "store")]
    calendar: Option<PathBuf>,
    /// The column to forecast; by default the first of request_count, cpu_utilization and network_in that is there
    #[arg(long, value_parser = super::evaluate::column, requires = "data", conflicts_with = "store")]
    target: Option<Column>,
    /// The folder for weights.safetensors and card.json
    #[arg(long, value_name = "DIR", requires = "data", conflicts_with = "store", required_unless_present = "store")]
    out: Option<PathBuf>,
    /// Where history and models are: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The fleet whose groups are trained; by default the store's
    #[arg(long, value_name = "fleet.toml", requires = "store")]
    config: Option<PathBuf>,
    /// Only this group
    #[arg(long, value_name = "ID", requires = "store")]
    group: Option<String>,
    /// Train every kind of network, also where the validation part does not say that it pays
    #[arg(long)]
    all_networks: bool,
    /// Settings of the networks, as `trainer tune --out` writes them
    #[arg(long, value_name = "FILE.json")]
    settings: Option<PathBuf>,
    /// Decides initial weights, batches and masks; by default that of the settings
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match (&args.data, &args.out, &args.store) {
        (Some(data), Some(out), _) => train_file(args, data, out),
        (_, _, Some(url)) => train_store(args, url),
        _ => bail!("give either `--data` and `--out`, or `--store`"),
    }
}

fn train_file(args: &Args, data: &Path, out: &Path) -> Result<()> {
    let (weights_path, card_path) = (out.join("weights.safetensors"), out.join("card.json"));
    check_writable(&weights_path)?;
    check_writable(&card_path)?;
    let series = read_series(data)?;
    let calendar = read_calendar(args.calendar.as_deref())?;
    let column = series.target(args.target).with_context(|| format!("reading `{}`", data.display()))?;
    let target = Target::Column { column };
    let source = data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let frame = target.frame(&series, &calendar, None)?;
    let trained =
        train_frame(args, &frame, source, target, &calendar).with_context(|| format!("training on `{}`", data.display()))?;
    // The card goes last: a folder with a card has the weights that it describes.
    write_files(&[(&weights_path, &trained.weights), (&card_path, &trained.card.to_json())])?;
    print(&report(&trained));
    say(&format!("wrote `{}` and `{}`", weights_path.display(), card_path.display()));
    Ok(())
}

fn train_store(args: &Args, url: &str) -> Result<()> {
    let store = open_store(url, args.group.as_deref().unwrap_or("all"))?;
    let groups = wait(groups(args, store.as_ref()))?;
    let mut failed = Vec::new();
    for (group, target) in &groups {
        if let Err(error) = train_group(args, store.as_ref(), url, group, *target) {
            if groups.len() == 1 {
                return Err(error.context(format!("group `{group}`")));
            }
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

/// The load of a group as its configuration counts it.
fn load_of(group: &Group) -> Target {
    Target::load(group.requests_per_instance, group.step_seconds)
}

/// The groups to train, each with what is forecast for it.
async fn groups(args: &Args, store: &dyn Store) -> Result<Vec<(String, Target)>> {
    let name = args.config.as_ref().map_or_else(|| keys::FLEET.to_owned(), |path| path.display().to_string());
    let text = match &args.config {
        Some(path) => Some(read_text(path)?),
        None => store.get(keys::FLEET).await?.map(|object| String::from_utf8_lossy(&object.bytes).into_owned()),
    };
    let fleet = text.map(|text| Fleet::from_toml(&text).map_err(|error| in_one_line(&name, &error))).transpose()?;
    match (fleet, &args.group) {
        (Some(fleet), Some(id)) => {
            let group = fleet.group(id).with_context(|| {
                let known: Vec<String> = fleet.groups.iter().map(|group| format!("`{}`", group.id)).collect();
                format!("`{name}` has no group `{id}`: choose one of {}", known.join(", "))
            })?;
            Ok(vec![(id.clone(), load_of(group))])
        }
        (Some(fleet), None) => Ok(fleet.groups.iter().map(|group| (group.id.clone(), load_of(group))).collect()),
        (None, Some(id)) => Ok(vec![(id.clone(), Target::Load { requests_per_instance: None })]),
        (None, None) => bail!("the store has no `{}`: name a group with `--group`, or a fleet with `--config`", keys::FLEET),
    }
}

/// Every problem of a fleet. The parser draws the place of an error over several lines: the first says where, the last
/// says what.
fn in_one_line(name: &str, error: &FleetError) -> anyhow::Error {
    let line = |problem: &String| match (problem.lines().next(), problem.lines().last()) {
        (Some(first), Some(last)) if first != last => format!("{first}: {last}"),
        _ => problem.clone(),
    };
    anyhow!("reading `{name}`: {}", error.problems.iter().map(line).collect::<Vec<_>>().join("; "))
}

fn train_group(args: &Args, store: &dyn Store, url: &str, group: &str, target: Target) -> Result<()> {
    let (rows, calendar) = wait(async { Ok((history::read_all(store, group).await?, load_calendar(store).await?)) })?;
    if rows.is_empty() {
        bail!("there is no history in `{url}`: check the name, or add some with `trainer import --group {group}`");
    }
    let series = Series::from_observations(&rows)?.at_forecast_step();
    let frame = target.frame(&series, &calendar, Some(group))?;
    if frame.values().iter().all(|value| value.is_nan()) {
        match target {
            Target::Load { requests_per_instance: Some(_) } => bail!(
                "the history has no `request_count`, which `requests_per_instance` counts load in: import that column, or leave the setting out"
            ),
            _ => bail!(
                "the history has no `cpu_utilization` to count load in: import that column, or set `requests_per_instance` for the group in the fleet"
            ),
        }
    }
    let trained = train_frame(args, &frame, format!("history of group `{group}`"), target, &calendar)?;
    let card = trained.card.to_json();
    wait(async { Ok(models::publish(store, group, &trained.card.version, &trained.weights, &card).await?) })?;
    print(&report(&trained));
    say(&format!("group `{group}` is served by `{}` from now on", trained.card.version));
    Ok(())
}

fn train_frame(args: &Args, frame: &Frame, source: String, target: Target, calendar: &Calendar) -> Result<TrainedModel> {
    let settings = read_settings(args.settings.as_deref(), args.seed)?;
    let provenance = Provenance { source, command: command_line(), calendar: !calendar.is_empty(), target, now: present()? };
    let mut bars = TrainingBars::default();
    let split = Split::with_test(frame.rows());
    Ok(train_model(frame, split, &settings, networks(args.all_networks), provenance, &mut |name, at| bars.show(name, at))?)
}

/// Which networks a flag asks for.
pub(super) fn networks(all: bool) -> Networks {
    if all { Networks::All } else { Networks::WherePaying }
}

fn report(trained: &TrainedModel) -> String {
    let card = &trained.card;
    let candidate = |candidate: &Candidate| vec![candidate.model.clone(), format!("{:.3}", candidate.relative_loss)];
    let row = |named: &NamedScore| {
        let mae = &named.score.mae;
        vec![named.model.clone(), number(mae.h1), number(mae.h12), number(mae.mean), maybe(named.score.wql)]
    };
    let verdict = match card.margin {
        Some(margin) if card.predictable => {
            format!("on the validation part its loss is {:.1} % below that of the last value", margin * 100.0)
        }
        Some(_) => "not predictable: on the validation part nothing beats the last value".to_owned(),
        None => "the history is too short to say what it is worth beside the last value".to_owned(),
    };
    format!(
        "`{}` {}; {verdict}\n{}\nscores of {} origins of the {} part\n{}",
        card.model,
        card.version,
        table(&["candidate", "loss / last value"], card.candidates.iter().map(candidate).collect()),
        card.scored_origins,
        card.scored_on,
        table(&["model", "MAE 1", "MAE 12", "MAE mean", "WQL"], card.scores.iter().map(row).collect())
    )
}
