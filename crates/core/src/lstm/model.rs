//! A trained LSTM: weights, and the card that says how to use them.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::{
    inputs::{InputSpec, InputTable},
    network::{Network, NetworkShape, OUTPUTS},
};
use crate::{
    features::FEATURE_SET_VERSION,
    forecast::{HORIZON, Outlook},
    frame::Frame,
    quantiles::{LEVELS, Quantiles},
};

/// Weights by name.
pub type Weights = BTreeMap<String, Tensor>;

/// Origins that are run through the network at once: few enough for their activations to stay in cache.
pub const CHUNK: usize = 64;

/// Why a stored model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The card was written for other features.
    #[error(
        "the model was trained with feature set {found}, this version of Headroom uses {FEATURE_SET_VERSION}: retrain it with `trainer train`"
    )]
    FeatureSet {
        /// The version on the card.
        found: u32,
    },
    /// The network takes another number of inputs than the card's features give.
    #[error("the model expects {expected} inputs, its features give {found}: retrain it with `trainer train`")]
    Inputs {
        /// What the network takes.
        expected: usize,
        /// What the features give.
        found: usize,
    },
    /// The weights are cut short, altered or not safetensors at all.
    #[error(
        "the weights cannot be read ({0}): retrain with `trainer train`, or serve the previous model with `trainer rollback`"
    )]
    Weights(String),
}

/// A network with everything that it needs to forecast; a clone shares its weights.
#[derive(Debug, Clone)]
pub struct LstmModel {
    inputs: InputSpec,
    shape: NetworkShape,
    network: Network,
    weights: Weights,
}

impl LstmModel {
    /// Puts a model together from weights in memory.
    ///
    /// # Errors
    /// [`LoadError`] where inputs, shape and weights do not fit each other.
    pub fn new(inputs: InputSpec, shape: NetworkShape, weights: Weights) -> Result<Self, LoadError> {
        if inputs.feature_set_version != FEATURE_SET_VERSION {
            return Err(LoadError::FeatureSet { found: inputs.feature_set_version });
        }
        let found = inputs.window_inputs();
        if (shape.window_inputs, shape.future_inputs) != (found, inputs.future_inputs()) {
            return Err(LoadError::Inputs { expected: shape.window_inputs, found });
        }
        if !shape.is_plausible() {
            return Err(LoadError::Weights(format!("the model card tells of a network of another size than any: {shape:?}")));
        }
        let network = Network::new(&shape, &weights).map_err(|error| LoadError::Weights(error.to_string()))?;
        Ok(Self { inputs, shape, network, weights })
    }

    /// Reads weights in safetensors form.
    ///
    /// # Errors
    /// [`LoadError`] where they are cut short or do not fit.
    pub fn from_safetensors(inputs: InputSpec, shape: NetworkShape, bytes: &[u8]) -> Result<Self, LoadError> {
        let weights = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|error| LoadError::Weights(error.to_string()))?
            .into_iter()
            .collect();
        Self::new(inputs, shape, weights)
    }

    /// The weights in safetensors form: the same weights give the same bytes.
    #[must_use]
    pub fn to_safetensors(&self) -> Vec<u8> {
        safetensors::serialize(&self.weights, None).expect("weights are contiguous f32 tensors")
    }

    /// The weights by name.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What was fitted before training.
    #[must_use]
    pub fn inputs(&self) -> &InputSpec {
        &self.inputs
    }

    /// The shape of the network.
    #[must_use]
    pub fn shape(&self) -> &NetworkShape {
        &self.shape
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the model says at each of `origins`, from each of which [`Frame::can_forecast`], in the target's unit.
    #[must_use]
    pub fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook> {
        let table = InputTable::new(frame, &self.inputs);
        origins.chunks(CHUNK).flat_map(|chunk| self.forecast_chunk(&table, chunk)).collect()
    }

    fn forecast_chunk(&self, table: &InputTable<'_>, origins: &[usize]) -> Vec<Outlook> {
        let run = || -> candle_core::Result<Vec<Outlook>> {
            let batch = table.batch(origins)?;
            let changes: Vec<f32> = self.network.forward(&batch.window, &batch.future, None)?.flatten_all()?.to_vec1()?;
            let outlook = |(index, changes): (usize, &[f32])| {
                let (points, scale) = (&batch.points[index], batch.scales[index] * self.inputs.change);
                let quantiles = |h: usize, first: usize, point: f64| {
                    let at = |k: usize| point + scale * f64::from(changes[h * OUTPUTS + first + k]);
                    Quantiles::rectified(std::array::from_fn(at))
                };
                let peak = |h: usize| points[..=h].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Outlook {
                    steps: std::array::from_fn(|h| quantiles(h, 0, points[h])),
                    peaks: std::array::from_fn(|h| quantiles(h, LEVELS.len(), peak(h))),
                }
            };
            Ok(changes.chunks_exact(HORIZON * OUTPUTS).enumerate().map(outlook).collect())
        };
        run().expect("shapes were checked when the model was put together")
    }
}
