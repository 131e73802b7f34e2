//! `GET /api/groups`: every group at a glance.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{
    Action, Decision, Forecast, Group, Observation,
    decision::Outcome,
    fleet::{Mode, PolicyName},
    forecast::{HORIZON, ModelName},
};
use headroom_store::{Store, history, keys};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    AppState, feedback, forecast,
    history::{counts_instances, utilization},
    latest,
    numbers::rounded,
    params::Params,
    problem::Problem,
};

/// The group's size as the newest decision found and left it.
#[derive(Debug, Serialize)]
struct Capacity {
    in_service: u32,
    pending: u32,
    desired: u32,
    min: u32,
    max: u32,
}

/// What was measured last.
#[derive(Debug, Serialize)]
struct Measured {
    /// Start of the step.
    timestamp: Timestamp,
    /// Load in instance-equivalents.
    load: f64,
    /// Load / instances in service; none where nothing is in service.
    utilization: Option<f64>,
    /// Fewest instances that carry the load within the objective.
    required: u32,
}

/// The largest load of the coming hour.
#[derive(Debug, Serialize)]
struct Peak {
    /// In instance-equivalents, at the level.
    load: f64,
    level: f64,
    /// Fewest instances that carry it within the objective.
    required: u32,
    /// End of what the forecast covers.
    until: Timestamp,
}

/// What was done last.
#[derive(Debug, Serialize)]
struct LastDecision {
    tick: Timestamp,
    at: Timestamp,
    action: Action,
    before: u32,
    desired: u32,
    sentence: String,
    outcome: Outcome,
}

/// One group.
#[derive(Debug, Serialize)]
struct Summary {
    id: String,
    provider: String,
    mode: Mode,
    policy: PolicyName,
    step_seconds: i64,
    max_utilization: f64,
    stale_after_seconds: i64,
    price_per_hour: Option<f64>,
    capacity: Option<Capacity>,
    measured: Option<Measured>,
    peak: Option<Peak>,
    model: Option<ModelName>,
    /// False where nothing beat the last value on the group's history.
    predictable: bool,
    feedback: Option<feedback::Verdict>,
    decision: Option<LastDecision>,
    newest_observation: Option<Timestamp>,
    data_age_seconds: Option<i64>,
    is_stale: bool,
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct Groups {
    now: Timestamp,
    groups: Vec<Summary>,
}

/// Answers with every group of the fleet, in its order.
pub(crate) async fn show(State(state): State<Arc<AppState>>, params: Params) -> Result<Json<Groups>, Problem> {
    params.only(&[])?;
    let now = state.now();
    let mut groups = Vec::with_capacity(state.fleet.groups.len());
    for group in &state.fleet.groups {
        groups.push(summary(state.store.as_ref(), group, now).await?);
    }
    Ok(Json(Groups { now, groups }))
}

async fn summary(store: &dyn Store, group: &Group, now: Timestamp) -> Result<Summary, Problem> {
    let decision = latest::newest::<Decision>(store, keys::decisions, &group.id, now, |decision| decision.at).await?;
    let forecast = latest::newest::<Forecast>(store, keys::forecasts, &group.id, now, |forecast| forecast.origin).await?;
    let feedback = feedback::verdict(store, &group.id).await?;
    let observations = newest_observations(store, group, now).await?;
    let newest_observation = observations.last().map(|row| row.timestamp);
    // A row tells of the step that starts at its timestamp, so that it cannot be there before the step has ended.
    let step = SignedDuration::from_secs(group.step_seconds);
    let data_age_seconds = newest_observation.map(|newest| now.duration_since(newest + step).as_secs().max(0));
    Ok(Summary {
        id: group.id.clone(),
        provider: group.provider.clone(),
        mode: group.mode,
        policy: group.policy,
        step_seconds: group.step_seconds,
        max_utilization: group.max_utilization,
        stale_after_seconds: group.stale_after_seconds,
        price_per_hour: group.price_per_hour,
        capacity: decision.as_ref().map(capacity),
        measured: measured(&observations, group),
        peak: forecast.as_ref().filter(|forecast| forecast::end(forecast) > now).map(|forecast| peak(forecast, group)),
        predictable: forecast.as_ref().is_none_or(|forecast| forecast.predictable),
        model: forecast.map(|forecast| forecast.model),
        feedback,
        decision: decision.map(last_decision),
        newest_observation,
        data_age_seconds,
        is_stale: data_age_seconds.is_none_or(|age| age > group.stale_after_seconds),
    })
}

/// The observations of the last hours; where there are none, those of the newest day that has any.
async fn newest_observations(store: &dyn Store, group: &Group, now: Timestamp) -> Result<Vec<Observation>, Problem> {
    let hours = |count: i64| SignedDuration::from_hours(count);
    let from = now.saturating_sub(hours(6)).unwrap_or(Timestamp::MIN);
    let recent = history::read(store, &group.id, from, now).await?;
    if !recent.is_empty() {
        return Ok(recent);
    }
    match latest::newest_day(store, keys::history, &group.id, now).await? {
        Some(start) => Ok(history::read(store, &group.id, start, start + hours(24)).await?),
        None => Ok(Vec::new()),
    }
}

fn capacity(decision: &Decision) -> Capacity {
    let before = &decision.before;
    let desired = if decision.outcome == Outcome::Applied { decision.desired } else { before.desired };
    Capacity { in_service: before.in_service, pending: before.pending, desired, min: before.min, max: before.max }
}

fn measured(observations: &[Observation], group: &Group) -> Option<Measured> {
    let count_known = counts_instances(observations);
    let (row, load) =
        observations.iter().rev().find_map(|row| row.load(group.requests_per_instance, count_known).map(|load| (row, load)))?;
    Some(Measured {
        timestamp: row.timestamp,
        load: rounded(load),
        utilization: utilization(row, group, count_known).map(rounded),
        required: required(load, group),
    })
}

fn peak(forecast: &Forecast, group: &Group) -> Peak {
    let level = group.risk_quantile();
    let load = forecast.peaks[HORIZON - 1].at(level);
    Peak { load: rounded(load), level, required: required(load, group), until: forecast::end(forecast) }
}

/// Fewest instances that carry `load` within the objective.
fn required(load: f64, group: &Group) -> u32 {
    (load / group.max_utilization).ceil() as u32
}

fn last_decision(decision: Decision) -> LastDecision {
    LastDecision {
        tick: decision.tick,
        at: decision.at,
        action: decision.action,
        before: decision.before.desired,
        desired: decision.desired,
        sentence: decision.sentence,
        outcome: decision.outcome,
    }
}
