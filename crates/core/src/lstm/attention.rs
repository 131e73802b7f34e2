//! Additive attention over the window's states (Bahdanau et al. 2015) as one operation of candle's graph, with its backward
//! pass by hand.
//!
//! With `e_t = tanh(W s_t + b)`: the weights of the steps are the softmax of `v e_t`, and what comes out is the mean of the
//! states under these weights, and beside it the last state.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use pulp::{Simd, WithSimd};

use super::{
    activation::tanh,
    buffers::{Pool, contiguous, make_room, with_f32},
    lanes::{add_scaled, dot, fill_rows, load, store},
    product::{Packed, add_product, add_transposed_products},
};

/// The weights of the attention.
#[derive(Debug, Clone)]
pub(super) struct Attention {
    /// Shape (hidden, hidden).
    pub(super) weight: Tensor,
    /// Shape (hidden).
    pub(super) bias: Tensor,
    /// Shape (1, hidden).
    pub(super) score: Tensor,
    pub(super) pool: Arc<Pool<Buffers>>,
}

impl Attention {
    /// The mean of the states under their weights and the last state, of shape (batch, 2 hidden), for `states` of shape
    /// (steps, batch, hidden).
    pub(super) fn forward(&self, states: &Tensor) -> Result<Tensor> {
        let (steps, batch, hidden) = states.dims3()?;
        let flat = [&self.weight, &self.bias, &self.score].map(Tensor::flatten_all).into_iter().collect::<Result<Vec<_>>>()?;
        let sizes = Sizes { steps, batch, hidden };
        let op = AttentionOp { sizes, pool: Arc::clone(&self.pool), taped: Mutex::default() };
        states.contiguous()?.apply_op2(&Tensor::cat(&flat, 0)?, op)
    }
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    steps: usize,
    batch: usize,
    hidden: usize,
}

/// What a forward pass fills and a backward pass uses up.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    packed: Packed,
    /// What was met by the gradients of the energies.
    met: Packed,
    strips: Vec<f32>,
    /// Energies, (steps, batch, hidden).
    energies: Vec<f32>,
    /// Weights of the steps, (steps, batch).
    weights: Vec<f32>,
    grad_weights: Vec<f32>,
}

struct Forward<'a> {
    sizes: Sizes,
    states: &'a [f32],
    flat: &'a [f32],
    buffers: &'a mut Buffers,
    /// Zeros at first, (batch, 2 hidden).
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes: Sizes { steps, batch, hidden }, states, flat, buffers, out } = self;
        let (weight, rest) = flat.split_at(hidden * hidden);
        let (bias, score) = rest.split_at(hidden);
        let row = batch * hidden;
        buffers.packed.pack_transposed(simd, weight, hidden, hidden);
        make_room(&mut buffers.energies, steps * row);
        make_room(&mut buffers.weights, steps * batch);
        let weights = &mut buffers.weights[..steps * batch];
        let energies = buffers.energies[..steps * row].chunks_exact_mut(row);
        for ((states, energies), weights) in states.chunks_exact(row).zip(energies).zip(weights.chunks_exact_mut(batch)) {
            fill_rows(simd, bias, energies);
            add_product(simd, states, &buffers.packed, energies);
            for values in energies.chunks_mut(S::F32_LANES) {
                let energy = tanh(simd, load(simd, values));
                store(simd, values, energy);
            }
            for (weight, energy) in weights.iter_mut().zip(energies.chunks_exact(hidden)) {
                *weight = dot(simd, energy, score);
            }
        }
        for origin in 0..batch {
            let steps_of = || (origin..steps * batch).step_by(batch);
            let largest = steps_of().map(|at| weights[at]).fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for at in steps_of() {
                weights[at] = (weights[at] - largest).exp();
                sum += weights[at];
            }
            let (mean, last) = out[origin * 2 * hidden..][..2 * hidden].split_at_mut(hidden);
            for at in steps_of() {
                weights[at] /= sum;
                add_scaled(simd, mean, weights[at], &states[at * hidden..][..hidden]);
            }
            last.copy_from_slice(&states[(steps - 1) * row + origin * hidden..][..hidden]);
        }
    }
}

struct Backward<'a> {
    sizes: Sizes,
    states: &'a [f32],
    flat: &'a [f32],
    buffers: &'a mut Buffers,
    grad: &'a [f32],
    /// Zeros at first.
    grad_states: &'a mut [f32],
    /// Zeros at first.
    grad_flat: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes: Sizes { steps, batch, hidden }, states, flat, buffers, grad, grad_states, grad_flat } = self;
        let (weight, rest) = flat.split_at(hidden * hidden);
        let score = &rest[hidden..];
        let (grad_weight, rest) = grad_flat.split_at_mut(hidden * hidden);
        let (grad_bias, grad_score) = rest.split_at_mut(hidden);
        let row = batch * hidden;
        buffers.packed.pack(simd, weight, hidden, hidden);
        make_room(&mut buffers.grad_weights, steps * batch);
        let (weights, grad_weights) = (&buffers.weights[..steps * batch], &mut buffers.grad_weights[..steps * batch]);
        for origin in 0..batch {
            let steps_of = || (origin..steps * batch).step_by(batch);
            let (from_mean, from_last) = grad[origin * 2 * hidden..][..2 * hidden].split_at(hidden);
            let mut mean = 0.0;
            for at in steps_of() {
                let span = at * hidden..(at + 1) * hidden;
                grad_weights[at] = dot(simd, from_mean, &states[span.clone()]);
                mean += weights[at] * grad_weights[at];
                add_scaled(simd, &mut grad_states[span], weights[at], from_mean);
            }
            add_scaled(simd, &mut grad_states[(steps - 1) * row + origin * hidden..][..hidden], 1.0, from_last);
            // From here on the gradients of the scores.
            for at in steps_of() {
                grad_weights[at] = weights[at] * (grad_weights[at] - mean);
            }
        }
        let one = simd.splat_f32s(1.0);
        for t in 0..steps {
            let energies = &mut buffers.energies[t * row..][..row];
            for (energy, &from_score) in energies.chunks_exact_mut(hidden).zip(&grad_weights[t * batch..]) {
                add_scaled(simd, grad_score, from_score, energy);
                let factor = simd.splat_f32s(from_score);
                for (values, score) in energy.chunks_mut(S::F32_LANES).zip(score.chunks(S::F32_LANES)) {
                    let energy = load(simd, values);
                    let slope = simd.negate_mul_add_e_f32s(energy, energy, one);
                    store(simd, values, simd.mul_f32s(simd.mul_f32s(factor, load(simd, score)), slope));
                }
                add_scaled(simd, grad_bias, 1.0, energy);
            }
            let states = &states[t * row..][..row];
            buffers.met.pack(simd, states, batch, hidden);
            let products = &mut [(&buffers.met, &mut *grad_weight)];
            add_transposed_products(simd, energies, products, &mut buffers.strips);
            add_product(simd, energies, &buffers.packed, &mut grad_states[t * row..][..row]);
        }
    }
}

struct AttentionOp {
    sizes: Sizes,
    pool: Arc<Pool<Buffers>>,
    /// Filled by the forward pass, taken by the backward pass.
    taped: Mutex<Option<Buffers>>,
}

impl AttentionOp {
    fn taped(&self) -> Option<Buffers> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for AttentionOp {
    fn drop(&mut self) {
        if let Some(buffers) = self.taped() {
            self.pool.put(buffers);
        }
    }
}

impl CustomOp2 for AttentionOp {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        states: &CpuStorage,
        states_at: &Layout,
        flat: &CpuStorage,
        flat_at: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (sizes, mut buffers) = (self.sizes, self.pool.take());
        let mut out = vec![0.0; sizes.batch * 2 * sizes.hidden];
        let (states, flat) = (contiguous(states, states_at)?, contiguous(flat, flat_at)?);
        pulp::Arch::new().dispatch(Forward { sizes, states, flat, buffers: &mut buffers, out: &mut out });
        *self.taped.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffers);
        Ok((CpuStorage::F32(out), (sizes.batch, 2 * sizes.hidden).into()))
    }

    fn bwd(&self, states: &Tensor, flat: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(mut buffers) = self.taped() else { bail!("the attention's backward pass can run once per forward pass") };
        let grad = grad.contiguous()?;
        let (mut grad_states, mut grad_flat) = (vec![0.0; states.elem_count()], vec![0.0; flat.elem_count()]);
        let (to_states, to_flat, to_buffers) = (&mut grad_states[..], &mut grad_flat[..], &mut buffers);
        with_f32(states, |states| {
            with_f32(flat, |flat| {
                with_f32(&grad, |grad| {
                    let (sizes, buffers, grad_states, grad_flat) = (self.sizes, to_buffers, to_states, to_flat);
                    pulp::Arch::new().dispatch(Backward { sizes, states, flat, buffers, grad, grad_states, grad_flat });
                })
            })
        })???;
        self.pool.put(buffers);
        Ok((
            Some(Tensor::from_vec(grad_states, states.shape(), states.device())?),
            Some(Tensor::from_vec(grad_flat, flat.shape(), flat.device())?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn var(shape: &[usize], shift: f32) -> Var {
        let values = (0..shape.iter().product()).map(|i: usize| ((i as f32 + shift) * 0.7).sin()).collect::<Vec<f32>>();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// The same in plain operations, with candle's own gradients.
    fn plain(attention: &Attention, states: &Tensor) -> Result<Tensor> {
        let (steps, batch, hidden) = states.dims3()?;
        let flat = states.reshape((steps * batch, hidden))?;
        let energy = flat.matmul(&attention.weight.t()?)?.broadcast_add(&attention.bias)?.tanh()?;
        let score = energy.matmul(&attention.score.t()?)?.reshape((steps, batch))?;
        let weight = score.exp()?.broadcast_div(&score.exp()?.sum_keepdim(0)?)?.unsqueeze(2)?;
        Tensor::cat(&[states.broadcast_mul(&weight)?.sum(0)?, states.get(steps - 1)?], 1)
    }

    fn assert_close(name: &str, ours: &Tensor, plain: &Tensor) {
        let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (ours, plain) = (flat(ours), flat(plain));
        let size = plain.iter().fold(1.0_f32, |size, value| size.max(value.abs()));
        for (ours, plain) in ours.into_iter().zip(plain) {
            assert!((ours - plain).abs() < 1e-5 * size, "{name}: {ours} is not {plain}");
        }
    }

    #[test]
    fn pooled_states_and_gradients_equal_those_of_plain_operations() {
        for (steps, batch, hidden) in [(1, 1, 1), (5, 3, 7), (36, 19, 32), (4, 2, 50)] {
            let (weight, bias, score) = (var(&[hidden, hidden], 0.1), var(&[hidden], 0.2), var(&[1, hidden], 0.3));
            let states = var(&[steps, batch, hidden], 0.4);
            let [weight_of, bias_of, score_of] = [&weight, &bias, &score].map(|var| var.as_tensor().clone());
            let attention = Attention { weight: weight_of, bias: bias_of, score: score_of, pool: Arc::default() };
            // The second pass works in the buffers of the first.
            for _ in 0..2 {
                let (ours, theirs) = (attention.forward(&states).unwrap(), plain(&attention, &states).unwrap());
                assert_close("pooled", &ours, &theirs);
                let by = var(&[batch, 2 * hidden], 0.5).as_detached_tensor();
                let gradients = |out: &Tensor| (out * &by).unwrap().sum_all().unwrap().backward().unwrap();
                let (ours, theirs) = (gradients(&ours), gradients(&theirs));
                for (name, var) in [("weight", &weight), ("bias", &bias), ("score", &score), ("states", &states)] {
                    assert_close(name, ours.get(var).unwrap(), theirs.get(var).unwrap());
                }
            }
        }
    }
}
