//! Rows of a CSV file into a group's history.

use std::path::Path;

use anyhow::{Context, Result, bail};
use headroom_core::{Series, series::FORECAST_STEP_SECONDS};
use headroom_store::history;

use super::Args;
use crate::{
    files::{open_store, read_rows, say, wait},
    fleet_choice::read_fleet,
};

pub(super) fn import(args: &Args, csv: &Path, group: &str) -> Result<()> {
    let rows = read_rows(csv)?;
    // Laying the rows on their grid refuses what no one could forecast from, before anything is written.
    let series = Series::from_observations(&rows).with_context(|| format!("reading `{}`", csv.display()))?;
    let store = open_store(&args.store, group)?;
    let store = store.as_ref();
    let fleet = wait(read_fleet(args.config.as_deref(), store))?;
    let step_seconds = fleet.as_ref().and_then(|named| named.fleet.group(group)).map(|group| group.step_seconds);
    match (&fleet, step_seconds) {
        (Some(named), None) => say(&format!("note: `{}` has no group `{group}`; taking its step from the file", named.name)),
        (Some(named), Some(step_seconds)) => check_step(csv, group, &named.name, series.step_seconds(), step_seconds)?,
        (None, _) => {}
    }
    let aligned = if step_seconds == Some(series.step_seconds()) { series } else { series.at_forecast_step() };
    let merged = wait(async { Ok(history::merge(store, group, &aligned.observations()).await?) })?;
    say(&format!(
        "group `{group}`: {} rows added, {} changed, in {} day objects of `{}`",
        merged.rows_added, merged.rows_changed, merged.objects_written, args.store
    ));
    Ok(())
}

/// A history has rows of one step: minutes can be brought to five of them, nothing can be brought to a finer step.
fn check_step(csv: &Path, group: &str, fleet: &str, found: i64, configured: i64) -> Result<()> {
    let coarsened = if found < FORECAST_STEP_SECONDS { FORECAST_STEP_SECONDS } else { found };
    if found == configured || coarsened == configured {
        return Ok(());
    }
    bail!(
        "`{}` has steps of {found} s, and group `{group}` has `step_seconds` = {configured} in `{fleet}`: bring the file to that step, or correct the fleet",
        csv.display()
    )
}
