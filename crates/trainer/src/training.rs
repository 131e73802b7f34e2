//! Training: Adam on the pinball loss, gradients clipped, the rate on a cosine, stopped early on the validation part.

use std::{collections::BTreeMap, ops::ControlFlow};

use candle_core::{Device, Tensor, Var};
use headroom_core::{
    champion::{TrainedNetwork, TrainingFacts, network_name},
    forecast::HORIZON,
    forecasters::TreesError,
    frame::{Frame, Split, WINDOW},
    lstm::{InputSpec, LoadError, LstmModel, Network, NetworkShape, OUTPUTS, Pooling, Weights, initial_weights},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use crate::lessons::Lessons;
use crate::{
    lessons::{Curriculum, Lesson, Place},
    optimizer::Optimizer,
};

/// How to train. The defaults were chosen on the validation parts of generated and recorded workloads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How the window's states become one.
    pub pooling: Pooling,
    /// Units of each LSTM layer.
    pub hidden: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Units of the head's hidden layer.
    pub head: usize,
    /// Origins per batch.
    pub batch: usize,
    /// Batches between two looks at the validation part.
    pub batches_per_round: usize,
    /// Most rounds.
    pub rounds_max: usize,
    /// Rounds without a better validation loss after which training stops.
    pub patience: usize,
    /// First learning rate; it falls to zero on a half cosine.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Gradients longer than this are cut to it.
    pub gradient_max: f64,
    /// Share of the head's hidden units that is left out of each training step.
    pub dropout: f32,
    /// Decides initial weights, batches and masks.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pooling: Pooling::Last,
            hidden: 32,
            layers: 1,
            head: 64,
            batch: 128,
            batches_per_round: 50,
            rounds_max: 24,
            patience: 6,
            learning_rate: 3e-3,
            weight_decay: 1e-3,
            gradient_max: 1.0,
            dropout: 0.1,
            seed: 7,
        }
    }
}

impl Settings {
    /// The name of the model that these settings make.
    #[must_use]
    pub fn model_name(&self) -> &'static str {
        network_name(self.pooling)
    }

    /// The settings of an ensemble's other three networks: other seeds, widths and depths, so that they err differently.
    pub(crate) fn diverse(&self) -> [Self; 3] {
        let seed = |k: u64| self.seed.wrapping_add(k);
        [
            Self { hidden: self.hidden * 3 / 2, seed: seed(1), ..self.clone() },
            Self { hidden: self.hidden * 3 / 4, layers: self.layers + 1, seed: seed(2), ..self.clone() },
            Self { head: self.head * 3 / 2, dropout: 2.0 * self.dropout, seed: seed(3), ..self.clone() },
        ]
    }
}

/// Where training stands, after each batch.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Batches done.
    pub batch: usize,
    /// Batches at most.
    pub batches_max: usize,
    /// Loss of the last batch.
    pub loss: f64,
    /// Lowest loss on the validation part so far; none before the first round ended.
    pub validation_loss: Option<f64>,
}

/// Sees every batch, with the network's name, and says whether training goes on.
pub type Watch<'a> = dyn FnMut(&str, Progress) -> ControlFlow<()> + Send + 'a;

/// Why a model could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The training part has too few windows to learn from.
    #[error(
        "there are too few rows to train on: {origins} usable windows of {WINDOW} rows and the {HORIZON} after them in the training part, where {needed} are needed: use a longer history (`trainer import` adds rows to a store)"
    )]
    TooFewRows {
        /// Usable windows.
        origins: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The validation part has no window to stop by.
    #[error(
        "there are too few rows to validate on: none of the {rows} rows of the validation part ends a usable window of {WINDOW} rows with {HORIZON} measured ones after it: use a longer history, or fill the gap there"
    )]
    NothingToValidate {
        /// Rows of the validation part.
        rows: usize,
    },
    /// The target is zero all over the training part.
    #[error("the target is never above zero in the training part: there is nothing to learn; check the column")]
    NothingToLearn,
    /// The numbers went out of bounds.
    #[error("training diverged (the loss is not a number): lower the learning rate")]
    Diverged,
    /// Whoever watched wanted no more of it.
    #[error("training was stopped before its end")]
    Stopped,
    /// Trees could not be grown: our own bug.
    #[error(transparent)]
    Trees(#[from] TreesError),
    /// The trained parts do not fit: our own bug.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// candle refused: our own bug.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// No thread could be had.
    #[error("no thread for training can be started: {0}")]
    Thread(String),
}

/// Fewer windows than this teach nothing that a plain model does not know.
const TRAIN_ORIGINS_MIN: usize = 36;

/// candle wakes a second thread, which waits by spinning, for tensors of more elements than this.
const ELEMENTS_MAX: usize = 65_535;

/// The validation part is looked at through at most this many origins.
const VALIDATION_ORIGINS_MAX: usize = 1500;

/// Trains a model on the training part of `frame`, stopped early on the validation part. The same arguments give the
/// same weights.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from.
pub fn train(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<TrainedNetwork, TrainError> {
    train_while(frame, split, settings, &mut |at| {
        progress(at);
        ControlFlow::Continue(())
    })
}

/// [`train`], as long as `watch` says so.
pub(crate) fn train_while(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    watch: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<TrainedNetwork, TrainError> {
    let validation_rows = split.validation_end - split.train_end;
    let stride = validation_rows.div_ceil(VALIDATION_ORIGINS_MAX);
    let validation = frame.origins(split.train_end..split.validation_end, stride);
    let lessons = Lessons { frame, origins: frame.train_origins(split), validation, unit: None };
    check(lessons.origins.len(), lessons.validation.len(), validation_rows)?;
    let spec = InputSpec::fit(frame, split).ok_or(TrainError::NothingToLearn)?;
    train_on_while(spec, &[lessons], settings, watch)
}

/// Trains one model on several histories, stopped early by the validation origins of all of them together. Every batch draws
/// from all origins alike, and each history's errors are measured by its own size. The same arguments give the same weights.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from.
pub fn train_on(
    spec: InputSpec,
    lessons: &[Lessons<'_>],
    settings: &Settings,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<TrainedNetwork, TrainError> {
    train_on_while(spec, lessons, settings, &mut |at| {
        progress(at);
        ControlFlow::Continue(())
    })
}

fn train_on_while(
    spec: InputSpec,
    lessons: &[Lessons<'_>],
    settings: &Settings,
    watch: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<TrainedNetwork, TrainError> {
    // Matrices this small only lose time when candle hands them to several threads.
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(|error| TrainError::Thread(error.to_string()))?;
    single.install(|| {
        let curriculum = Curriculum::new(&spec, lessons)?;
        check(curriculum.origins.len(), curriculum.validation.len(), lessons.iter().map(|lessons| lessons.frame.rows()).sum())?;
        Trainer::new(&spec, &curriculum, settings).run(watch)
    })
}

fn check(origins: usize, validation: usize, validation_rows: usize) -> Result<(), TrainError> {
    if origins < TRAIN_ORIGINS_MIN {
        return Err(TrainError::TooFewRows { origins, needed: TRAIN_ORIGINS_MIN });
    }
    if validation == 0 {
        return Err(TrainError::NothingToValidate { rows: validation_rows });
    }
    Ok(())
}

struct Trainer<'a> {
    spec: &'a InputSpec,
    curriculum: &'a Curriculum<'a>,
    settings: &'a Settings,
    shape: NetworkShape,
    random: ChaCha8Rng,
}

impl<'a> Trainer<'a> {
    fn new(spec: &'a InputSpec, curriculum: &'a Curriculum<'a>, settings: &'a Settings) -> Self {
        let shape = NetworkShape {
            window_inputs: spec.window_inputs(),
            future_inputs: spec.future_inputs(),
            hidden: settings.hidden,
            layers: settings.layers,
            head: settings.head,
            pooling: settings.pooling,
        };
        Self { spec, curriculum, settings, shape, random: ChaCha8Rng::seed_from_u64(settings.seed) }
    }

    fn run(mut self, watch: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send)) -> Result<TrainedNetwork, TrainError> {
        let variables = variables(&self.shape, self.settings.seed)?;
        let weights: Weights = variables.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        let network = Network::new(&self.shape, &weights)?;
        let vars: Vec<Var> = variables.into_values().collect();
        let mut optimizer = Optimizer::new(vars, self.settings.weight_decay, self.settings.gradient_max);
        let batches_max = self.settings.rounds_max * self.settings.batches_per_round;
        let mut best = Best { loss: f64::INFINITY, round: 0, weights: Weights::new() };
        let mut rounds = 0;
        for batch in 0..batches_max {
            let learning_rate = cosine(self.settings.learning_rate, batch, batches_max);
            let loss = self.step(&network, &mut optimizer, learning_rate)?;
            if !loss.is_finite() {
                return Err(TrainError::Diverged);
            }
            if (batch + 1) % self.settings.batches_per_round == 0 {
                rounds += 1;
                best.take_if_better(self.validation_loss(&network)?, rounds, &weights)?;
            }
            let validation_loss = Some(best.loss).filter(|loss| loss.is_finite());
            if watch(Progress { batch: batch + 1, batches_max, loss, validation_loss }).is_break() {
                return Err(TrainError::Stopped);
            }
            if rounds >= best.round + self.settings.patience {
                break;
            }
        }
        let facts = TrainingFacts {
            seed: self.settings.seed,
            rounds,
            best_round: best.round,
            validation_loss: best.loss,
            train_origins: self.curriculum.origins.len(),
        };
        Ok(TrainedNetwork { model: LstmModel::new(self.spec.clone(), self.shape, best.weights)?, training: facts })
    }

    /// One batch: forward, backward, clip, update. Returns the loss before the update.
    fn step(&mut self, network: &Network, optimizer: &mut Optimizer, learning_rate: f64) -> Result<f64, TrainError> {
        let origins = &self.curriculum.origins;
        let picked: Vec<Place> = (0..self.settings.batch).map(|_| origins[self.random.random_range(0..origins.len())]).collect();
        let mut parts = Vec::new();
        for part in picked.chunks(self.part()) {
            let keep = self.mask(part.len())?;
            let Lesson { window, future, aim } = self.curriculum.lesson(part)?;
            let share = part.len() as f64 / picked.len() as f64;
            parts.push((aim.loss(&network.forward(&window, &future, Some(&keep))?)? * share)?);
        }
        let loss = Tensor::stack(&parts, 0)?.sum_all()?;
        optimizer.step(&loss.backward()?, learning_rate)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// A batch goes through the network in parts of at most so many origins, under one backward pass. candle sees the outputs
    /// and, where attention stands between, the states of all steps of the window.
    fn part(&self) -> usize {
        let elements = match self.settings.pooling {
            Pooling::Last => HORIZON * OUTPUTS,
            Pooling::Attention => (HORIZON * OUTPUTS).max(WINDOW * self.settings.hidden),
        };
        (ELEMENTS_MAX / elements).max(1)
    }

    /// Zero for a unit that is left out; what is kept makes up for it (Srivastava et al. 2014).
    fn mask(&mut self, origins: usize) -> candle_core::Result<Tensor> {
        let (dropout, kept) = (self.settings.dropout, 1.0 / (1.0 - self.settings.dropout));
        let mut draws = vec![0_u16; origins * HORIZON * self.settings.head];
        self.random.fill(&mut draws[..]);
        let dropped_below = (dropout * f32::from(u16::MAX)) as u16;
        let mut mask = vec![kept; draws.len()];
        pulp::Arch::new().dispatch(|| {
            for (factor, &draw) in mask.iter_mut().zip(&draws) {
                *factor = if draw < dropped_below { 0.0 } else { kept };
            }
        });
        Tensor::from_vec(mask, (origins, HORIZON, self.settings.head), &Device::Cpu)
    }

    fn validation_loss(&self, network: &Network) -> Result<f64, TrainError> {
        let mut sum = 0.0;
        for part in self.curriculum.validation.chunks(self.part()) {
            let Lesson { window, future, aim } = self.curriculum.lesson(part)?;
            let loss = aim.loss(&network.forward(&window, &future, None)?)?.to_scalar::<f32>()?;
            sum += f64::from(loss) * part.len() as f64;
        }
        Ok(sum / self.curriculum.validation.len() as f64)
    }
}

struct Best {
    loss: f64,
    round: usize,
    weights: Weights,
}

impl Best {
    fn take_if_better(&mut self, loss: f64, round: usize, weights: &Weights) -> candle_core::Result<()> {
        if loss < self.loss {
            let copies = weights.iter().map(|(name, tensor)| Ok((name.clone(), tensor.copy()?.detach())));
            *self = Self { loss, round, weights: copies.collect::<candle_core::Result<_>>()? };
        }
        Ok(())
    }
}

fn variables(shape: &NetworkShape, seed: u64) -> candle_core::Result<BTreeMap<String, Var>> {
    initial_weights(shape, seed)?.into_iter().map(|(name, tensor)| Ok((name, Var::from_tensor(&tensor)?))).collect()
}

/// Half a cosine from `first` to zero (Loshchilov and Hutter 2017).
fn cosine(first: f64, batch: usize, batches_max: usize) -> f64 {
    let done = batch as f64 / batches_max as f64;
    first * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}
