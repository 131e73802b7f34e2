//! LSTM layers over whole sequences as one operation of candle's graph, with its backward pass by hand.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::{
    buffers::{Pool, contiguous, with_f32},
    layer::{Backward, Forward, Gradients, LayerWeights, Pack, PackedLayer, Room, Sizes, Tape},
};

/// The weights of one layer, with PyTorch's names and shapes: contiguous f32 on the CPU.
#[derive(Debug, Clone)]
pub struct LstmLayer {
    /// Shape (4 hidden, inputs): input, forget, cell and output gate.
    pub weight_ih: Tensor,
    /// Shape (4 hidden, hidden).
    pub weight_hh: Tensor,
    /// Shape (4 hidden).
    pub bias_ih: Tensor,
    /// Shape (4 hidden).
    pub bias_hh: Tensor,
}

/// Which hidden states of the last layer are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum States {
    /// Those of every step, of shape (steps, batch, hidden).
    All,
    /// Those of the last step, of shape (batch, hidden).
    Last,
}

/// Layers, each over the states of the one before.
///
/// Clones share weights, and the buffers that a forward pass leaves for the next.
#[derive(Debug, Clone)]
pub struct Lstm {
    layers: Vec<LstmLayer>,
    inputs: usize,
    hidden: usize,
    /// Where no weight is a variable, they are packed once and for all.
    packed: Option<Arc<Vec<PackedLayer>>>,
    pool: Arc<Pool<Buffers>>,
}

impl Lstm {
    /// Puts layers on top of each other. Tensors are shared, not copied: training may change variables among them in place.
    /// Weights that are no variables must stay as they are.
    ///
    /// # Errors
    /// Where there is no layer, or shapes do not fit.
    pub fn new(layers: Vec<LstmLayer>) -> Result<Self> {
        let Some(first) = layers.first() else { bail!("an LSTM has at least one layer") };
        let (inputs, hidden) = (first.weight_ih.dim(1)?, first.weight_hh.dim(1)?);
        for (number, layer) in layers.iter().enumerate() {
            let inputs = if number == 0 { inputs } else { hidden };
            let found = [&layer.weight_ih, &layer.weight_hh, &layer.bias_ih, &layer.bias_hh];
            let expected: [&[usize]; 4] = [&[4 * hidden, inputs], &[4 * hidden, hidden], &[4 * hidden], &[4 * hidden]];
            if found.iter().zip(expected).any(|(tensor, dims)| tensor.dims() != dims) {
                let found = found.map(Tensor::dims);
                bail!(
                    "layer {number} of {hidden} hidden units over {inputs} inputs has weights of shape {expected:?}, not {found:?}"
                );
            }
        }
        let mut lstm = Self { layers, inputs, hidden, packed: None, pool: Arc::default() };
        if !lstm.weights().any(Tensor::track_op) {
            let flat = lstm.flat_weights()?;
            let mut packed = Vec::new();
            with_f32(&flat, |flat| pack(&lstm.sizes(1, 1), flat, &mut packed))?;
            lstm.packed = Some(Arc::new(packed));
        }
        Ok(lstm)
    }

    /// The hidden states over `x`, of shape (steps, batch, inputs).
    ///
    /// # Errors
    /// Where `x` has another shape or is no f32 tensor on the CPU.
    pub fn forward(&self, x: &Tensor, states: States) -> Result<Tensor> {
        let (steps, batch, inputs) = x.dims3()?;
        if inputs != self.inputs || steps == 0 || batch == 0 {
            bail!("the LSTM takes (steps, batch, {}) with at least one step and row, not {:?}", self.inputs, x.dims());
        }
        let sizes = self.sizes(steps, batch);
        let x = x.contiguous()?;
        match &self.packed {
            Some(packed) if !x.track_op() => {
                let mut buffers = self.pool.take();
                let result = with_f32(&x, |x| run(&sizes, x, packed, &mut buffers.tapes, states, false));
                self.pool.put(buffers);
                Tensor::from_vec(result?, shape(&sizes, states), x.device())
            }
            _ => x.apply_op2(
                &self.flat_weights()?,
                Sequence { sizes, states, pool: Arc::clone(&self.pool), taped: Mutex::default() },
            ),
        }
    }

    fn weights(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flat_map(|layer| [&layer.weight_ih, &layer.weight_hh, &layer.bias_ih, &layer.bias_hh])
    }

    /// An operation of candle has at most three arguments: all weights in a row are one.
    fn flat_weights(&self) -> Result<Tensor> {
        let flat = self.weights().map(Tensor::flatten_all).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&flat, 0)
    }

    fn sizes(&self, steps: usize, batch: usize) -> Vec<Sizes> {
        let inputs = |layer: usize| if layer == 0 { self.inputs } else { self.hidden };
        (0..self.layers.len()).map(|layer| Sizes { steps, batch, inputs: inputs(layer), hidden: self.hidden }).collect()
    }
}

/// What a forward pass fills and a backward pass uses up.
#[derive(Debug, Default)]
struct Buffers {
    packed: Vec<PackedLayer>,
    tapes: Vec<Tape>,
    room: Room,
    /// Gradients of the states between two layers.
    between: [Vec<f32>; 2],
}

/// The parts of flat weights, layer by layer.
fn split<'a>(sizes: &'a [Sizes], mut flat: &'a [f32]) -> impl Iterator<Item = LayerWeights<'a>> {
    sizes.iter().map(move |sizes| {
        let mut take = |count: usize| {
            let (part, rest) = flat.split_at(count);
            flat = rest;
            part
        };
        let gates = 4 * sizes.hidden;
        LayerWeights {
            weight_ih: take(gates * sizes.inputs),
            weight_hh: take(gates * sizes.hidden),
            bias_ih: take(gates),
            bias_hh: take(gates),
        }
    })
}

fn pack(sizes: &[Sizes], flat: &[f32], packed: &mut Vec<PackedLayer>) {
    packed.resize_with(sizes.len(), PackedLayer::default);
    for ((sizes, weights), to) in sizes.iter().zip(split(sizes, flat)).zip(packed) {
        pulp::Arch::new().dispatch(Pack { inputs: sizes.inputs, hidden: sizes.hidden, weights, to });
    }
}

/// Runs layer after layer and gives a copy of the states that are wanted.
fn run(sizes: &[Sizes], x: &[f32], packed: &[PackedLayer], tapes: &mut Vec<Tape>, states: States, keep: bool) -> Vec<f32> {
    tapes.resize_with(sizes.len(), Tape::default);
    let mut result = Vec::new();
    for (layer, &size) in sizes.iter().enumerate() {
        let (below, tapes) = tapes.split_at_mut(layer);
        let x = below.last().map_or(x, |tape| tape.states(sizes[layer - 1]));
        let last = states == States::Last && layer + 1 == sizes.len();
        let end =
            pulp::Arch::new().dispatch(Forward { sizes: size, x, weights: &packed[layer], tape: &mut tapes[0], keep, last });
        if last {
            result = end.to_vec();
        }
    }
    match (states, sizes.last(), tapes.last()) {
        (States::All, Some(&sizes), Some(tape)) => tape.states(sizes).to_vec(),
        _ => result,
    }
}

fn shape(sizes: &[Sizes], states: States) -> Shape {
    let Sizes { steps, batch, hidden, .. } = sizes[0];
    match states {
        States::All => (steps, batch, hidden).into(),
        States::Last => (batch, hidden).into(),
    }
}

struct Sequence {
    sizes: Vec<Sizes>,
    states: States,
    pool: Arc<Pool<Buffers>>,
    /// Filled by the forward pass, taken by the backward pass.
    taped: Mutex<Option<Buffers>>,
}

impl Sequence {
    fn taped(&self) -> Option<Buffers> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gradients of `x`, where it is wanted, and of the flat weights, from that of the result.
    fn backward(
        &self,
        x: &[f32],
        flat: &[f32],
        grad: &[f32],
        buffers: &mut Buffers,
        with_x: bool,
    ) -> (Option<Vec<f32>>, Vec<f32>) {
        let Buffers { tapes, room, between: [above, below], .. } = buffers;
        let mut grad_x = with_x.then(|| vec![0.0; x.len()]);
        let mut grad_flat = vec![0.0; flat.len()];
        let mut rest = grad_flat.as_mut_slice();
        let weights: Vec<_> = split(&self.sizes, flat).collect();
        for (layer, &sizes) in self.sizes.iter().enumerate().rev() {
            let gates = 4 * sizes.hidden;
            let (earlier, own) = rest.split_at_mut(rest.len() - gates * (sizes.inputs + sizes.hidden + 2));
            rest = earlier;
            let (weight_ih, own) = own.split_at_mut(gates * sizes.inputs);
            let (weight_hh, own) = own.split_at_mut(gates * sizes.hidden);
            let (bias, other_bias) = own.split_at_mut(gates);
            let (lower, tapes) = tapes.split_at_mut(layer);
            let x = lower.last().map_or(x, |tape| tape.states(self.sizes[layer - 1]));
            below.resize(if layer > 0 { x.len() } else { 0 }, 0.0);
            let to = if layer > 0 { Some(below.as_mut_slice()) } else { grad_x.as_deref_mut() };
            pulp::Arch::new().dispatch(Backward {
                sizes,
                x,
                weights: weights[layer],
                tape: &mut tapes[0],
                grad: if layer + 1 == self.sizes.len() { grad } else { above },
                to: Gradients { weight_ih, weight_hh, bias: &mut *bias, x: to },
                room,
            });
            other_bias.copy_from_slice(bias);
            std::mem::swap(above, below);
        }
        (grad_x, grad_flat)
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        if let Some(buffers) = self.taped() {
            self.pool.put(buffers);
        }
    }
}

impl CustomOp2 for Sequence {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, x_at: &Layout, weights: &CpuStorage, weights_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut buffers = self.pool.take();
        pack(&self.sizes, contiguous(weights, weights_at)?, &mut buffers.packed);
        let x = contiguous(x, x_at)?;
        let result = run(&self.sizes, x, &buffers.packed, &mut buffers.tapes, self.states, true);
        *self.taped.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffers);
        Ok((CpuStorage::F32(result), shape(&self.sizes, self.states)))
    }

    fn bwd(&self, x: &Tensor, weights: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(mut buffers) = self.taped() else { bail!("the LSTM's backward pass can run once per forward pass") };
        let grad = grad.contiguous()?;
        let with_x = x.track_op();
        let run = |x: &[f32]| {
            with_f32(weights, |weights| with_f32(&grad, |grad| self.backward(x, weights, grad, &mut buffers, with_x)))
        };
        let (grad_x, grad_weights) = with_f32(x, run)???;
        self.pool.put(buffers);
        let grad_x = grad_x.map(|values| Tensor::from_vec(values, x.shape(), x.device())).transpose()?;
        Ok((grad_x, Some(Tensor::from_vec(grad_weights, weights.shape(), weights.device())?)))
    }
}
