//! `headroom approve` and `headroom reject`: answers to a decision that waits for an operator.

use anyhow::{Context, Result, bail};
use headroom_core::Action;
use headroom_store::controls::{self, Answer, Verdict};
use jiff::Timestamp;
use scaler::{GroupState, Proposal};
use serde::Serialize;
use serde_json::json;

use super::{Place, check_group, record::on_record};
use crate::moments::clock;

/// Let the change pass that waits for an operator
///
/// The next tick within its time carries it out, as far as it is still wanted and no further than was approved.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  headroom approve --group web --store file:///var/lib/headroom --by alice")]
pub(crate) struct ApproveArgs {
    /// The group
    #[arg(long, value_name = "ID")]
    group: String,
    #[command(flatten)]
    place: Place,
}

/// Refuse the change that waits for an operator, and what goes as far, until its time is up
#[derive(clap::Args)]
#[command(after_help = "Example:\n  headroom reject --group web --store file:///var/lib/headroom --by alice")]
pub(crate) struct RejectArgs {
    /// The group
    #[arg(long, value_name = "ID")]
    group: String,
    #[command(flatten)]
    place: Place,
}

/// What was done, for programs.
#[derive(Serialize)]
struct Done<'a> {
    group: &'a str,
    proposal: Proposal,
    answer: &'a Answer,
}

/// Approves the proposal that stands.
pub(crate) async fn approve(args: ApproveArgs) -> Result<()> {
    answer(&args.group, &args.place, Verdict::Approved).await
}

/// Rejects the proposal that stands.
pub(crate) async fn reject(args: RejectArgs) -> Result<()> {
    answer(&args.group, &args.place, Verdict::Rejected).await
}

async fn answer(group: &str, place: &Place, verdict: Verdict) -> Result<()> {
    let store = place.open().await?;
    let store = store.as_ref();
    check_group(store, group).await?;
    let state = GroupState::read(store, group).await.with_context(|| format!("reading what waits in group `{group}`"))?;
    let Some(proposal) = state.approvals.standing else { bail!("nothing of group `{group}` waits for an operator") };
    let what = in_words(&proposal);
    let at = Timestamp::now();
    if proposal.until <= at {
        let until = clock(proposal.until);
        bail!("the time to answer for group `{group}` ({what}) was up on {until}: answer what the next tick proposes");
    }
    let Proposal { tick, action, desired, .. } = proposal;
    let answer = Answer { tick, action, desired, verdict, at, by: place.by() };
    let action = if verdict == Verdict::Approved { "approve" } else { "reject" };
    let order = place.order(action, Some(group), json!({ "tick": tick, "action": proposal.action, "desired": desired }), at);
    let answers = async { controls::answer(store, group, &answer).await.context("storing the answer") };
    on_record(store, order, answers).await?;
    let until = clock(proposal.until);
    let line = match verdict {
        Verdict::Approved => format!("approved for group `{group}`: {what}; the next tick before {until} carries it out"),
        Verdict::Rejected => format!("refused for group `{group}`: {what}; nothing goes as far before {until}"),
    };
    let mut lines = vec![line];
    // An operator who approves something expects it to happen.
    if verdict == Verdict::Approved
        && let Ok(Some((_, stop))) = controls::kill_switch(store, group).await
    {
        lines.push(format!(
            "but nothing is written while the kill switch is thrown ({}): `headroom resume` takes it back",
            stop.why
        ));
    }
    place.tell(&lines, &Done { group, proposal, answer: &answer })
}

fn in_words(proposal: &Proposal) -> String {
    let Proposal { before, desired, .. } = proposal;
    let verb = if proposal.action == Action::ScaleIn { "scale in" } else { "scale out" };
    format!("{verb} from {before} to {desired}")
}
