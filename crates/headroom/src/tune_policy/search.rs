//! The search: every combination of a coarse space, then twice what lies half way around the best.

use super::{
    objective::{Objective, Trial},
    setting::{Setting, Space},
};

/// Rounds around the best so far: after two of them its neighbours are a quarter of the first distance away.
const ROUNDS: usize = 2;

/// How far a search has come, for a progress bar.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Progress {
    /// A round begins.
    Round {
        /// 0 for the coarse space, then counted up.
        round: usize,
        /// How many settings it tries.
        settings: usize,
    },
    /// One setting was tried.
    Tried,
}

/// What one round is to try.
pub(crate) struct Round<'a> {
    /// 0 for the coarse space, then counted up.
    pub(crate) round: usize,
    /// What to try, in order.
    pub(crate) settings: &'a [Setting],
}

/// Tries the `coarse` space and what lies around its best. `replay` gives the trials of a round in the order asked for.
pub(crate) fn search(
    coarse: &Space,
    configured: &Setting,
    objective: &Objective,
    mut replay: impl FnMut(Round<'_>) -> Vec<Trial>,
) -> Vec<Trial> {
    let mut space = coarse.clone();
    let mut trials = replay(Round { round: 0, settings: &coarse.settings() });
    for round in 1..=ROUNDS {
        let Some(best) = objective.best(&trials, configured) else { break };
        let around = space.around(&trials[best.index].setting);
        let mut settings = around.settings();
        settings.retain(|setting| !trials.iter().any(|trial| trial.setting == *setting));
        if settings.is_empty() {
            break;
        }
        trials.extend(replay(Round { round, settings: &settings }));
        space = space.joined(&around);
    }
    trials
}
