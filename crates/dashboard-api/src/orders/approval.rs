//! `/api/groups/{id}/approval`: an answer to the change that waits for an operator.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::Action;
use headroom_store::controls;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Order, carried_out};
use crate::{
    App,
    access::Operator,
    body::Body,
    group::state::{self, Proposal},
    group_of::GroupOf,
    params::Params,
    problem::Problem,
};

/// What an operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Carry it out.
    Approved,
    /// Leave it, and anything that goes as far.
    Rejected,
}

/// The answer to a proposal. It names the proposal whole, so that it never counts for another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The tick that made the proposal.
    tick: Timestamp,
    /// Which way it goes.
    action: Action,
    /// Instances that it asks for.
    desired: u32,
    /// The answer.
    verdict: Verdict,
}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answered {
    /// To what.
    proposal: Proposal,
    /// What.
    verdict: Verdict,
    /// When.
    at: Timestamp,
    /// By whom.
    by: String,
}

/// Approve or reject the change that waits for an operator
///
/// The next tick takes it in, as far as the change is still wanted and no further than was approved.
#[utoipa::path(
    post, path = "/groups/{id}/approval", tag = "orders", security(("bearer" = ["operator"])),
    params(("id" = String, Path, description = "The group")), request_body = Answer,
    responses(
        (status = 200, body = Answered),
        (status = 409, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
    Body(Answer { tick, action, desired, verdict }): Body<Answer>,
) -> Result<Json<Answered>, Problem> {
    params.only(&[])?;
    let (store, now) = (&*app.state.store, app.state.now());
    let standing = state::read(store, &group.id).await?.approvals.standing.filter(|proposal| now < proposal.until);
    let Some(proposal) = standing else {
        let detail = format!("nothing of group `{}` waits for an operator", group.id);
        return Err(Problem::conflict(
            detail,
            "look at the group again: the change was made, is no longer wanted, or its time is up",
        ));
    };
    if (proposal.tick, proposal.action, proposal.desired) != (tick, action, desired) {
        let detail = format!("another change waits now: from {} to {} instances", proposal.before, proposal.desired);
        return Err(Problem::conflict(detail, "look at the group again, and answer what it proposes now"));
    }
    let stored = controls::Answer {
        tick,
        action,
        desired,
        verdict: match verdict {
            Verdict::Approved => controls::Verdict::Approved,
            Verdict::Rejected => controls::Verdict::Rejected,
        },
        at: now,
        by: caller.subject.clone(),
    };
    let what = serde_json::json!({ "tick": tick, "action": action, "before": proposal.before, "desired": desired });
    let name = if verdict == Verdict::Approved { "approve" } else { "reject" };
    let order = Order { action: name, group: Some(&group.id), what, caller: &caller };
    carried_out(&app, order, async { Ok(controls::answer(store, &group.id, &stored).await?) }).await?;
    Ok(Json(Answered { proposal, verdict, at: now, by: caller.subject }))
}
