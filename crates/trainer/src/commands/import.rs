//! `trainer import`: rows of a CSV file into a group's history.

use std::path::PathBuf;

use anyhow::{Context, Result};
use headroom_core::Series;
use headroom_store::history;

use crate::files::{open_store, read_rows, say, wait};

/// Add the rows of a CSV file to a group's history in a store
#[derive(clap::Args)]
#[command(after_help = "Example:\n  trainer import --csv web.csv --group web --store file:///var/lib/headroom")]
pub(crate) struct Args {
    /// CSV with `timestamp` and any of cpu_utilization, network_in, request_count, in_service_instances, is_sale_active
    #[arg(long, value_name = "FILE.csv")]
    csv: PathBuf,
    /// The group whose history it is
    #[arg(long, value_name = "ID")]
    group: String,
    /// Where to store it: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    store: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let rows = read_rows(&args.csv)?;
    // Laying the rows on their grid refuses what no one could forecast from, before anything is written.
    let series = Series::from_observations(&rows).with_context(|| format!("reading `{}`", args.csv.display()))?;
    let aligned = series.at_forecast_step().observations();
    let store = open_store(&args.store, &args.group)?;
    let merged = wait(async { Ok(history::merge(store.as_ref(), &args.group, &aligned).await?) })?;
    say(&format!(
        "group `{}`: {} rows added, {} changed, in {} day objects of `{}`",
        args.group, merged.rows_added, merged.rows_changed, merged.objects_written, args.store
    ));
    Ok(())
}
