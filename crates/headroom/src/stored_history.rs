//! A group's own history as its store has it, and the world in which it is replayed.

use anyhow::{Context, Result, anyhow, bail};
use headroom_core::{Fleet, Group, Series, fleet::LEAD_TIME_SECONDS_MAX};
use headroom_sim::{Workload, WorldRules};
use headroom_store::{Store, history, load_calendar};
use scaler::GroupState;

use crate::trace::Trace;

/// Demand beyond the highest of the history that a group without a configured maximum is let grow to.
const MAXIMUM_FACTOR: u32 = 2;

/// A group with its history.
pub(crate) struct StoredHistory {
    /// As it is configured, with the lead time that its scaler has learned.
    pub(crate) group: Group,
    /// Its rows, and the calendar.
    pub(crate) trace: Trace,
    /// Its load, in instance-equivalents.
    pub(crate) workload: Workload,
}

impl StoredHistory {
    /// Reads history, calendar and learned lead time of `group`.
    ///
    /// # Errors
    /// Where they cannot be read, or there is no history to count load in.
    pub(crate) async fn read(store: &dyn Store, group: &Group) -> Result<Self> {
        let group = with_learned_lead_time(store, group).await?;
        let id = &group.id;
        let rows = history::read_all(store, id).await.context("reading the history")?;
        if rows.is_empty() {
            bail!(
                "there is no history of group `{id}` in the store: check the name, or add some with `trainer import --group {id}`"
            );
        }
        let source = format!("the history of group `{id}`");
        let series = Series::from_observations(&rows).with_context(|| format!("replaying {source}"))?;
        let calendar = load_calendar(store).await.context("reading the calendar")?;
        let workload = workload(&series, &group, &source)?;
        Ok(Self { trace: Trace { name: id.clone(), source, series, calendar }, workload, group })
    }
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

/// The world of the design, with the group's own lead time and bounds.
///
/// # Errors
/// Where the lead time is out of its bounds, which it is checked for when it is read.
pub(crate) fn rules(group: &Group, workload: &Workload) -> Result<WorldRules> {
    let world = WorldRules { max_utilization: group.max_utilization, ..WorldRules::default() };
    let highest = workload.loads()[..workload.split_minute()].iter().copied().fold(0.0, f64::max);
    let grown = world.demand(highest).saturating_mul(MAXIMUM_FACTOR);
    let instances_max = group.max_instances.unwrap_or(world.instances_max.max(grown));
    Ok(WorldRules {
        instances_min: group.min_instances.unwrap_or(world.instances_min).min(instances_max),
        instances_max,
        boot_delay_seconds: u32::try_from(group.lead_time_seconds).context("`lead_time_seconds` is checked when it is read")?,
        ..world
    })
}

/// The group `id` of `fleet`, which is called `name`; `id` may be left out where there is only one.
///
/// # Errors
/// Where there is no such group, or several to choose from.
pub(crate) fn chosen<'a>(fleet: &'a Fleet, name: &str, id: Option<&str>) -> Result<&'a Group> {
    let ids = || fleet.groups.iter().map(|group| format!("`{}`", group.id)).collect::<Vec<_>>().join(", ");
    match (id, fleet.groups.as_slice()) {
        (Some(id), _) => fleet.group(id).ok_or_else(|| anyhow!("`{name}` has no group `{id}`: choose one of {}", ids())),
        (None, [only]) => Ok(only),
        (None, _) => bail!("`{name}` has several groups: choose one of {} with `--group`", ids()),
    }
}
