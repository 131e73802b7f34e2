//! A group's own history, from its store.

use anyhow::{Context, Result, bail};
use headroom_core::{Group, Series, fleet::LEAD_TIME_SECONDS_MAX, frame::Target};
use headroom_sim::Workload;
use headroom_store::{Store, history, keys, load_calendar};
use scaler::GroupState;
use tokio::runtime::Runtime;

use super::{Args, ConfigFile, History};
use crate::{place::open, trace::Trace};

/// Reads history, calendar and learned lead time of the group that `args` name.
///
/// # Errors
/// Where they cannot be read, or there is no history.
pub(super) fn read(args: &Args, runtime: &Runtime) -> Result<History> {
    let url = args.store.as_deref().context("give either `--trace` or `--store`")?;
    runtime.block_on(read_from(args, url))
}

async fn read_from(args: &Args, url: &str) -> Result<History> {
    let store = open(url).await.with_context(|| format!("opening the store `{url}`"))?;
    let store = store.as_ref();
    let id = args.group.as_deref();
    let file = match &args.config {
        Some(path) => ConfigFile::read(path, id)?,
        None => match store.get(keys::FLEET).await.with_context(|| format!("reading `{}`", keys::FLEET))? {
            Some(object) => ConfigFile::of_text(&String::from_utf8_lossy(&object.bytes), keys::FLEET, id)?,
            None => bail!("the store `{url}` has no `{}`: name the fleet's file with `--config`", keys::FLEET),
        },
    };
    let group = with_learned_lead_time(store, &file.group).await?;
    let rows = history::read_all(store, &group.id).await.context("reading the history")?;
    if rows.is_empty() {
        bail!(
            "there is no history of group `{}` in `{url}`: check the name, or add some with `trainer import --group {}`",
            group.id,
            group.id
        );
    }
    let source = format!("the history of group `{}`", group.id);
    let series = Series::from_observations(&rows).with_context(|| format!("replaying {source}"))?;
    let calendar = load_calendar(store).await.context("reading the calendar")?;
    let workload = workload(&series, &group, &source)?;
    Ok(History {
        target: Target::load(group.requests_per_instance, group.step_seconds),
        unit: 1.0,
        trace: Trace { name: group.id.clone(), source, series, calendar },
        workload,
        group,
        file: Some(file),
    })
}

/// The load as the group counts it, in instances' worth.
fn workload(series: &Series, group: &Group, source: &str) -> Result<Workload> {
    // The setting is per step of the group, the rows may have another one.
    let steps = series.step_seconds() as f64 / group.step_seconds as f64;
    let requests_per_instance = group.requests_per_instance.map(|requests| requests * steps);
    if series.load(requests_per_instance).iter().all(|load| load.is_nan()) {
        match requests_per_instance {
            Some(_) => bail!(
                "{source} has no `request_count`, which `requests_per_instance` counts load in: import that column, or leave the setting out"
            ),
            None => bail!(
                "{source} has no `cpu_utilization` to count load in: import that column, or set `requests_per_instance` for the group"
            ),
        }
    }
    Workload::from_load(series, requests_per_instance).with_context(|| format!("replaying {source}"))
}

/// The group with the lead time that its scaler has learned; as it is configured until there is one.
async fn with_learned_lead_time(store: &dyn Store, group: &Group) -> Result<Group> {
    let state = GroupState::read(store, &group.id).await.with_context(|| format!("reading the state of group `{}`", group.id))?;
    let lead_time_seconds = state.past.lead_time_seconds(group).clamp(0, LEAD_TIME_SECONDS_MAX);
    Ok(Group { lead_time_seconds, ..group.clone() })
}
