//! The verdict on a group: is it safe now, and if not, why.

use headroom_core::{decision::Outcome, fleet::Mode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::glance::Glance;

/// How a group is, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// Nothing is known to be wrong.
    Ok,
    /// Nothing has happened yet, or the group is off.
    Unknown,
    /// Worth a look.
    Watch,
    /// Someone has to look.
    Alarm,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Health {
    /// The gravest of what was found.
    pub(crate) level: Level,
    /// What was found, the gravest first; nothing where all is well. Clauses for people: they start small and have no full stop.
    pub(crate) clauses: Vec<String>,
}

/// A scaler that has not ticked for so many steps is silent: one tick may be late.
const SILENT_STEPS: i64 = 3;

/// Looks at everything else that is known of the group at `now`, and at the step that is dated `ahead` of it, where there is one.
pub(crate) fn verdict(group: &Glance, ahead: Option<Timestamp>, now: Timestamp) -> Health {
    let mut found = Vec::new();
    if group.mode == Mode::Off {
        found.push((Level::Unknown, "it is off: nothing is collected or decided".to_owned()));
        return told(found);
    }
    found.extend(orders(group));
    found.extend(decision(group));
    found.extend(clocks(group, ahead, now));
    found.extend(load(group));
    found.extend(model(group));
    told(found)
}

fn told(mut found: Vec<(Level, String)>) -> Health {
    found.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    let level = found.first().map_or(Level::Ok, |(level, _)| *level);
    Health { level, clauses: found.into_iter().map(|(_, clause)| clause).collect() }
}

fn orders(group: &Glance) -> Vec<(Level, String)> {
    let mut found = Vec::new();
    if group.control.unreadable {
        found.push((
            Level::Alarm,
            "its control object cannot be read, which counts as stopped: stop it anew, then resume".to_owned(),
        ));
    } else if group.stopped.is_some() {
        found.push((Level::Watch, "the kill switch is thrown: nothing is written".to_owned()));
    }
    if let Some(proposal) = group.proposal {
        found.push((
            Level::Watch,
            format!("going from {} to {} instances waits for an operator", proposal.before, proposal.desired),
        ));
    }
    found
}

fn decision(group: &Glance) -> Vec<(Level, String)> {
    let Some(decision) = &group.decision else {
        return vec![(Level::Unknown, "nothing has been decided yet".to_owned())];
    };
    let mut found = Vec::new();
    if group.decision_age_seconds.is_some_and(|age| age > SILENT_STEPS * group.step_seconds) {
        found.push((Level::Alarm, "the scaler is silent: its last decision is older than three steps".to_owned()));
    }
    if group.alarm {
        found.push((Level::Alarm, "the last decision asks for someone to look".to_owned()));
    }
    match &decision.outcome {
        Outcome::Failed { .. } => found.push((Level::Alarm, "the cloud refused the last change".to_owned())),
        Outcome::InsufficientCapacity { .. } => found.push((Level::Alarm, "the cloud has no more instances to give".to_owned())),
        Outcome::Expired => found.push((Level::Watch, "no operator answered the last proposal in time".to_owned())),
        _ => {}
    }
    found
}

/// What is dated ahead: the ages of such things say nothing.
fn clocks(group: &Glance, ahead: Option<Timestamp>, now: Timestamp) -> Vec<(Level, String)> {
    let mut found = Vec::new();
    // The clocks of two machines differ a little.
    let latest = now + SignedDuration::from_secs(group.step_seconds);
    if group.decision.as_ref().is_some_and(|decision| decision.at > latest) {
        found.push((Level::Alarm, "its last decision is dated in the future: a clock is wrong".to_owned()));
    }
    if ahead.is_some() {
        found.push((Level::Alarm, "its newest metrics are dated in the future: a clock is wrong".to_owned()));
    }
    found
}

fn load(group: &Glance) -> Vec<(Level, String)> {
    let mut found = Vec::new();
    if group.is_stale {
        let clause = match group.newest_observation {
            Some(_) => "metrics are stale: capacity is held",
            None => "nothing has been measured yet",
        };
        found.push((if group.newest_observation.is_some() { Level::Alarm } else { Level::Unknown }, clause.to_owned()));
    }
    if let (Some(measured), Some(capacity)) = (&group.measured, &group.capacity)
        && !group.is_stale
        && capacity.in_service < measured.required
    {
        let clause = format!("{} in service, and the load takes {}", capacity.in_service, measured.required);
        found.push((Level::Alarm, clause));
    }
    if let (Some(peak), Some(capacity)) = (&group.peak, &group.capacity)
        && peak.required > capacity.max
    {
        found.push((
            Level::Watch,
            format!("the next hour may take {} instances, and the most is {}", peak.required, capacity.max),
        ));
    }
    found
}

fn model(group: &Glance) -> Vec<(Level, String)> {
    let Some(feedback) = &group.feedback else { return Vec::new() };
    let mut found = Vec::new();
    if feedback.is_demoted() {
        found.push((Level::Watch, "the model is demoted: capacity follows the measured load".to_owned()));
    }
    if feedback.wants_training() {
        found.push((Level::Watch, "a retraining is asked for".to_owned()));
    }
    found
}
