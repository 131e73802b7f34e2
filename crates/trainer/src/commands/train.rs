//! `trainer train`: weights and card, into a folder or into a store.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use headroom_core::{
    Calendar, Column, Group,
    fleet::Mode,
    frame::{Frame, Split, Target},
    model_card::{Candidate, NamedScore},
};
use headroom_store::{Store, load_calendar};
use trainer::{
    Networks, TrainedModel,
    card::Provenance,
    group::{GroupError, GroupTrained, Plan, train_group},
    train_model,
};

use crate::{
    files::{
        chain, check_writable, command_line, open_store, present, print, read_calendar, read_series, read_settings, say, wait,
        write_files,
    },
    fleet_choice::some_groups,
    progress::TrainingBars,
    table::{maybe, number, table},
};

/// Train a model; write its weights and card to a folder, or make it serve a group
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer train --data data/shop.csv --calendar data/business_calendar.json --out models/shop\n  trainer train --config fleet.toml --store s3://bucket/headroom\n  trainer train --store file:///var/lib/headroom --group web"
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
    /// Let the new model serve even where it is worse than what serves, or nothing can tell
    #[arg(long, conflicts_with = "data")]
    even_if_worse: bool,
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
    let store = store.as_ref();
    let fleet = wait(some_groups(args.config.as_deref(), store, args.group.as_deref()))?;
    let calendar = wait(async { Ok(load_calendar(store).await?) })?;
    let plan = Plan {
        settings: read_settings(args.settings.as_deref(), args.seed)?,
        networks: networks(args.all_networks),
        command: command_line(),
        even_if_worse: args.even_if_worse,
        now: present()?,
    };
    if let [group] = fleet.groups.as_slice() {
        let named = || format!("group `{}`", group.id);
        let result = train_one(group, &calendar, store, &plan).with_context(named)?;
        say(&outcome(group, &result));
        return Ok(());
    }
    let groups: Vec<&Group> = fleet.groups.iter().filter(|group| group.mode != Mode::Off).collect();
    let mut results = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        say(&format!("training group `{}`, {} of {}", group.id, index + 1, groups.len()));
        let result = train_one(group, &calendar, store, &plan);
        match &result {
            Ok(trained) => say(&outcome(group, trained)),
            Err(error) if error.is_too_young() => say(&format!("note: group `{}` is passed over: {}", group.id, chain(error))),
            Err(error) => say(&format!("error: group `{}`: {}", group.id, chain(error))),
        }
        results.push((group.id.as_str(), result));
    }
    print(&summary(&results));
    let failed = |(id, result): &(&str, Result<GroupTrained, GroupError>)| {
        matches!(result, Err(error) if !error.is_too_young()).then(|| (*id).to_owned())
    };
    let failed: Vec<String> = results.iter().filter_map(failed).collect();
    if !failed.is_empty() {
        bail!("{} of {} groups were not trained: {}", failed.len(), results.len(), failed.join(", "));
    }
    if results.iter().all(|(_, result)| result.is_err()) {
        bail!("no group has history enough to be trained: add some with `trainer import`, or wait until there is");
    }
    Ok(())
}

fn train_one(group: &Group, calendar: &Calendar, store: &dyn Store, plan: &Plan) -> Result<GroupTrained, GroupError> {
    let mut bars = TrainingBars::default();
    let mut watch = |name: &str, at| {
        bars.show(name, at);
        ControlFlow::Continue(())
    };
    let result = wait(async { Ok(train_group(group, calendar, store, plan, &mut watch).await) });
    let result = result.expect("what a group's training returns is inside");
    if let Ok(GroupTrained { trained, .. }) = &result {
        print(&report(trained));
    }
    result
}

/// What became of a group's new model; where it does not serve, how it would.
fn outcome(group: &Group, GroupTrained { trained, succession }: &GroupTrained) -> String {
    let sentence = succession.sentence(&group.id, &trained.card.version);
    if succession.serves { sentence } else { format!("{sentence}; `--even-if-worse` lets it serve") }
}

/// A row a group.
fn summary(results: &[(&str, Result<GroupTrained, GroupError>)]) -> comfy_table::Table {
    let row = |(id, result): &(&str, Result<GroupTrained, GroupError>)| {
        let cells = match result {
            Ok(GroupTrained { trained, succession }) => {
                let card = &trained.card;
                let serves = if succession.serves { "yes" } else { "no, what served before is no worse" };
                let change =
                    succession.compared.map(|both| format!("{:+.1} %", 100.0 * (both.new_loss / both.loss_before - 1.0)));
                let margin = card.margin.map(|margin| format!("{:+.1} %", -100.0 * margin));
                [
                    card.data.rows.to_string(),
                    card.model.clone(),
                    margin.unwrap_or_else(|| "-".to_owned()),
                    change.unwrap_or_else(|| "-".to_owned()),
                    serves.to_owned(),
                ]
            }
            Err(error) => {
                let why = if error.is_too_young() { "too little history yet" } else { "failed" };
                ["-", "-", "-", "-", why].map(str::to_owned)
            }
        };
        std::iter::once((*id).to_owned()).chain(cells).collect()
    };
    table(&["group", "rows", "model", "loss to last value", "loss to before", "serves"], results.iter().map(row).collect())
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
