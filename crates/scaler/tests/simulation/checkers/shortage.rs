//! A cloud that refuses is asked ever more rarely.

use headroom_core::decision::Outcome;
use jiff::{SignedDuration, Timestamp};

use super::Facts;

/// The refused requests in a row.
#[derive(Debug, Default)]
pub(super) struct Requests {
    refused: u32,
    last: Option<(Timestamp, Timestamp)>,
}

/// The longest wait.
const WAIT_MAX: i64 = 3600;

impl Requests {
    pub(super) fn check(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        if !facts.all_went_well() || facts.episode.runs.len() > 1 {
            *self = Self::default();
            return Ok(());
        }
        for run in &facts.episode.runs {
            let Some(decision) = run.recorded() else { continue };
            let step = run.group.step_seconds;
            if self.last.is_some_and(|(_, at)| decision.at <= at || decision.at > at + SignedDuration::from_secs(WAIT_MAX)) {
                *self = Self::default();
            }
            match decision.outcome {
                Outcome::InsufficientCapacity { .. } => {
                    if let Some((tick, _)) = self.last {
                        let wait = (step << (self.refused - 1).min(16)).clamp(step, WAIT_MAX.max(step));
                        if decision.at < tick + SignedDuration::from_secs(wait) {
                            return Err(format!("shortage: request {} comes within {wait} s after the last", self.refused + 1));
                        }
                    }
                    self.refused += 1;
                    self.last = Some((decision.tick, decision.at));
                }
                Outcome::Applied if decision.desired > decision.before.desired => *self = Self::default(),
                _ => {}
            }
        }
        Ok(())
    }
}
