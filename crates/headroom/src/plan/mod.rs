//! `headroom plan`: what the scaler would do now, and why, without doing it.

mod group;
mod preview;
mod show;

#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use futures_util::{StreamExt, stream};
use headroom_core::{Calendar, Fleet, Group, fleet::Mode};
use headroom_store::{Overlay, Store, load_calendar};
use jiff::Timestamp;
use scaler::Scaler;
use serde::Serialize;

use crate::{clouds::Clouds, moments::clock, output, place::Place};
use group::GroupPlan;

/// Show what the scaler would do now and why, without writing anything
///
/// It runs the scaler's own tick on what the cloud and the store tell, and keeps to itself what the tick would write.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom plan --store s3://bucket/headroom\n  headroom plan --config fleet.toml --store s3://bucket/headroom --group web --json -"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Plan for this moment instead of now, for example 2026-11-27T08:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// What came of one group: none where it is off.
pub(crate) struct Planned<'a> {
    group: &'a Group,
    plan: Result<Option<GroupPlan>>,
}

/// The plan for programs.
#[derive(Serialize)]
struct Document<'a> {
    at: Timestamp,
    groups: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    group: &'a str,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a GroupPlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// So many groups are planned at the same time, as many as tick.
const AT_ONCE: usize = 8;

/// Plans, and prints what was planned.
pub(crate) async fn run(args: Args) -> Result<()> {
    let Args { place, at } = args;
    let lines = place.lines()?;
    let store = place.open().await?;
    let fleet = place.narrow(place.fleet(store.as_ref()).await?)?;
    let clouds = Clouds::of(&fleet).await;
    let now = at.unwrap_or_else(Timestamp::now);
    let plans = plan_fleet(&fleet, &clouds, store.as_ref(), now).await;

    lines.print(&format!("at {}, nothing is written", clock(now)));
    if plans.len() > 1 {
        lines.print(&format!("\n{}", show::table(&plans)));
    }
    for planned in &plans {
        lines.print("");
        show::block(planned).iter().for_each(|line| lines.print(line));
    }
    if let Some(path) = &place.json {
        output::write_json(path, &Document { at: now, groups: plans.iter().map(entry).collect() })?;
    }
    let failed = plans.iter().filter(|planned| planned.plan.is_err()).count();
    if failed > 0 {
        bail!(
            "{failed} of {} could not be planned",
            if plans.len() == 1 { "1 group".to_owned() } else { format!("{} groups", plans.len()) }
        );
    }
    Ok(())
}

/// Plans every group of `fleet`, in its order. One group's failure stops no other.
async fn plan_fleet<'a>(fleet: &'a Fleet, clouds: &Clouds, store: &dyn Store, now: Timestamp) -> Vec<Planned<'a>> {
    let scaler = Scaler::default();
    let calendar = load_calendar(store).await.map_err(|error| error.to_string());
    let plans: Vec<_> = fleet.groups.iter().map(|group| plan_group(&scaler, group, &calendar, clouds, store, now)).collect();
    stream::iter(plans).buffered(AT_ONCE).collect().await
}

async fn plan_group<'a>(
    scaler: &Scaler,
    group: &'a Group,
    calendar: &Result<Calendar, String>,
    clouds: &Clouds,
    store: &dyn Store,
    now: Timestamp,
) -> Planned<'a> {
    if group.mode == Mode::Off {
        return Planned { group, plan: Ok(None) };
    }
    let plan = async {
        let cloud = clouds.capacity(group)?;
        Ok(Some(group::plan(scaler, group, calendar, cloud, &Overlay::over(store), now).await?))
    };
    Planned { group, plan: plan.await }
}

fn entry<'a>(planned: &'a Planned<'_>) -> Entry<'a> {
    let Planned { group, plan } = planned;
    let error = plan.as_ref().err().map(|error| format!("{error:#}"));
    Entry { group: &group.id, mode: planned.mode(), plan: plan.as_ref().ok().and_then(Option::as_ref), error }
}

impl Planned<'_> {
    /// The mode that was planned in, which an operator may have set; the configured one where nothing was planned.
    fn mode(&self) -> Mode {
        self.plan.as_ref().ok().and_then(Option::as_ref).map_or(self.group.mode, |plan| plan.decision.mode)
    }
}
