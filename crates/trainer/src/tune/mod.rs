//! Searching settings: random search on the validation part, whose leaders have to prove themselves with other seeds.

pub mod record;
mod space;

use headroom_core::{
    champion::{Member, Said, TrainedNetwork, walk},
    frame::{Frame, Split},
    online::Online,
    score::mean_pinball,
    uplift::Uplift,
};
use serde::{Deserialize, Serialize};

pub use space::{Dimension, SPACE_VERSION, candidate, space};

use crate::training::{Progress, Settings, TrainError, train};

/// Every fourth trial repeats the leader or the defaults with another seed: the best of many single trainings is the
/// luckiest one too.
const REPEAT_EVERY: usize = 4;

/// Trainings of one candidate at most.
const RUNS_MAX: usize = 3;

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
    let repeat = (done.len() % REPEAT_EVERY == REPEAT_EVERY - 1).then(|| to_repeat(done)).flatten();
    let (number, run) = repeat.unwrap_or_else(|| {
        let number = done.iter().map(|trial| trial.plan.candidate + 1).max().unwrap_or(0);
        (number, 0)
    });
    let settings = candidate(defaults, number);
    let seed = settings.seed.wrapping_add(run as u64);
    Plan { trial: done.len(), candidate: number, run, settings: Settings { seed, ..settings } }
}

/// Of the leader and the defaults the one with fewer runs, where there is a use in repeating it, and the number of its next run.
fn to_repeat(done: &[Trial]) -> Option<(usize, usize)> {
    let standings = standings(done);
    let defaults = standings.iter().find(|standing| standing.candidate == 0);
    let pair = standings.first().into_iter().chain(defaults);
    let unsure = pair.filter(|standing| standing.loss().is_some() && standing.losses.len() < RUNS_MAX);
    unsure.min_by_key(|standing| standing.losses.len()).map(|standing| (standing.candidate, standing.losses.len()))
}

/// How one candidate did in all its runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// The candidate's number.
    pub candidate: usize,
    /// What it trains with; the seed is that of its first run.
    pub settings: Settings,
    /// The loss of each run; none where it diverged.
    pub losses: Vec<Option<f64>>,
    /// Mean seconds of a run.
    pub seconds: f64,
}

impl Standing {
    /// The mean loss of all runs; none where one of them diverged.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        self.loss_of(self.losses.len())
    }

    /// The mean loss of the first `runs`.
    fn loss_of(&self, runs: usize) -> Option<f64> {
        let sum: Option<f64> = self.losses[..runs].iter().copied().sum();
        sum.map(|sum| sum / runs as f64)
    }

    /// By what share the loss lies below that of `other`, over the runs that both have done; none where one diverged.
    #[must_use]
    pub fn gain_over(&self, other: &Self) -> Option<f64> {
        let runs = self.losses.len().min(other.losses.len());
        Some(1.0 - self.loss_of(runs)? / other.loss_of(runs)?).filter(|gain| gain.is_finite())
    }
}

/// All candidates, the lowest mean loss first, those that diverged last.
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
                seconds: trial.seconds,
            }),
        }
    }
    standings.sort_by(|a, b| sortable(a).total_cmp(&sortable(b)));
    standings
}

fn sortable(standing: &Standing) -> f64 {
    standing.loss().unwrap_or(f64::INFINITY)
}

/// The candidate to use, of [`standings`]: the best of those that repeated their training, or where none did, of all.
/// None where all diverged.
#[must_use]
pub fn best(standings: &[Standing]) -> Option<&Standing> {
    let sound = || standings.iter().filter(|standing| standing.loss().is_some());
    sound().find(|standing| standing.losses.len() > 1).or_else(|| sound().next())
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
    fn leaders_and_defaults_are_repeated_with_seeds_that_all_share() {
        let losses = [5.0, 6.0, 4.0, 4.5, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0];
        let done = searched(17, |plan| Some(losses[plan.candidate]));
        let expected = [
            (0, 0),
            (1, 0),
            (2, 0),
            (2, 1),
            (3, 0),
            (4, 0),
            (5, 0),
            (0, 1),
            (6, 0),
            (7, 0),
            (8, 0),
            (2, 2),
            (9, 0),
            (10, 0),
            (11, 0),
            (0, 2),
            (12, 0),
        ];
        assert_eq!(order(&done), expected);
        assert!(done.iter().all(|trial| trial.plan.settings.seed == Settings::default().seed + trial.plan.run as u64));
        let repeated = Settings { seed: Settings::default().seed + 1, ..done[2].plan.settings.clone() };
        assert_eq!(done[3].plan.settings, repeated);
        let longer = searched(24, |plan| Some(losses.get(plan.candidate).copied().unwrap_or(9.0)));
        assert_eq!(order(&longer)[17..20], [(13, 0), (14, 0), (15, 0)], "no use in repeating either a fourth time");
    }

    #[test]
    fn luck_with_one_seed_does_not_win() {
        // Candidate 1 is lucky once, candidate 2 is good.
        let done = searched(12, |plan| {
            Some(match (plan.candidate, plan.run) {
                (1, 0) => 1.0,
                (1, _) => 30.0,
                (2, _) => 4.0,
                _ => 5.0,
            })
        });
        assert_eq!(order(&done)[3], (1, 1), "what leads is checked");
        let standings = standings(&done);
        let best = best(&standings).unwrap();
        assert_eq!((best.candidate, best.losses.len(), best.settings.seed), (2, 2, Settings::default().seed));
        let defaults = standings.iter().find(|standing| standing.candidate == 0).unwrap();
        assert!((best.gain_over(defaults).unwrap() - 0.2).abs() < 1e-12);
    }

    #[test]
    fn gains_are_measured_on_the_seeds_that_both_had() {
        let standing = |losses: &[f64]| Standing {
            candidate: 0,
            settings: Settings::default(),
            losses: losses.iter().map(|loss| Some(*loss)).collect(),
            seconds: 1.0,
        };
        assert_eq!(standing(&[6.0, 100.0]).gain_over(&standing(&[8.0])), Some(0.25));
        assert_eq!(standing(&[6.0]).gain_over(&standing(&[0.0])), None, "nothing lies below none");
    }

    #[test]
    fn what_diverges_comes_last_and_is_never_chosen() {
        let done = searched(9, |plan| (plan.candidate > 2).then_some(3.0));
        assert!(order(&done).iter().take(4).all(|(_, run)| *run == 0), "no use in repeating what diverged");
        let found = standings(&done);
        assert_eq!(found.iter().rev().take(3).map(Standing::loss).collect::<Vec<_>>(), [None; 3]);
        assert!(best(&found).is_some_and(|best| best.candidate > 2));
        assert_eq!(best(&standings(&searched(5, |_| None))), None);
        assert_eq!(best(&[]), None);
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
