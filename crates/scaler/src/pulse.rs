//! What a run over a fleet comes to in a few numbers, for whoever watches the functions.

use headroom_core::{Decision, Reason, decision::Outcome};
use serde::Serialize;

/// A run over a fleet in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pulse {
    /// Groups with a decision.
    pub groups: usize,
    /// Groups without one.
    pub failed: usize,
    /// Groups whose capacity was held, or went elsewhere, without fresh metrics.
    pub blind: usize,
    /// Groups that someone has to look at.
    pub alarms: usize,
    /// Groups whose change was not made: the cloud refused it, or a kill switch or an order of an operator cannot be read.
    pub unwritten: usize,
    /// Groups for which the cloud has too few instances.
    pub short: usize,
    /// Mean over the groups of the forecasts' error as a share of the load; none where nothing has been scored yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_share: Option<f64>,
}

impl Pulse {
    /// Of what [`crate::tick_fleet`] gave.
    #[must_use]
    pub fn of<E>(results: &[(String, Result<Decision, E>)]) -> Self {
        let decisions = || results.iter().filter_map(|(_, result)| result.as_ref().ok());
        let count = |is: fn(&Decision) -> bool| decisions().filter(|decision| is(decision)).count();
        let shares: Vec<f64> = decisions().filter_map(|decision| decision.accuracy?.error_share).collect();
        let groups = decisions().count();
        Self {
            groups,
            failed: results.len() - groups,
            blind: count(Decision::is_blind),
            alarms: count(|decision| decision.alarm),
            unwritten: count(is_unwritten),
            short: count(is_short),
            error_share: (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64),
        }
    }
}

fn is_unwritten(decision: &Decision) -> bool {
    let unreadable = |reason: &Reason| matches!(reason, Reason::KillSwitchUnreadable { .. });
    match decision.outcome {
        Outcome::Failed { .. } => true,
        Outcome::Stopped => decision.reasons.iter().any(unreadable),
        _ => false,
    }
}

fn is_short(decision: &Decision) -> bool {
    let waits = |reason: &Reason| matches!(reason, Reason::Shortage { .. });
    matches!(decision.outcome, Outcome::InsufficientCapacity { .. }) || decision.reasons.iter().any(waits)
}
