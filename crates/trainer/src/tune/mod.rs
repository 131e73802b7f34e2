//! Searching settings: random search on the validation part, in which whoever leads has to prove itself with other seeds.

pub mod record;
mod space;
mod standing;

use headroom_core::{
    champion::{Member, Said, TrainedNetwork, walk},
    frame::{Frame, Split},
    online::Online,
    score::mean_pinball,
    uplift::Uplift,
};
use serde::{Deserialize, Serialize};

pub use space::{Dimension, SPACE_VERSION, candidate, space};
pub use standing::{Standing, best, standings};

use crate::training::{Progress, Settings, TrainError, train};

/// Trainings of the defaults, and of every candidate that leads before the next one is drawn, each with another seed: the best
/// of many single trainings is the luckiest one too.
pub const RUNS: usize = 3;

/// A training that is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Counts trials from 0.
    pub trial: usize,
    /// Counts candidates from 0, which are the defaults.
    pub candidate: usize,
    /// Counts the trainings of this candidate from 0; each has a seed of its own, which all candidates share.
    pub run: usize,
    /// What to train with.
    pub settings: Settings,
}

/// How a training did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Mean pinball loss on the validation part in the target's unit, corrected online: what a contest chooses by.
    pub loss: f64,
    /// The loss that training stopped by: uncorrected, with the largest values ahead, in typical window scales.
    pub validation_loss: f64,
    /// Rounds of validation until training stopped.
    pub rounds: usize,
    /// The round whose weights were kept.
    pub best_round: usize,
}

/// A finished training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What was done.
    #[serde(flatten)]
    pub plan: Plan,
    /// How it went; none where the training diverged.
    pub outcome: Option<Outcome>,
    /// What it took.
    pub seconds: f64,
}

/// How much is to be done; what is not limited is `None`. Earlier sessions of a resumed search count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Seconds of all trials.
    pub seconds: Option<f64>,
    /// Number of trials.
    pub trials: Option<usize>,
}

impl Budget {
    /// Whether another trial may begin.
    #[must_use]
    pub fn allows_another(&self, done: &[Trial]) -> bool {
        self.seconds.is_none_or(|seconds| seconds_of(done) < seconds) && self.trials.is_none_or(|trials| done.len() < trials)
    }
}

/// Seconds that these trials took.
#[must_use]
pub fn seconds_of(trials: &[Trial]) -> f64 {
    trials.iter().map(|trial| trial.seconds).sum()
}

/// The trial that follows these; it depends on nothing else, so that an interrupted search goes on as if it had not been.
#[must_use]
pub fn next(defaults: &Settings, done: &[Trial]) -> Plan {
    let (number, run) = unsure(done).unwrap_or_else(|| {
        let number = done.iter().map(|trial| trial.plan.candidate + 1).max().unwrap_or(0);
        (number, 0)
    });
    let settings = candidate(defaults, number);
    let seed = settings.seed.wrapping_add(run as u64);
    Plan { trial: done.len(), candidate: number, run, settings: Settings { seed, ..settings } }
}

/// The candidate that needs another run before a new one is drawn, and the number of that run.
fn unsure(done: &[Trial]) -> Option<(usize, usize)> {
    let standings = standings(done);
    let defaults = standings.iter().find(|standing| standing.candidate == 0);
    let candidates = defaults.into_iter().chain(standings.first());
    let mut unsure = candidates.filter(|standing| standing.loss.is_some() && !standing.is_sure());
    unsure.next().map(|standing| (standing.candidate, standing.losses.len()))
}

/// Does trials. Nothing after the validation part is looked at.
#[derive(Debug)]
pub struct Search {
    frame: Frame,
    split: Split,
}

impl Search {
    /// A search for settings that forecast `frame` well.
    #[must_use]
    pub fn new(frame: &Frame, split: Split) -> Self {
        Self { frame: frame.clone().with_uplift(&Uplift::fit(frame, split.train_end)), split }
    }

    /// Trains on the training part and judges on the validation part; none where the training diverged. The same plan
    /// gives the same outcome.
    ///
    /// # Errors
    /// [`TrainError`] where no settings could be trained with.
    pub fn run(&self, plan: &Plan, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Option<Outcome>, TrainError> {
        match train(&self.frame, self.split, &plan.settings, progress) {
            Ok(network) => Ok(Some(self.judge(network))),
            Err(TrainError::Diverged) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As a contest judges a network alone.
    fn judge(&self, network: TrainedNetwork) -> Outcome {
        let facts = network.training.clone();
        let member = Member::Network(network);
        let rows = self.split.train_end..self.split.validation_end;
        let said = Said::of(&member, &self.frame, rows.clone());
        let origins = self.frame.validation_origins(self.split);
        let mut steps = Vec::with_capacity(origins.len());
        walk(&self.frame, rows, &[member.prior()], &[&said], &mut Online::new(1), |row, outlook| {
            if origins.binary_search(&row).is_ok() {
                steps.push(outlook.steps);
            }
        });
        Outcome {
            loss: mean_pinball(&self.frame, &origins, &steps),
            validation_loss: facts.validation_loss,
            rounds: facts.rounds,
            best_round: facts.best_round,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search whose losses are given by candidate and run; `None` diverges.
    fn searched(trials: usize, loss: impl Fn(&Plan) -> Option<f64>) -> Vec<Trial> {
        let mut done = Vec::new();
        while done.len() < trials {
            let plan = next(&Settings::default(), &done);
            let outcome = loss(&plan).map(|loss| Outcome { loss, validation_loss: loss, rounds: 9, best_round: 3 });
            done.push(Trial { plan, outcome, seconds: 2.0 });
        }
        done
    }

    fn order(trials: &[Trial]) -> Vec<(usize, usize)> {
        trials.iter().map(|trial| (trial.plan.candidate, trial.plan.run)).collect()
    }

    #[test]
    fn whoever_leads_is_trained_with_the_seeds_that_the_defaults_had() {
        let losses = [5.0, 6.0, 4.0, 4.5, 9.0];
        let done = searched(11, |plan| Some(losses.get(plan.candidate).copied().unwrap_or(9.0)));
        let expected = [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1), (2, 2), (3, 0), (4, 0), (5, 0), (6, 0)];
        assert_eq!(order(&done), expected);
        assert!(done.iter().all(|trial| trial.plan.settings.seed == Settings::default().seed + trial.plan.run as u64));
        let repeated = Settings { seed: Settings::default().seed + 1, ..done[4].plan.settings.clone() };
        assert_eq!(done[5].plan.settings, repeated);
        let standings = standings(&done);
        let best = best(&standings).unwrap();
        assert_eq!((best.candidate, best.loss, best.relative_loss), (2, Some(4.0), Some(0.8)));
        assert_eq!(best.settings.seed, Settings::default().seed);
    }

    #[test]
    fn luck_with_one_seed_neither_wins_nor_gets_a_third_try() {
        let done = searched(8, |plan| {
            Some(match (plan.candidate, plan.run) {
                (1, 0) => 1.0,
                (1, _) => 30.0,
                _ => 5.0 + plan.run as f64,
            })
        });
        assert_eq!(order(&done), [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (3, 0), (4, 0)]);
        let standings = standings(&done);
        assert_eq!(best(&standings).unwrap().candidate, 0);
        let lucky = standings.iter().find(|standing| standing.candidate == 1).unwrap();
        assert_eq!(lucky.relative_loss, Some(31.0 / 11.0), "beside the same two seeds of the defaults");
    }

    #[test]
    fn a_leader_whose_runs_are_not_complete_is_not_chosen() {
        let done = searched(5, |plan| Some(5.0 - plan.candidate as f64));
        let standings = standings(&done);
        assert_eq!((standings[0].candidate, standings[0].losses.len()), (1, 2));
        assert_eq!(best(&standings).unwrap().candidate, 0);
        let first = searched(1, |_| Some(5.0));
        assert_eq!(best(&self::standings(&first)).unwrap().candidate, 0, "nothing else is there");
    }

    #[test]
    fn what_diverges_comes_last_and_is_never_chosen() {
        let done = searched(9, |plan| (plan.candidate > 1).then_some(3.0));
        assert_eq!(order(&done)[..5], [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)], "no use in repeating what diverged");
        let found = standings(&done);
        assert_eq!(found.iter().rev().take(2).map(|standing| standing.loss).collect::<Vec<_>>(), [None; 2]);
        assert_eq!((best(&found).unwrap().candidate, best(&found).unwrap().relative_loss), (2, None));
        assert_eq!(best(&standings(&searched(5, |_| None))), None);
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_load_that_is_never_missed_leaves_nothing_to_gain() {
        let done = searched(6, |_| Some(0.0));
        assert_eq!(order(&done)[2..], [(0, 2), (1, 0), (2, 0), (3, 0)]);
        assert_eq!(best(&standings(&done)).unwrap().candidate, 0);
    }

    #[test]
    fn a_budget_counts_all_trials_and_lets_the_first_begin() {
        let done = searched(3, |_| Some(1.0));
        let allows = |seconds, trials, done: &[Trial]| Budget { seconds, trials }.allows_another(done);
        assert!(allows(Some(0.001), None, &[]) && allows(None, Some(1), &[]));
        assert!(allows(Some(6.5), None, &done) && !allows(Some(6.0), None, &done));
        assert!(allows(None, Some(4), &done) && !allows(None, Some(3), &done));
        assert!(!allows(Some(100.0), Some(3), &done) && !allows(Some(1.0), Some(100), &done), "whichever ends first");
    }
}
