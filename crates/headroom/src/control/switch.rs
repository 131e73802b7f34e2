//! `headroom stop` and `headroom resume`: the kill switch of a group, or of the whole fleet.

use anyhow::{Context, Result};
use headroom_store::{
    Store,
    audit::{Outcome, Record},
    controls::{self, Stop},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Place, check_group, known_groups,
    record::{note, on_record},
};
use crate::moments::clock;

/// Stop every write of the scaler to one group, or to all
///
/// It holds from the scaler's next write on. The scaler goes on observing, forecasting, deciding and recording.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom stop --store file:///var/lib/headroom --why \"incident 4711\"\n  headroom stop --group web --store s3://bucket/headroom --why \"load test\" --by alice"
)]
pub(crate) struct StopArgs {
    /// The group; without it, the whole fleet
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "no reason given", value_parser = super::one_line)]
    why: String,
    #[command(flatten)]
    place: Place,
}

/// Let the scaler write again after `headroom stop`
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom resume --store file:///var/lib/headroom\n  headroom resume --group web --store s3://bucket/headroom"
)]
pub(crate) struct ResumeArgs {
    /// The group; without it, the whole fleet
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// What was done, for programs.
#[derive(Serialize)]
struct Done {
    /// None is the whole fleet.
    group: Option<String>,
    /// Whether the switch is thrown now.
    stopped: bool,
    /// Whether it was thrown, or taken back, by this.
    changed: bool,
    /// The switch as it is, or as it was before it was taken back.
    stop: Option<Stop>,
}

/// What a switch stops, for people.
fn scope(group: Option<&str>) -> String {
    group.map_or_else(|| "the whole fleet".to_owned(), |group| format!("group `{group}`"))
}

fn thrown(stop: &Stop) -> String {
    format!("stopped by {} on {}: {}", stop.by, clock(stop.at), stop.why)
}

/// Throws the switch.
pub(crate) async fn stop(args: StopArgs) -> Result<()> {
    let StopArgs { group, why, place } = args;
    let store = place.open().await?;
    let (store, id) = (store.as_ref(), group.as_deref());
    if let Some(id) = id {
        check_group(store, id).await?;
    }
    let stop = Stop { at: Timestamp::now(), by: place.by(), why };
    let earlier = controls::stop(store, id, &stop).await.context("storing the kill switch")?;
    // The switch comes first: nothing keeps an operator from stopping.
    let what = json!({ "why": stop.why, "changed": earlier.is_none() });
    note(store, &Record { outcome: Outcome::Done, ..place.order("stop", id, what, stop.at) }).await;
    let line = match &earlier {
        Some(earlier) => format!("{} was {}; that stays", scope(id), thrown(earlier)),
        None => format!("{} is stopped: nothing is written until `headroom resume`", scope(id)),
    };
    let done = Done { stopped: true, changed: earlier.is_none(), stop: Some(earlier.unwrap_or(stop)), group: group.clone() };
    place.tell(&[line], &done)
}

/// Takes the switch back.
pub(crate) async fn resume(args: ResumeArgs) -> Result<()> {
    let ResumeArgs { group, place } = args;
    let store = place.open().await?;
    let (store, id) = (store.as_ref(), group.as_deref());
    if let Some(id) = id {
        check_group(store, id).await?;
    }
    let order = place.order("resume", id, Value::Null, Timestamp::now());
    let lifts = async { controls::resume(store, id).await.context("taking the kill switch back") };
    let lifted = on_record(store, order, lifts).await?;
    let mut lines = vec![match &lifted {
        Some(stop) => format!("{} runs again; it was {}", scope(id), thrown(stop)),
        None => format!("{} was not stopped", scope(id)),
    }];
    lines.extend(still_stopped(store, id).await);
    place.tell(&lines, &Done { group: group.clone(), stopped: false, changed: lifted.is_some(), stop: lifted })
}

/// Switches that hold beside the one of `group` (none: of the fleet).
async fn still_stopped(store: &dyn Store, group: Option<&str>) -> Vec<String> {
    let others: Vec<Option<String>> = match group {
        Some(_) => vec![None],
        None => known_groups(store).await.unwrap_or_default().into_iter().map(Some).collect(),
    };
    let mut lines = Vec::new();
    for other in others {
        let line = match controls::read(store, other.as_deref()).await {
            Ok(control) => control.stop.map(|stop| format!("{} is still {}", scope(other.as_deref()), thrown(&stop))),
            Err(error) => {
                Some(format!("whether {} is stopped cannot be read, which counts as stopped: {error}", scope(other.as_deref())))
            }
        };
        lines.extend(line);
    }
    lines
}
