//! The network: an LSTM over the window, and a head that sees its state and what is known of each step ahead.

use std::{collections::BTreeMap, sync::Arc};

use candle_core::{DType, Device, Result, Tensor, bail};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    attention::Attention,
    head::{Head, HeadWeights},
    sequence::{Lstm, LstmLayer, States},
};
use crate::quantiles::LEVELS;

/// Outputs per step: the quantiles of the step, then those of the largest value so far.
pub const OUTPUTS: usize = 2 * LEVELS.len();

/// How the states of the window become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The last state.
    Last,
    /// The last state and an attention-weighted mean of all (additive attention, Bahdanau et al. 2015).
    Attention,
}

impl Pooling {
    /// The other way.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Last => Self::Attention,
            Self::Attention => Self::Last,
        }
    }
}

/// Everything that decides the shapes of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkShape {
    /// Features of a row of the window.
    pub window_inputs: usize,
    /// Features of a step ahead.
    pub future_inputs: usize,
    /// Units of each LSTM layer.
    pub hidden: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Units of the head's hidden layer.
    pub head: usize,
    /// How the window's states become one.
    pub pooling: Pooling,
}

/// The most units of a part of the network, and the most layers: several times what helps, and far from what no memory holds.
const UNITS_MAX: usize = 1024;
const LAYERS_MAX: usize = 16;

impl NetworkShape {
    /// Whether there can be weights of this shape: it comes from a model card.
    #[must_use]
    pub(super) fn is_plausible(&self) -> bool {
        let units = 1..=UNITS_MAX;
        [self.window_inputs, self.future_inputs, self.hidden, self.head].iter().all(|part| units.contains(part))
            && (1..=LAYERS_MAX).contains(&self.layers)
    }

    /// Name and shape of every weight, PyTorch's names for the LSTM.
    #[must_use]
    pub fn weights(&self) -> Vec<(String, Vec<usize>)> {
        let mut weights = Vec::new();
        let mut add = |name: String, shape: &[usize]| weights.push((name, shape.to_vec()));
        for layer in 0..self.layers {
            let inputs = if layer == 0 { self.window_inputs } else { self.hidden };
            add(format!("lstm.weight_ih_l{layer}"), &[4 * self.hidden, inputs]);
            add(format!("lstm.weight_hh_l{layer}"), &[4 * self.hidden, self.hidden]);
            add(format!("lstm.bias_ih_l{layer}"), &[4 * self.hidden]);
            add(format!("lstm.bias_hh_l{layer}"), &[4 * self.hidden]);
        }
        if self.pooling == Pooling::Attention {
            add("attention.weight".to_owned(), &[self.hidden, self.hidden]);
            add("attention.bias".to_owned(), &[self.hidden]);
            add("attention.score".to_owned(), &[1, self.hidden]);
        }
        add("head.state.weight".to_owned(), &[self.head, self.state()]);
        add("head.future.weight".to_owned(), &[self.head, self.future_inputs]);
        add("head.bias".to_owned(), &[self.head]);
        add("head.out.weight".to_owned(), &[OUTPUTS, self.head]);
        add("head.out.bias".to_owned(), &[OUTPUTS]);
        weights
    }

    fn state(&self) -> usize {
        match self.pooling {
            Pooling::Last => self.hidden,
            Pooling::Attention => 2 * self.hidden,
        }
    }
}

/// Fresh weights: uniform within 1 / sqrt(fan), as PyTorch's LSTM; the head's last layer starts at zero, so that an
/// untrained network says what its baseline says.
///
/// # Errors
/// Where a tensor cannot be made.
pub fn initial_weights(shape: &NetworkShape, seed: u64) -> Result<BTreeMap<String, Tensor>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tensors = BTreeMap::new();
    for (name, dims) in shape.weights() {
        let fan = match name.split('.').next() {
            Some("lstm") => shape.hidden,
            Some("attention") => shape.hidden,
            _ => shape.state() + shape.future_inputs,
        };
        let bound = if name.starts_with("head.out") { 0.0 } else { (fan as f32).sqrt().recip() };
        let count = dims.iter().product();
        let values: Vec<f32> = (0..count).map(|_| (random.random::<f32>() * 2.0 - 1.0) * bound).collect();
        tensors.insert(name, Tensor::from_vec(values, dims, &Device::Cpu)?);
    }
    Ok(tensors)
}

/// The network over its weights.
#[derive(Debug, Clone)]
pub struct Network {
    lstm: Lstm,
    attention: Option<Attention>,
    head: Head,
}

impl Network {
    /// Puts the network together. Tensors are shared, not copied: training changes them in place.
    ///
    /// # Errors
    /// Where a weight is missing or of another shape; the message names it.
    pub fn new(shape: &NetworkShape, weights: &BTreeMap<String, Tensor>) -> Result<Self> {
        for (name, dims) in shape.weights() {
            match weights.get(&name) {
                Some(tensor) if tensor.dtype() != DType::F32 => {
                    bail!("weight `{name}` is of {:?} where a network has numbers of 32 bits", tensor.dtype())
                }
                Some(tensor) if tensor.dims() == dims => {}
                Some(tensor) => bail!("weight `{name}` has shape {:?} where the model card asks for {dims:?}", tensor.dims()),
                None => bail!("weight `{name}` is missing"),
            }
        }
        let take = |name: &str| weights[name].clone();
        let layer = |layer: usize| LstmLayer {
            weight_ih: take(&format!("lstm.weight_ih_l{layer}")),
            weight_hh: take(&format!("lstm.weight_hh_l{layer}")),
            bias_ih: take(&format!("lstm.bias_ih_l{layer}")),
            bias_hh: take(&format!("lstm.bias_hh_l{layer}")),
        };
        Ok(Self {
            lstm: Lstm::new((0..shape.layers).map(layer).collect())?,
            attention: (shape.pooling == Pooling::Attention).then(|| Attention {
                weight: take("attention.weight"),
                bias: take("attention.bias"),
                score: take("attention.score"),
                pool: Arc::default(),
            }),
            head: Head::new(HeadWeights {
                state: take("head.state.weight"),
                future: take("head.future.weight"),
                bias: take("head.bias"),
                out: take("head.out.weight"),
                out_bias: take("head.out.bias"),
            })?,
        })
    }

    /// Quantiles of the distance from the baseline, in the model's unit of change, of shape
    /// (batch, horizon, [`OUTPUTS`]); neither half of the outputs can cross.
    ///
    /// `window` is (steps, batch, window inputs), `future` is (batch, horizon, future inputs). `keep`, of shape
    /// (batch, horizon, head), multiplies the head's hidden layer: the dropout mask of training.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward(&self, window: &Tensor, future: &Tensor, keep: Option<&Tensor>) -> Result<Tensor> {
        self.head.forward(&self.state(window)?, future, keep)
    }

    /// The window as one vector per row of the batch.
    fn state(&self, window: &Tensor) -> Result<Tensor> {
        match &self.attention {
            None => self.lstm.forward(window, States::Last),
            Some(attention) => attention.forward(&self.lstm.forward(window, States::All)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pooling: Pooling) -> NetworkShape {
        NetworkShape { window_inputs: 3, future_inputs: 2, hidden: 4, layers: 2, head: 5, pooling }
    }

    fn run(pooling: Pooling, seed: u64) -> Vec<Vec<f32>> {
        let mut weights = initial_weights(&shape(pooling), seed).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let noise: Vec<f32> = (0..OUTPUTS * 5).map(|_| random.random::<f32>() * 8.0 - 4.0).collect();
        weights.insert("head.out.weight".to_owned(), Tensor::from_vec(noise, (OUTPUTS, 5), &Device::Cpu).unwrap());
        let network = Network::new(&shape(pooling), &weights).unwrap();
        let window = Tensor::from_vec((0..6 * 3).map(|i| (i as f32).sin()).collect::<Vec<_>>(), (3, 2, 3), &Device::Cpu).unwrap();
        let future =
            Tensor::from_vec((0..2 * 12 * 2).map(|i| (i as f32).cos()).collect::<Vec<_>>(), (2, 12, 2), &Device::Cpu).unwrap();
        let out = network.forward(&window, &future, None).unwrap();
        assert_eq!(out.dims(), [2, 12, OUTPUTS]);
        out.reshape((24, OUTPUTS)).unwrap().to_vec2().unwrap()
    }

    #[test]
    fn quantiles_never_cross_whatever_the_weights() {
        for (seed, pooling) in (0..20).flat_map(|seed| [(seed, Pooling::Last), (seed, Pooling::Attention)]) {
            for row in run(pooling, seed) {
                for half in row.chunks(LEVELS.len()) {
                    assert!(half.windows(2).all(|pair| pair[0] <= pair[1]), "{half:?}");
                }
            }
        }
    }

    #[test]
    fn a_seed_decides_the_weights() {
        assert_eq!(run(Pooling::Attention, 1), run(Pooling::Attention, 1));
        assert_ne!(run(Pooling::Attention, 1), run(Pooling::Attention, 2));
    }

    #[test]
    fn a_missing_weight_and_a_wrong_shape_are_named() {
        let mut weights = initial_weights(&shape(Pooling::Last), 0).unwrap();
        weights.remove("head.bias");
        assert!(Network::new(&shape(Pooling::Last), &weights).unwrap_err().to_string().contains("`head.bias` is missing"));
        let other = NetworkShape { hidden: 8, ..shape(Pooling::Last) };
        assert!(Network::new(&other, &weights).unwrap_err().to_string().contains("`lstm.weight_ih_l0` has shape [16, 3]"));
    }
}
