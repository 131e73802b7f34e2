//! `GET /api/groups/{id}`: one group at a glance. The fleet's view is a list of these.

use headroom_core::{
    Action, Decision, Forecast, Group, Observation,
    decision::{Accuracy, Outcome},
    fleet::{Apply, Approval, Mode, PolicyName},
    forecast::{HORIZON, ModelName},
    policy::instances_at,
    reason::Scope,
    savings::Savings,
};
use headroom_store::{Store, controls, history, keys, training};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    control::{Control, FleetControl},
    feedback::{self, Verdict},
    health::{self, Health, Level},
    state::{self, Proposal, Refusal, State},
};
use crate::{
    history::{counts_instances, utilization},
    latest,
    numbers::rounded,
    problem::Problem,
};

/// The group's size as the newest decision found and left it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Capacity {
    /// Instances that take load.
    pub(crate) in_service: u32,
    /// Instances that still boot.
    pub(crate) pending: u32,
    /// Instances asked for.
    pub(crate) desired: u32,
    /// Fewest that configuration and cloud allow.
    pub(crate) min: u32,
    /// Most that configuration and cloud allow.
    pub(crate) max: u32,
}

/// What was measured last.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Measured {
    /// Start of the step.
    pub(crate) timestamp: Timestamp,
    /// Load in instance-equivalents.
    pub(crate) load: f64,
    /// Load / instances in service; none where nothing is in service.
    #[schema(required)]
    pub(crate) utilization: Option<f64>,
    /// Fewest instances that carry the load within the objective.
    pub(crate) required: u32,
}

/// The largest load of the coming hour.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Peak {
    /// In instance-equivalents, at the level.
    pub(crate) load: f64,
    /// The quantile: how sure the group wants to be.
    pub(crate) level: f64,
    /// Fewest instances that carry it within the objective.
    pub(crate) required: u32,
    /// End of what the forecast covers.
    pub(crate) until: Timestamp,
}

/// What was done last.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LastDecision {
    /// The tick it belongs to.
    pub(crate) tick: Timestamp,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// Which way capacity goes.
    pub(crate) action: Action,
    /// Instances asked for before.
    pub(crate) before: u32,
    /// Instances that the load ahead takes.
    pub(crate) required: u32,
    /// Instances to ask for.
    pub(crate) desired: u32,
    /// The same with its reasons, for people.
    pub(crate) sentence: String,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// A training that an operator asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Training {
    /// When.
    asked_at: Timestamp,
    /// Who.
    by: String,
    /// Whether it is over.
    done: bool,
    /// What came of it, once it is over.
    #[schema(required)]
    sentence: Option<String>,
}

/// One group at a glance. Loads are instance-equivalents, money is in the unit of `price_per_hour`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct Glance {
    /// Its name.
    pub(crate) id: String,
    /// The cloud it is in.
    pub(crate) provider: String,
    /// The mode in force.
    pub(crate) mode: Mode,
    /// The mode of the configuration.
    pub(crate) configured_mode: Mode,
    /// How decisions reach the cloud.
    pub(crate) apply: Apply,
    /// The rule.
    pub(crate) policy: PolicyName,
    /// Which decisions wait for an operator.
    pub(crate) approval: Approval,
    /// Length of a step in seconds.
    pub(crate) step_seconds: i64,
    /// The objective: no instance above this share.
    pub(crate) max_utilization: f64,
    /// Metrics older than this are stale.
    pub(crate) stale_after_seconds: i64,
    /// Price of an instance-hour.
    #[schema(required)]
    pub(crate) price_per_hour: Option<f64>,
    /// None before the first decision.
    #[schema(required)]
    pub(crate) capacity: Option<Capacity>,
    /// None where nothing has been measured.
    #[schema(required)]
    pub(crate) measured: Option<Measured>,
    /// None where no forecast reaches beyond now.
    #[schema(required)]
    pub(crate) peak: Option<Peak>,
    /// What made the newest forecast.
    #[schema(required)]
    pub(crate) model: Option<ModelName>,
    /// False where nothing beat the last value on the group's history.
    pub(crate) predictable: bool,
    /// How good past forecasts turned out.
    #[schema(required)]
    pub(crate) feedback: Option<Verdict>,
    /// The same in three figures, as the newest decision tells it.
    #[schema(required)]
    pub(crate) accuracy: Option<Accuracy>,
    /// What was done last.
    #[schema(required)]
    pub(crate) decision: Option<LastDecision>,
    /// How long ago, in seconds.
    #[schema(required)]
    pub(crate) decision_age_seconds: Option<i64>,
    /// Whether the newest decision asks for someone to look.
    pub(crate) alarm: bool,
    /// Start of the newest step that was measured.
    #[schema(required)]
    pub(crate) newest_observation: Option<Timestamp>,
    /// How long ago that step ended.
    #[schema(required)]
    pub(crate) data_age_seconds: Option<i64>,
    /// Whether that is too long, or nothing was measured.
    pub(crate) is_stale: bool,
    /// What was spent and saved; none without a price.
    #[schema(required)]
    pub(crate) savings: Option<Savings>,
    /// What operators want.
    pub(crate) control: Control,
    /// Which kill switch holds.
    #[schema(required)]
    pub(crate) stopped: Option<Scope>,
    /// The change that waits for an operator.
    #[schema(required)]
    pub(crate) proposal: Option<Proposal>,
    /// Changes that were refused and whose time is not up.
    pub(crate) refused: Vec<Refusal>,
    /// A training that was asked for.
    #[schema(required)]
    pub(crate) training: Option<Training>,
    /// The verdict.
    pub(crate) health: Health,
}

/// Looks at `group`, in a fleet of which operators want `fleet`.
///
/// # Errors
/// Where the store does not answer, or a record cannot be read.
pub(crate) async fn glance(store: &dyn Store, group: &Group, fleet: &FleetControl, now: Timestamp) -> Result<Glance, Problem> {
    Glance::ordered(store, group, fleet, now).await?.with_record(store, group, now).await
}

/// The same for a list, in which a group whose record cannot be read hides no other: it tells what is configured and ordered, and what
/// is wrong. Orders that cannot be read count as a kill switch that was thrown, as they do for the scaler.
pub(crate) async fn glance_or_trouble(store: &dyn Store, group: &Group, fleet: &FleetControl, now: Timestamp) -> Glance {
    let (orders, problem) = match Glance::ordered(store, group, fleet, now).await {
        Ok(orders) => match orders.clone().with_record(store, group, now).await {
            Ok(glance) => return glance,
            Err(problem) => (orders, problem),
        },
        Err(problem) => (Glance::configured(group, fleet, Control { unreadable: true, ..Control::default() }), problem),
    };
    let clause = format!("its record cannot be read: {}", problem.detail());
    Glance { health: Health { level: Level::Alarm, clauses: vec![clause] }, ..orders }
}

impl Glance {
    /// What is configured and ordered, of a group that nothing else is known of.
    fn configured(group: &Group, fleet: &FleetControl, control: Control) -> Self {
        let stopped = if fleet.stops() { Some(Scope::Fleet) } else { control.stops().then_some(Scope::Group) };
        Self {
            id: group.id.clone(),
            provider: group.provider.clone(),
            mode: group.mode,
            configured_mode: group.mode,
            apply: group.apply,
            policy: group.policy,
            approval: group.approval,
            step_seconds: group.step_seconds,
            max_utilization: group.max_utilization,
            stale_after_seconds: group.stale_after_seconds,
            price_per_hour: group.price_per_hour,
            capacity: None,
            measured: None,
            peak: None,
            predictable: true,
            model: None,
            feedback: None,
            accuracy: None,
            decision_age_seconds: None,
            alarm: false,
            savings: None,
            decision: None,
            newest_observation: None,
            data_age_seconds: None,
            is_stale: true,
            control,
            stopped,
            proposal: None,
            refused: Vec::new(),
            training: None,
            health: Health { level: Level::Unknown, clauses: Vec::new() },
        }
    }

    async fn ordered(store: &dyn Store, group: &Group, fleet: &FleetControl, now: Timestamp) -> Result<Self, Problem> {
        let read = controls::read(store, Some(&group.id)).await;
        let mode = read.as_ref().map_or(group.mode, |control| controls::effective(group, control, now).mode);
        Ok(Self { mode, ..Self::configured(group, fleet, Control::of(read)?) })
    }

    async fn with_record(self, store: &dyn Store, group: &Group, now: Timestamp) -> Result<Self, Problem> {
        let State { last, forecast, feedback, approvals } = state::read(store, &group.id).await?;
        // A state that was lost leaves the journals.
        let last = match last {
            Some(last) => Some(last),
            None => latest::newest::<Decision>(store, keys::decisions, &group.id, now, |decision| decision.at).await?,
        };
        let forecast = match forecast {
            Some(forecast) => Some(forecast),
            None => latest::newest::<Forecast>(store, keys::forecasts, &group.id, now, |forecast| forecast.origin).await?,
        };
        let (observations, ahead) = newest_observations(store, group, now).await?;
        let training = training::requested(store, &group.id).await?;
        let newest_observation = observations.last().map(|row| row.timestamp);
        // A row tells of the step that starts at its timestamp, so that it cannot be there before the step has ended.
        let step = SignedDuration::from_secs(group.step_seconds);
        let data_age_seconds = newest_observation.map(|newest| now.duration_since(newest + step).as_secs().max(0));
        let mut glance = Self {
            capacity: last.as_ref().map(|decision| capacity(decision, group)),
            measured: measured(&observations, group),
            peak: forecast.as_ref().filter(|forecast| forecast.end() > now).map(|forecast| peak(forecast, group)),
            predictable: forecast.as_ref().is_none_or(|forecast| forecast.predictable),
            model: forecast.map(|forecast| forecast.model),
            feedback: feedback.as_ref().map(feedback::told),
            accuracy: last.as_ref().and_then(|decision| decision.accuracy),
            decision_age_seconds: last.as_ref().map(|decision| now.duration_since(decision.at).as_secs().max(0)),
            alarm: last.as_ref().is_some_and(|decision| decision.alarm),
            savings: last.as_ref().and_then(|decision| decision.savings),
            decision: last.map(last_decision),
            newest_observation,
            data_age_seconds,
            is_stale: data_age_seconds.is_none_or(|age| age > group.stale_after_seconds),
            proposal: approvals.standing.filter(|proposal| now < proposal.until),
            refused: approvals.refused.into_iter().filter(|refusal| now < refusal.until).collect(),
            training: training.map(asked),
            ..self
        };
        glance.health = health::verdict(&glance, ahead, now);
        Ok(glance)
    }
}

fn asked(request: training::Request) -> Training {
    let training::Request { asked_at, by, done, .. } = request;
    Training { asked_at, by, done: done.is_some(), sentence: done.map(|done| done.sentence) }
}

/// Rows that are dated ahead are looked for so far ahead.
const AHEAD_HOURS: i64 = 24;

/// The observations of the last hours; where there are none, those of the newest day that has any. And the start of the last step
/// that is dated ahead of `now`, where a clock was wrong.
async fn newest_observations(
    store: &dyn Store,
    group: &Group,
    now: Timestamp,
) -> Result<(Vec<Observation>, Option<Timestamp>), Problem> {
    let hours = |count: i64| SignedDuration::from_hours(count);
    let from = now.saturating_sub(hours(6)).unwrap_or(Timestamp::MIN);
    let to = now.saturating_add(hours(AHEAD_HOURS)).unwrap_or(Timestamp::MAX);
    let mut recent = history::read(store, &group.id, from, to).await?;
    if recent.is_empty()
        && let Some(start) = latest::newest_day(store, keys::history, &group.id, now).await?
    {
        recent = history::read(store, &group.id, start, start + hours(24)).await?;
    }
    let ahead = recent.last().map(|row| row.timestamp).filter(|newest| *newest > now);
    recent.retain(|row| row.timestamp <= now);
    Ok((recent, ahead))
}

fn capacity(decision: &Decision, group: &Group) -> Capacity {
    let before = &decision.before;
    let desired = if decision.outcome == Outcome::Applied { decision.desired } else { before.desired };
    let (min, max) = before.bounds(group);
    Capacity { in_service: before.in_service, pending: before.pending, desired, min, max }
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
    Peak { load: rounded(load), level, required: required(load, group), until: forecast.end() }
}

/// Fewest instances that carry `load` within the objective, as the scaler counts them.
pub(crate) fn required(load: f64, group: &Group) -> u32 {
    instances_at(load, group.max_utilization)
}

fn last_decision(decision: Decision) -> LastDecision {
    LastDecision {
        tick: decision.tick,
        at: decision.at,
        action: decision.action,
        before: decision.before.desired,
        required: decision.required,
        desired: decision.desired,
        sentence: decision.sentence,
        outcome: decision.outcome,
    }
}
