//! `/api/resources`: what groups have, what they should have, and a size that they should not go below for a while.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Action, decision::Outcome, fleet::Mode};
use headroom_store::controls;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    access::{Operator, Viewer},
    body::Body,
    group::{
        control::{Allocation, Control},
        glance::Capacity,
        state::Proposal,
    },
    group_of::of_id,
    orders::{Order, carried_out, reason},
    params::Params,
    problem::Problem,
};

const GROUP: &str = "group";

/// The longest allocation, in minutes: a week. What is wanted for longer belongs into `min_instances`.
const MINUTES_MAX: u32 = 7 * 24 * 60;

/// The size of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resource {
    /// The group.
    group: String,
    /// The cloud it is in.
    provider: String,
    /// The mode in force.
    mode: Mode,
    /// None before the first decision.
    #[schema(required)]
    capacity: Option<Capacity>,
    /// Load / instances in service; none where it is not known.
    #[schema(required)]
    utilization: Option<f64>,
    /// What the next hour may take; none without a forecast.
    #[schema(required)]
    peak_required: Option<u32>,
    /// Price of an instance-hour.
    #[schema(required)]
    price_per_hour: Option<f64>,
}

/// The sizes of all groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resources {
    /// The moment that this tells of.
    now: Timestamp,
    /// In the order of the configuration.
    resources: Vec<Resource>,
}

/// What every group has
#[utoipa::path(get, path = "/resources", tag = "resources", security(("bearer" = ["viewer"])), responses((status = 200, body = Resources)))]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Json<Resources>, Problem> {
    params.only(&[])?;
    let view = app.views.newest(&app.state).await?;
    let resource = |group: &crate::group::Glance| Resource {
        group: group.id.clone(),
        provider: group.provider.clone(),
        mode: group.mode,
        capacity: group.capacity.clone(),
        utilization: group.measured.as_ref().and_then(|measured| measured.utilization),
        peak_required: group.peak.as_ref().map(|peak| peak.required),
        price_per_hour: group.price_per_hour,
    };
    Ok(Json(Resources { now: view.answer.now, resources: view.answer.groups.iter().map(resource).collect() }))
}

/// What a group should have, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recommendation {
    /// The group.
    group: String,
    /// The tick that says so.
    tick: Timestamp,
    /// Which way capacity goes.
    action: Action,
    /// Instances asked for before.
    before: u32,
    /// Instances that the load ahead takes, before any guard.
    required: u32,
    /// Instances to have.
    desired: u32,
    /// Why, for people.
    sentence: String,
    /// Whether it was carried out.
    outcome: Outcome,
    /// The change that waits for an operator.
    #[schema(required)]
    proposal: Option<Proposal>,
}

/// What all groups should have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recommendations {
    /// The moment that this tells of.
    now: Timestamp,
    /// One for each group that has a decision, in the order of the configuration.
    recommendations: Vec<Recommendation>,
}

/// What every group should have, and why
#[utoipa::path(
    get, path = "/resources/recommendations", tag = "resources", security(("bearer" = ["viewer"])),
    responses((status = 200, body = Recommendations))
)]
pub(crate) async fn recommendations(
    State(app): State<Arc<App>>,
    _: Viewer,
    params: Params,
) -> Result<Json<Recommendations>, Problem> {
    params.only(&[])?;
    let view = app.views.newest(&app.state).await?;
    let of_group = |group: &crate::group::Glance| {
        let decision = group.decision.clone()?;
        Some(Recommendation {
            group: group.id.clone(),
            tick: decision.tick,
            action: decision.action,
            before: decision.before,
            required: decision.required,
            desired: decision.desired,
            sentence: decision.sentence,
            outcome: decision.outcome,
            proposal: group.proposal,
        })
    };
    Ok(Json(Recommendations { now: view.answer.now, recommendations: view.answer.groups.iter().filter_map(of_group).collect() }))
}

/// A size that a group should not go below.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// The group.
    group: String,
    /// At least so many instances.
    #[schema(minimum = 1)]
    instances: u32,
    /// For so many minutes from now.
    #[schema(minimum = 1, maximum = 10080)]
    minutes: u32,
    /// Why, for the record.
    #[schema(min_length = 1, max_length = 500)]
    why: String,
}

/// Keep a group at a size for a while
///
/// The next tick takes it in as a minimum, within the group's bounds, its mode, its approval and the kill switch.
#[utoipa::path(
    post, path = "/resources/allocate", tag = "resources", security(("bearer" = ["operator"])), request_body = Wish,
    responses((status = 200, body = Allocation))
)]
pub(crate) async fn allocate(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    params: Params,
    Body(wish): Body<Wish>,
) -> Result<Json<Allocation>, Problem> {
    params.only(&[])?;
    let group = of_id(&app, &wish.group, GROUP).await?;
    let why = reason(&wish.why)?;
    if wish.instances == 0 {
        return Err(Problem::unusable("instances", "`instances` is 0", "give at least 1, or take an allocation back by DELETE"));
    }
    if let Some(max) = group.max_instances.filter(|max| wish.instances > *max) {
        let detail = format!("`instances` is {}, and the group's `max_instances` is {max}", wish.instances);
        return Err(Problem::unusable("instances", detail, "ask for no more, or raise `max_instances` in `fleet.toml`"));
    }
    if !(1..=MINUTES_MAX).contains(&wish.minutes) {
        let cure = format!("give 1 to {MINUTES_MAX}; what is wanted for longer belongs into `min_instances` of `fleet.toml`");
        return Err(Problem::unusable("minutes", format!("`minutes` is {}", wish.minutes), cure));
    }
    let now = app.state.now();
    let until = now + SignedDuration::from_mins(i64::from(wish.minutes));
    let allocation = controls::Allocation { instances: wish.instances, until, at: now, by: caller.subject.clone(), why };
    let what = serde_json::json!({ "instances": wish.instances, "until": until, "why": allocation.why });
    let order = Order { action: "allocate", group: Some(&group.id), what, caller: &caller };
    carried_out(&app, order, async { Ok(controls::allocate(&*app.state.store, &group.id, &allocation).await?) }).await?;
    Ok(Json(allocation.into()))
}

/// Take an allocation back
#[utoipa::path(
    delete, path = "/resources/allocate", tag = "resources", security(("bearer" = ["operator"])),
    params(("group" = String, Query, description = "The group")), responses((status = 200, body = Control))
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    params: Params,
) -> Result<Json<Control>, Problem> {
    params.only(&[GROUP])?;
    let group = of_id(&app, params.needed(GROUP)?, GROUP).await?;
    let store = &*app.state.store;
    let order = Order { action: "release", group: Some(&group.id), what: serde_json::json!({}), caller: &caller };
    carried_out(&app, order, async { Ok(controls::release(store, &group.id).await?) }).await?;
    Ok(Json(Control::of(controls::read(store, Some(&group.id)).await)?))
}
