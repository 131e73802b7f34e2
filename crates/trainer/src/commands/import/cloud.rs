//! What CloudWatch still has of the groups of a fleet.

use std::{collections::BTreeMap, io::IsTerminal};

use anyhow::{Result, bail};
use headroom_core::{Fleet, fleet::Mode, ports::Metrics};
use headroom_store::{Store, load_calendar};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use trainer::import::{ImportError, Imported, Part, Reach, import_fleet};

use super::Args;
use crate::{
    files::{chain, check_output, open_store, output, present, say, wait},
    fleet_choice::{no_fleet, read_fleet},
    table::table,
};

/// What came of the groups, for programs.
#[derive(Serialize)]
struct Report<'a> {
    imported: BTreeMap<&'a str, &'a Imported>,
    failed: BTreeMap<&'a str, String>,
}

pub(super) fn import(args: &Args) -> Result<()> {
    check_output(args.json.as_deref())?;
    let store = open_store(&args.store, args.group.as_deref().unwrap_or("all"))?;
    let fleet = wait(async {
        let Some(named) = read_fleet(args.config.as_deref(), store.as_ref()).await? else {
            return Err(no_fleet("name one with `--config`, or a file with `--csv`"));
        };
        named.narrowed(args.group.as_deref())
    })?;
    if fleet.groups.iter().all(|group| group.mode == Mode::Off) {
        bail!("every group has the mode `off`: there is nothing to import");
    }
    let results = wait(read_metrics(args, &fleet, store.as_ref()))?;
    let imported = results.iter().filter_map(|(id, result)| Some((id.as_str(), result.as_ref().ok()?))).collect();
    let failed = results.iter().filter_map(|(id, result)| Some((id.as_str(), chain(result.as_ref().err()?)))).collect();
    let report = Report { imported, failed };
    output(args.json.as_deref(), &report, &summary(&results).to_string())?;
    if report.failed.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = report.failed.keys().copied().collect();
    bail!("{} of {} groups were not imported, or not whole: {}", ids.len(), results.len(), ids.join(", "))
}

#[cfg(feature = "s3")]
async fn read_metrics(args: &Args, fleet: &Fleet, store: &dyn Store) -> Result<Vec<(String, Result<Imported, ImportError>)>> {
    read_from(args, fleet, store, &headroom_aws::Aws::connect().await.metrics()).await
}

#[cfg(not(feature = "s3"))]
async fn read_metrics(args: &Args, fleet: &Fleet, store: &dyn Store) -> Result<Vec<(String, Result<Imported, ImportError>)>> {
    let _ = (args, fleet, store, read_from);
    bail!("this build has no CloudWatch: build it with the feature `s3`, or import a file with `--csv`")
}

async fn read_from(
    args: &Args,
    fleet: &Fleet,
    store: &dyn Store,
    metrics: &dyn Metrics,
) -> Result<Vec<(String, Result<Imported, ImportError>)>> {
    let calendar = load_calendar(store).await?;
    let reach = Reach { days: args.days, hourly_days: args.hourly_days };
    let groups = fleet.groups.iter().filter(|group| group.mode != Mode::Off).count();
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("importing [{bar:30}] {pos}/{len} groups, {elapsed}").expect("a valid template");
        ProgressBar::new(groups as u64).with_style(style.progress_chars("=> "))
    });
    let line = |line: String| match &bar {
        Some(bar) => bar.suspend(|| say(&line)),
        None => say(&line),
    };
    let results = import_fleet(fleet, reach, &calendar, metrics, store, present()?, |id, result| {
        line(match result {
            Ok(imported) => format!("group `{id}`: {}", sentence(imported)),
            Err(error) => format!("error: group `{id}`: {}", chain(error)),
        });
        if let Some(bar) = &bar {
            bar.inc(1);
        }
    });
    let results = results.await;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    Ok(results)
}

fn sentence(imported: &Imported) -> String {
    let part = |part: &Part| {
        format!("{} rows of {} s ({} added, {} changed)", part.rows, part.step_seconds, part.rows_added, part.rows_changed)
    };
    match &imported.hourly {
        Some(hourly) => format!("{}, {}", part(&imported.history), part(hourly)),
        None => part(&imported.history),
    }
}

/// A row for each group and length of step.
fn summary(results: &[(String, Result<Imported, ImportError>)]) -> comfy_table::Table {
    let names = |columns: &[headroom_core::Column]| columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ");
    let moment = |moment: Option<jiff::Timestamp>| moment.map_or_else(|| "-".to_owned(), |moment| moment.to_string());
    let mut rows = Vec::new();
    for (id, result) in results {
        match result {
            Ok(imported) => {
                for part in std::iter::once(&imported.history).chain(&imported.hourly) {
                    rows.push(vec![
                        id.clone(),
                        format!("{} s", part.step_seconds),
                        part.rows.to_string(),
                        moment(part.first),
                        moment(part.last),
                        names(&part.found),
                        names(&part.absent),
                    ]);
                }
            }
            Err(_) => rows.push([id.as_str(), "-", "-", "-", "-", "-", "failed"].map(str::to_owned).to_vec()),
        }
    }
    table(&["group", "step", "rows", "from", "to", "columns", "absent"], rows)
}
