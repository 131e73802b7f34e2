//! Gradient-boosted trees (by hessboost): one model per quantile for all steps, on the change from the last value.

mod design;

use std::num::NonZeroUsize;

use hessboost::{
    config::{GrowPolicy, LeafEstimation, TrainingParams, TreeMethod},
    data::DMatrix,
    model::{BoostedModel, Iterations, ModelFormat},
    objective::{Objective, Quantiles as Levels},
    training::Trainer,
};
use serde::{Deserialize, Serialize};

use self::design::{COLUMNS, View};
use crate::{
    forecast::{HORIZON, Outlook, StepQuantiles},
    forecasters::{Forecaster, Linear},
    frame::{Frame, Split},
    quantiles::{LEVELS, Quantiles, quantile_of_sorted},
};

/// Pairs of origin and step that are learned from at most; they are spread evenly over the rows.
const PAIRS_MAX: usize = 40_000;

/// Fewer pairs than this teach nothing that a plain model does not know.
const PAIRS_MIN: usize = 2_000;

const ROUNDS_MAX: usize = 300;
const PATIENCE: NonZeroUsize = NonZeroUsize::new(30).expect("not zero");
const LEARNING_RATE: f64 = 0.08;
const LEAVES: usize = 31;
const LEAF_ROWS_MIN: f64 = 100.0;
const BINS: usize = 64;

/// The share of the target's mean that is added to every window's scale, so that an idle window has one.
const FLOOR_SHARE: f64 = 0.1;

/// Everything about fitted trees but the trees; part of the model card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreesCard {
    /// Added to every window's scale, in the target's unit.
    floor: f64,
    /// Mean change from the last value, less what events do to it, at each step, in scales: errors of near steps count as much as those of far
    /// ones.
    change: [f64; HORIZON],
    /// Trees of each level.
    rounds: [usize; LEVELS.len()],
    /// A regression that the trees see the result of.
    linear: Option<Box<Linear>>,
    /// Per step: how far the quantiles of the largest value so far lie from the largest quantile so far, in scales and
    /// changes of the step.
    peak_errors: Box<[[f64; LEVELS.len()]; HORIZON]>,
}

/// Fitted trees.
#[derive(Debug)]
pub struct Trees {
    card: TreesCard,
    /// One per level.
    models: Vec<BoostedModel>,
}

/// Why trees cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TreesError {
    /// hessboost refused, which is our own bug when fitting, or the stored trees are damaged.
    #[error("boosted trees: {0}")]
    Boosting(#[from] hessboost::error::HessboostError),
    /// Not one model per level, or another number of columns.
    #[error("boosted trees: {found} where {expected} are expected")]
    Shape {
        /// What was found.
        found: usize,
        /// What fits.
        expected: usize,
    },
}

impl Trees {
    /// Grows trees on the training part, stopped early on the validation part; the same arguments give the same trees.
    /// `None` where there is too little to learn from.
    ///
    /// # Errors
    /// Where hessboost refuses.
    pub fn grow(frame: &Frame, split: Split, seed: u64) -> Result<Option<Self>, TreesError> {
        let Some(mut card) = TreesCard::fit(frame, split.train_end) else { return Ok(None) };
        let train = card.pairs(frame, &frame.fit_origins(split.train_end), PAIRS_MAX);
        let validation = frame.origins(split.train_end..split.validation_end, 1);
        let stop = card.pairs(frame, &validation, PAIRS_MAX / 4);
        let judged = frame.validation_origins(split);
        if train.targets.len() < PAIRS_MIN || judged.is_empty() {
            return Ok(None);
        }
        let (train, stop) = (train.matrix()?, stop.matrix()?);
        let mut models = Vec::with_capacity(LEVELS.len());
        for (level, rounds) in LEVELS.into_iter().zip(&mut card.rounds) {
            let params = params(level, seed)?;
            let trained = Trainer::new(&params, &train, ROUNDS_MAX).eval(&stop, "validation").early_stopping_rounds(PATIENCE);
            let model = trained.train()?.model;
            *rounds = model.best_iteration().map_or(ROUNDS_MAX, |best| best + 1);
            models.push(model);
        }
        let mut trees = Self { card, models };
        trees.card.peak_errors = trees.peak_errors(frame, &judged).into();
        Ok(Some(trees))
    }

    /// As many trees again, on all rows before `end`.
    ///
    /// # Errors
    /// Where hessboost refuses.
    pub fn regrow(&self, frame: &Frame, end: usize, seed: u64) -> Result<Self, TreesError> {
        let fitted = TreesCard::fit(frame, end).unwrap_or_else(|| self.card.clone());
        let card = TreesCard { rounds: self.card.rounds, peak_errors: self.card.peak_errors.clone(), ..fitted };
        let pairs = card.pairs(frame, &frame.fit_origins(end), PAIRS_MAX).matrix()?;
        let grow = |(level, rounds)| Ok(Trainer::new(&params(level, seed)?, &pairs, rounds).train()?.model);
        let models = LEVELS.into_iter().zip(card.rounds).map(grow).collect::<Result<_, TreesError>>()?;
        Ok(Self { card, models })
    }

    /// Puts trees together from what [`Self::card`] and [`Self::encode`] gave.
    ///
    /// # Errors
    /// Where they are damaged or not the trees of this card.
    pub fn decode(card: TreesCard, models: &[impl AsRef<[u8]>]) -> Result<Self, TreesError> {
        let decode = |bytes: &_| Ok(BoostedModel::decode(bytes, ModelFormat::Binary)?);
        let models = models.iter().map(decode).collect::<Result<Vec<BoostedModel>, TreesError>>()?;
        if models.len() != LEVELS.len() {
            return Err(TreesError::Shape { found: models.len(), expected: LEVELS.len() });
        }
        match models.iter().find(|model| model.n_features() != COLUMNS) {
            Some(model) => Err(TreesError::Shape { found: model.n_features(), expected: COLUMNS }),
            None => Ok(Self { card, models }),
        }
    }

    /// Everything but the trees.
    #[must_use]
    pub fn card(&self) -> &TreesCard {
        &self.card
    }

    /// The trees of each level as bytes; the same trees give the same bytes.
    ///
    /// # Errors
    /// Where hessboost refuses.
    pub fn encode(&self) -> Result<Vec<Vec<u8>>, TreesError> {
        self.models.iter().map(|model| Ok(model.encode(ModelFormat::Binary)?)).collect()
    }

    /// Quantiles of each step.
    fn steps(&self, frame: &Frame, origins: &[usize]) -> Vec<StepQuantiles> {
        let mut rows = Vec::with_capacity(origins.len() * HORIZON * COLUMNS);
        let mut units = Vec::with_capacity(origins.len());
        for &origin in origins {
            let view = self.card.view(frame, origin);
            (0..HORIZON).for_each(|h| view.write(h, &mut rows));
            units.push((view.points, view.scale));
        }
        // A card whose numbers lead beyond all numbers is no reason to panic: what it says is not a number.
        let predict = |model: &BoostedModel| match model.predict_rows(&rows, Iterations::Best) {
            Ok(said) => said.as_slice().to_vec(),
            Err(_) => vec![f32::NAN; origins.len() * HORIZON],
        };
        let levels: Vec<_> = self.models.iter().map(predict).collect();
        let quantiles = |index: usize, h: usize| {
            let (points, scale) = &units[index];
            let change = |k: usize| f64::from(levels[k][index * HORIZON + h]);
            Quantiles::rectified(std::array::from_fn(|k| points[h] + change(k) * self.card.change[h] * scale))
        };
        (0..origins.len()).map(|index| std::array::from_fn(|h| quantiles(index, h))).collect()
    }

    /// See [`TreesCard::peak_errors`].
    fn peak_errors(&self, frame: &Frame, origins: &[usize]) -> [[f64; LEVELS.len()]; HORIZON] {
        let mut errors: [[Vec<f64>; LEVELS.len()]; HORIZON] = Default::default();
        for (&origin, steps) in origins.iter().zip(self.steps(frame, origins)) {
            let scale = self.card.view(frame, origin).scale;
            let mut peak = f64::NEG_INFINITY;
            for (h, (actual, largest)) in frame.actual(origin).into_iter().zip(running_largest(&steps)).enumerate() {
                peak = peak.max(actual);
                for (errors, largest) in errors[h].iter_mut().zip(largest.0) {
                    errors.push((peak - largest) / (scale * self.card.change[h]));
                }
            }
        }
        let quantile = |mut errors: Vec<f64>, level: f64| {
            errors.sort_by(f64::total_cmp);
            quantile_of_sorted(&errors, level)
        };
        errors.map(|mut of_step| std::array::from_fn(|k| quantile(std::mem::take(&mut of_step[k]), LEVELS[k])))
    }
}

impl TreesCard {
    /// `None` where the target is never above zero before `end`, or never changes.
    fn fit(frame: &Frame, end: usize) -> Option<Self> {
        let known: Vec<f64> = frame.values()[..end].iter().copied().filter(|value| value.is_finite()).collect();
        let floor = FLOOR_SHARE * known.iter().sum::<f64>() / known.len() as f64;
        if floor.is_nan() || floor <= 0.0 {
            return None;
        }
        let linear = Linear::fit(frame, end).map(Box::new);
        let mut card = Self { floor, change: [1.0; HORIZON], rounds: [0; LEVELS.len()], linear, peak_errors: Default::default() };
        let mut change = [0.0; HORIZON];
        let origins = frame.fit_origins(end);
        for &origin in &origins {
            let view = card.view(frame, origin);
            for (h, actual) in frame.actual(origin).into_iter().enumerate() {
                change[h] += (actual - view.points[h]).abs() / view.scale;
            }
        }
        card.change = change.map(|sum| sum / origins.len() as f64);
        card.change.iter().all(|change| *change > 0.0).then_some(card)
    }

    fn view<'a>(&self, frame: &'a Frame, origin: usize) -> View<'a> {
        View::new(frame, origin, self.floor, self.linear.as_deref())
    }

    /// At most `most` pairs of an origin and a step, evenly spread.
    fn pairs(&self, frame: &Frame, origins: &[usize], most: usize) -> Pairs {
        let all = origins.len() * HORIZON;
        // A stride without a factor in common with the horizon meets every step as often.
        let stride = (all.div_ceil(most).max(1)..).find(|stride| stride % 2 != 0 && stride % 3 != 0).expect("one of any six");
        let mut pairs = Pairs { rows: Vec::new(), targets: Vec::new() };
        let mut view: Option<(usize, View<'_>)> = None;
        for pair in (0..all).step_by(stride) {
            let (origin, h) = (origins[pair / HORIZON], pair % HORIZON);
            let (_, view) = match &mut view {
                Some(seen) if seen.0 == origin => seen,
                view => view.insert((origin, self.view(frame, origin))),
            };
            view.write(h, &mut pairs.rows);
            let change = frame.values()[origin + 1 + h] - view.points[h];
            pairs.targets.push((change / view.scale / self.change[h]) as f32);
        }
        pairs
    }
}

/// Design rows and what came of them.
struct Pairs {
    rows: Vec<f32>,
    targets: Vec<f32>,
}

impl Pairs {
    fn matrix(self) -> Result<DMatrix, TreesError> {
        let rows = self.targets.len();
        Ok(DMatrix::from_dense_vec(self.rows, rows, COLUMNS)?.with_labels(&self.targets)?)
    }
}

fn params(level: f64, seed: u64) -> Result<TrainingParams, TreesError> {
    Ok(TrainingParams::builder()
        .objective(Objective::Quantile(Levels::new([level])?))
        .tree_method(TreeMethod::Hist)
        .grow_policy(GrowPolicy::LossGuide)
        .unlimited_depth()
        .max_leaves(LEAVES)
        .eta(LEARNING_RATE)
        .subsample(0.8)
        .colsample_bytree(0.6)
        .min_child_weight(LEAF_ROWS_MIN)
        .lambda(1.0)
        .max_bin(BINS)
        .leaf_estimation(LeafEstimation::Exact)
        .nthread(1)
        .seed(seed)
        .build()?)
}

/// At each step the largest so far, level by level.
fn running_largest(steps: &StepQuantiles) -> StepQuantiles {
    let mut largest = *steps;
    for h in 1..HORIZON {
        for k in 0..LEVELS.len() {
            largest[h].0[k] = largest[h].0[k].max(largest[h - 1].0[k]);
        }
    }
    largest
}

impl Forecaster for Trees {
    fn name(&self) -> &'static str {
        "boosted trees"
    }

    fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook> {
        let outlook = |(steps, &origin): (StepQuantiles, &usize)| {
            let scale = self.card.view(frame, origin).scale;
            let largest = running_largest(&steps);
            let peak = |h: usize| {
                let unit = scale * self.card.change[h];
                Quantiles::rectified(std::array::from_fn(|k| largest[h].0[k] + unit * self.card.peak_errors[h][k]))
            };
            Outlook { steps, peaks: std::array::from_fn(peak) }
        };
        self.steps(frame, origins).into_iter().zip(origins).map(outlook).collect()
    }
}
