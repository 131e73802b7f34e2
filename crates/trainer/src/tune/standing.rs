//! How candidates compare: beside the defaults, under the same seeds.

use serde::Serialize;

use super::{RUNS, Trial};
use crate::training::Settings;

/// How one candidate did in all its runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// The candidate's number.
    pub candidate: usize,
    /// What it trains with; the seed is that of its first run.
    pub settings: Settings,
    /// The loss of each run; none where it diverged.
    pub losses: Vec<Option<f64>>,
    /// Their mean; none where one diverged.
    pub loss: Option<f64>,
    /// The loss over that of the defaults with the same seeds; none where one of either diverged, or the defaults never err.
    pub relative_loss: Option<f64>,
    /// Mean seconds of a run.
    pub seconds: f64,
}

impl Standing {
    /// Whether it has all its runs.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.losses.len() >= RUNS
    }
}

/// The mean; none where one is missing.
fn mean(losses: &[Option<f64>]) -> Option<f64> {
    let sum: Option<f64> = losses.iter().copied().sum();
    sum.map(|sum| sum / losses.len() as f64)
}

/// All candidates, the lowest relative loss first, those that diverged last. Where the defaults diverged or never err, the
/// mean losses are compared.
#[must_use]
pub fn standings(trials: &[Trial]) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::new();
    for trial in trials {
        let loss = trial.outcome.map(|outcome| outcome.loss);
        match standings.get_mut(trial.plan.candidate) {
            Some(standing) => {
                standing.losses.push(loss);
                standing.seconds += (trial.seconds - standing.seconds) / standing.losses.len() as f64;
            }
            None => standings.push(Standing {
                candidate: trial.plan.candidate,
                settings: trial.plan.settings.clone(),
                losses: vec![loss],
                loss: None,
                relative_loss: None,
                seconds: trial.seconds,
            }),
        }
    }
    let defaults = standings.first().map_or_else(Vec::new, |defaults| defaults.losses.clone());
    let comparable = defaults.iter().all(|loss| loss.is_some_and(|loss| loss > 0.0));
    for standing in &mut standings {
        standing.loss = mean(&standing.losses);
        let shared = standing.losses.len().min(defaults.len());
        let reference = mean(&defaults[..shared]).filter(|_| comparable);
        standing.relative_loss = mean(&standing.losses[..shared]).zip(reference).map(|(own, reference)| own / reference);
    }
    let order = |standing: &Standing| (if comparable { standing.relative_loss } else { standing.loss }).unwrap_or(f64::INFINITY);
    standings.sort_by(|a, b| order(a).total_cmp(&order(b)));
    standings
}

/// The candidate to use, of [`standings`]: the best of those that had all their runs, or where none had, of all. None where
/// all diverged.
#[must_use]
pub fn best(standings: &[Standing]) -> Option<&Standing> {
    let sound = || standings.iter().filter(|standing| standing.loss.is_some());
    sound().find(|standing| standing.is_sure()).or_else(|| sound().next())
}
