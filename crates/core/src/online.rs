//! What recent errors teach: how much each member of a blend counts, and how far each quantile is to be moved.
//!
//! Members are weighed by their trailing pinball loss, per step and quantile (exponential weights, Cesa-Bianchi and Lugosi
//! 2006). Each quantile of what they say together is then moved by online conformal correction: up by a share of the usual
//! error when the measured value lies above it, down when it does not, so that its coverage approaches its level whatever
//! the model (Gibbs and Candes 2021; quantile tracking of Angelopoulos et al. 2023).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    forecast::{HORIZON, Outlook, StepQuantiles},
    quantiles::{LEVELS, MEDIAN, Quantiles, pinball},
};

/// Rows after which an error counts half: a day of 5-minute steps.
const HALF_LIFE_ROWS: f64 = 288.0;

/// How sharply a member's weight falls with its loss relative to the best member's.
const SHARPNESS: f64 = 10.0;

/// So many errors weigh as much as the prior weights.
const PRIOR_ERRORS: f64 = 30.0;

/// A quantile that was missed moves by this share of the usual error.
const PACE: f64 = 0.02;

/// One value per quantile of each step.
type PerQuantile = [[f64; LEVELS.len()]; HORIZON];

/// The running state of a blend, or of a single model, which is a blend of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Online {
    /// Start of the newest row whose value was learned from.
    pub until: Option<Timestamp>,
    /// Per member: decayed sums of pinball losses, in the target's unit.
    losses: Vec<PerQuantile>,
    /// Per step: decayed count of what the sums are of.
    seen: [f64; HORIZON],
    steps: Shifts,
    peaks: Shifts,
}

/// How far quantiles are moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shifts {
    /// In the target's unit.
    by: PerQuantile,
    /// Per step: decayed sum of absolute errors of the median, in the target's unit.
    errors: [f64; HORIZON],
    /// Per step: decayed count of what the sum is of.
    seen: [f64; HORIZON],
}

impl Shifts {
    fn none() -> Self {
        Self { by: Default::default(), errors: Default::default(), seen: Default::default() }
    }

    fn learn(&mut self, h: usize, said: &[f64; LEVELS.len()], actual: f64, decay: f64) {
        self.errors[h] = decay * self.errors[h] + (actual - said[MEDIAN]).abs();
        self.seen[h] = decay * self.seen[h] + 1.0;
        let unit = PACE * self.errors[h] / self.seen[h];
        for (k, by) in self.by[h].iter_mut().enumerate() {
            let missed = f64::from(actual > said[k] + *by);
            *by += unit * (missed - (1.0 - LEVELS[k]));
        }
    }

    fn moved(&self, h: usize, said: &[f64; LEVELS.len()]) -> Quantiles {
        Quantiles::rectified(std::array::from_fn(|k| said[k] + self.by[h][k]))
    }
}

impl Online {
    /// Nothing learned yet about `members` members.
    #[must_use]
    pub fn new(members: usize) -> Self {
        Self {
            until: None,
            losses: vec![Default::default(); members],
            seen: Default::default(),
            steps: Shifts::none(),
            peaks: Shifts::none(),
        }
    }

    /// How many members it knows.
    #[must_use]
    pub fn members(&self) -> usize {
        self.losses.len()
    }

    /// The share of each member in quantile `k` of step `h`; they add up to 1. `priors` are the shares before any error.
    #[must_use]
    pub fn shares(&self, priors: &[f64], h: usize, k: usize) -> Vec<f64> {
        let best = self.losses.iter().map(|losses| losses[h][k]).fold(f64::INFINITY, f64::min);
        let trust = SHARPNESS * self.seen[h] / (self.seen[h] + PRIOR_ERRORS);
        let weigh = |(losses, prior): (&PerQuantile, &f64)| {
            let excess = if best > 0.0 { losses[h][k] / best - 1.0 } else { losses[h][k] };
            prior * (-trust * excess).exp()
        };
        let weights: Vec<f64> = self.losses.iter().zip(priors).map(weigh).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// What the members say together, moved by what their errors taught.
    ///
    /// # Panics
    /// Where there are not as many priors and outlooks as members.
    #[must_use]
    pub fn outlook(&self, priors: &[f64], said: &[&Outlook]) -> Outlook {
        assert_eq!((priors.len(), said.len()), (self.members(), self.members()), "one prior and one outlook per member");
        let moved = |shifts: &Shifts, of: fn(&Outlook) -> &StepQuantiles| -> StepQuantiles {
            std::array::from_fn(|h| shifts.moved(h, &self.blended(priors, said, of, h)))
        };
        Outlook { steps: moved(&self.steps, |outlook| &outlook.steps), peaks: moved(&self.peaks, |outlook| &outlook.peaks) }
    }

    fn blended(&self, priors: &[f64], said: &[&Outlook], of: fn(&Outlook) -> &StepQuantiles, h: usize) -> [f64; LEVELS.len()] {
        std::array::from_fn(|k| {
            self.shares(priors, h, k).iter().zip(said).map(|(share, outlook)| share * of(outlook)[h].0[k]).sum()
        })
    }

    /// Takes in the value `actual` that came `h + 1` rows after the members had `said` their outlooks. `peak` is the largest
    /// value of those rows, where all of them were measured.
    pub fn learn(&mut self, priors: &[f64], h: usize, said: &[&Outlook], actual: f64, peak: Option<f64>) {
        let decay = 0.5_f64.powf(1.0 / HALF_LIFE_ROWS);
        let together = self.blended(priors, said, |outlook| &outlook.steps, h);
        let peaks = self.blended(priors, said, |outlook| &outlook.peaks, h);
        for (losses, outlook) in self.losses.iter_mut().zip(said) {
            for (k, loss) in losses[h].iter_mut().enumerate() {
                *loss = decay * *loss + pinball(LEVELS[k], actual - outlook.steps[h].0[k]);
            }
        }
        self.seen[h] = decay * self.seen[h] + 1.0;
        self.steps.learn(h, &together, actual, decay);
        if let Some(peak) = peak {
            self.peaks.learn(h, &peaks, peak, decay);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outlook(quantiles: [f64; 5]) -> Outlook {
        Outlook { steps: [Quantiles(quantiles); HORIZON], peaks: [Quantiles(quantiles); HORIZON] }
    }

    /// Values that no forecaster knows: a plain congruential sequence in 0..1.
    fn noise(i: u64) -> f64 {
        (i.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33) as f64 / (1_u64 << 31) as f64
    }

    #[test]
    fn coverage_approaches_the_level_of_a_model_that_is_too_sure() {
        let sure = outlook([0.49, 0.5, 0.51, 0.52, 0.53].map(|x| 10.0 + x));
        let mut online = Online::new(1);
        let (mut covered, rows) = ([0.0; 5], 4000);
        for i in 0..2 * rows {
            let actual = 10.0 + noise(i);
            if i >= rows {
                let said = online.outlook(&[1.0], &[&sure]).steps[0].0;
                (0..5).for_each(|k| covered[k] += f64::from(actual <= said[k]) / rows as f64);
            }
            online.learn(&[1.0], 0, &[&sure], actual, Some(actual));
        }
        for (covered, level) in covered.iter().zip(LEVELS) {
            assert!((covered - level).abs() < 0.02, "{covered} {level}");
        }
    }

    #[test]
    fn the_better_member_takes_over_and_priors_rule_before() {
        let (good, bad) = (outlook([10.0; 5]), outlook([20.0; 5]));
        let mut online = Online::new(2);
        assert_eq!(online.shares(&[1.0, 3.0], 0, 1), [0.25, 0.75]);
        for _ in 0..300 {
            online.learn(&[1.0, 3.0], 0, &[&good, &bad], 11.0, None);
        }
        assert!(online.shares(&[1.0, 3.0], 0, 1)[0] > 0.99);
        assert_eq!(online.shares(&[1.0, 3.0], 5, 1), [0.25, 0.75], "other steps have seen nothing");
    }

    #[test]
    fn a_member_that_never_errs_takes_all() {
        let (exact, off) = (outlook([10.0; 5]), outlook([12.0; 5]));
        let mut online = Online::new(2);
        (0..300).for_each(|_| online.learn(&[1.0, 1.0], 0, &[&exact, &off], 10.0, None));
        assert!(online.shares(&[1.0, 1.0], 0, 1)[0] > 0.9);
    }

    proptest! {
        #[test]
        fn quantiles_never_cross_and_shares_add_up(values in proptest::collection::vec(0.0..100.0_f64, 1..200)) {
            let members = [outlook([1.0, 2.0, 3.0, 4.0, 5.0]), outlook([20.0, 30.0, 40.0, 50.0, 60.0])];
            let said: Vec<&Outlook> = members.iter().collect();
            let mut online = Online::new(2);
            for (i, value) in values.iter().enumerate() {
                online.learn(&[1.0, 1.0], i % HORIZON, &said, *value, Some(*value));
            }
            for steps in [online.outlook(&[1.0, 1.0], &said).steps, online.outlook(&[1.0, 1.0], &said).peaks] {
                for step in steps {
                    prop_assert!(step.0.windows(2).all(|pair| pair[0] <= pair[1]) && step.0[0] >= 0.0);
                }
            }
            for h in 0..HORIZON {
                prop_assert!((online.shares(&[1.0, 1.0], h, 2).iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
    }
}
