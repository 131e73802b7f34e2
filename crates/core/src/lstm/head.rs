//! The head as one operation of candle's graph, with its backward pass by hand.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::{
    buffers::{Pool, contiguous, with_f32},
    perceptron::{HeadBackward, HeadForward, HeadRoom, HeadSizes, HeadTape, PackHead, PackedHead},
};
use crate::quantiles::LEVELS;

/// The weights of the head.
#[derive(Debug, Clone)]
pub(super) struct HeadWeights {
    /// Shape (hidden, state).
    pub(super) state: Tensor,
    /// Shape (hidden, future inputs).
    pub(super) future: Tensor,
    /// Shape (hidden).
    pub(super) bias: Tensor,
    /// Shape (outputs, hidden).
    pub(super) out: Tensor,
    /// Shape (outputs).
    pub(super) out_bias: Tensor,
}

/// One hidden layer over the window's state and what is known of each step ahead, then quantiles that cannot cross.
#[derive(Debug, Clone)]
pub(super) struct Head {
    weights: HeadWeights,
    /// Where no weight is a variable, they are packed once and for all.
    packed: Option<Arc<PackedHead>>,
    pool: Arc<Pool<Buffers>>,
}

/// What a forward pass fills and a backward pass uses up.
#[derive(Debug, Default)]
struct Buffers {
    packed: PackedHead,
    tape: HeadTape,
    room: HeadRoom,
}

impl Head {
    pub(super) fn new(weights: HeadWeights) -> Result<Self> {
        let mut head = Self { weights, packed: None, pool: Arc::default() };
        if !head.all_weights().iter().any(|weight| weight.track_op()) {
            let sizes = head.sizes(0, 0)?;
            let mut packed = PackedHead::default();
            let pack = |flat: &[f32]| pulp::Arch::new().dispatch(PackHead { sizes, flat, to: &mut packed });
            with_f32(&head.flat_weights()?, pack)?;
            head.packed = Some(Arc::new(packed));
        }
        Ok(head)
    }

    /// Quantiles of shape (batch, horizon, outputs), for `state` of shape (batch, state) and `future` of shape (batch,
    /// horizon, future inputs). `keep`, of shape (batch, horizon, hidden), multiplies the hidden layer.
    pub(super) fn forward(&self, state: &Tensor, future: &Tensor, keep: Option<&Tensor>) -> Result<Tensor> {
        let (batch, horizon, inputs) = future.dims3()?;
        let sizes = self.sizes(batch, horizon)?;
        let fits = keep.is_none_or(|keep| keep.dims() == [batch, horizon, sizes.hidden]);
        if state.dims() != [batch, sizes.state] || inputs != sizes.future || !fits {
            bail!("the head of {sizes:?} does not take {:?}, {:?} and {:?}", state.dims(), future.dims(), keep.map(Tensor::dims));
        }
        let (future, keep) = (future.contiguous()?, keep.map(Tensor::contiguous).transpose()?);
        let state = state.contiguous()?;
        match &self.packed {
            Some(packed) if !state.track_op() => {
                let mut buffers = self.pool.take();
                let result = with_f32(&state, |state| run(sizes, state, &future, keep.as_ref(), packed, &mut buffers.tape));
                self.pool.put(buffers);
                Tensor::from_vec(result??, (batch, horizon, sizes.outputs), state.device())
            }
            _ => {
                let op = HeadOp { sizes, future, keep, pool: Arc::clone(&self.pool), taped: Mutex::default() };
                state.apply_op2(&self.flat_weights()?, op)
            }
        }
    }

    fn all_weights(&self) -> [&Tensor; 5] {
        let HeadWeights { state, future, bias, out, out_bias } = &self.weights;
        [state, future, bias, out, out_bias]
    }

    fn flat_weights(&self) -> Result<Tensor> {
        let flat = self.all_weights().into_iter().map(Tensor::flatten_all).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&flat, 0)
    }

    fn sizes(&self, batch: usize, horizon: usize) -> Result<HeadSizes> {
        let (hidden, state) = self.weights.state.dims2()?;
        let (future, outputs) = (self.weights.future.dim(1)?, self.weights.out.dim(0)?);
        Ok(HeadSizes { batch, horizon, state, future, hidden, outputs, levels: LEVELS.len() })
    }
}

fn run(
    sizes: HeadSizes,
    state: &[f32],
    future: &Tensor,
    keep: Option<&Tensor>,
    weights: &PackedHead,
    tape: &mut HeadTape,
) -> Result<Vec<f32>> {
    let mut result = vec![0.0; sizes.batch * sizes.horizon * sizes.outputs];
    with_inputs(future, keep, |future, keep| {
        pulp::Arch::new().dispatch(HeadForward { sizes, state, future, keep, weights, tape, quantiles: &mut result });
    })?;
    Ok(result)
}

fn with_inputs<T>(future: &Tensor, keep: Option<&Tensor>, work: impl FnOnce(&[f32], Option<&[f32]>) -> T) -> Result<T> {
    with_f32(future, |future| match keep {
        Some(keep) => with_f32(keep, |keep| work(future, Some(keep))),
        None => Ok(work(future, None)),
    })?
}

struct HeadOp {
    sizes: HeadSizes,
    future: Tensor,
    keep: Option<Tensor>,
    pool: Arc<Pool<Buffers>>,
    /// Filled by the forward pass, taken by the backward pass.
    taped: Mutex<Option<Buffers>>,
}

impl HeadOp {
    fn taped(&self) -> Option<Buffers> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for HeadOp {
    fn drop(&mut self) {
        if let Some(buffers) = self.taped() {
            self.pool.put(buffers);
        }
    }
}

impl CustomOp2 for HeadOp {
    fn name(&self) -> &'static str {
        "head"
    }

    fn cpu_fwd(&self, state: &CpuStorage, state_at: &Layout, flat: &CpuStorage, flat_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut buffers = self.pool.take();
        let Buffers { packed, tape, .. } = &mut buffers;
        pulp::Arch::new().dispatch(PackHead { sizes: self.sizes, flat: contiguous(flat, flat_at)?, to: packed });
        let result = run(self.sizes, contiguous(state, state_at)?, &self.future, self.keep.as_ref(), packed, tape)?;
        *self.taped.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffers);
        Ok((CpuStorage::F32(result), (self.sizes.batch, self.sizes.horizon, self.sizes.outputs).into()))
    }

    fn bwd(&self, state: &Tensor, flat: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(mut buffers) = self.taped() else { bail!("the head's backward pass can run once per forward pass") };
        let grad = grad.contiguous()?;
        let (mut grad_state, mut grad_flat) = (vec![0.0; state.elem_count()], vec![0.0; flat.elem_count()]);
        let Buffers { tape, room, .. } = &mut buffers;
        let (to_state, to_flat) = (&mut grad_state[..], &mut grad_flat[..]);
        with_f32(state, |state| {
            with_f32(flat, |flat| {
                with_f32(&grad, |grad| {
                    with_inputs(&self.future, self.keep.as_ref(), |future, keep| {
                        let (grad_state, grad_flat, sizes) = (to_state, to_flat, self.sizes);
                        pulp::Arch::new().dispatch(HeadBackward {
                            sizes,
                            state,
                            future,
                            keep,
                            flat,
                            tape,
                            grad,
                            grad_state,
                            grad_flat,
                            room,
                        });
                    })
                })
            })
        })????;
        self.pool.put(buffers);
        Ok((
            Some(Tensor::from_vec(grad_state, state.shape(), state.device())?),
            Some(Tensor::from_vec(grad_flat, flat.shape(), flat.device())?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::lstm::OUTPUTS;

    fn var(shape: &[usize], shift: f32, size: f32) -> Var {
        let values = (0..shape.iter().product()).map(|i: usize| ((i as f32 + shift) * 0.7).sin() * size).collect::<Vec<f32>>();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// The same in plain operations, with candle's own gradients.
    fn plain(weights: &[Var; 5], state: &Tensor, future: &Tensor, keep: Option<&Tensor>) -> Result<Tensor> {
        let softplus = |x: &Tensor| x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
        let [to_state, to_future, bias, out, out_bias] = weights;
        let (batch, horizon, inputs) = future.dims3()?;
        let from_state = state.matmul(&to_state.t()?)?.broadcast_add(bias)?;
        let from_future = future.reshape((batch * horizon, inputs))?.matmul(&to_future.t()?)?;
        let hidden = from_future.reshape((batch, horizon, ()))?.broadcast_add(&from_state.unsqueeze(1)?)?.relu()?;
        let hidden = keep.map_or_else(|| Ok(hidden.clone()), |keep| &hidden * keep)?;
        let raw = hidden.reshape((batch * horizon, ()))?.matmul(&out.t()?)?.broadcast_add(out_bias)?;
        let raw = raw.reshape((batch, horizon, OUTPUTS))?;
        let mut quantiles = Vec::new();
        for first in [0, LEVELS.len()] {
            let at = |k: usize| raw.narrow(2, first + k, 1);
            let mut upper = at(1)?;
            quantiles.extend([(&upper - softplus(&at(0)?)?)?, upper.clone()]);
            for k in 2..LEVELS.len() {
                upper = (upper + softplus(&at(k)?)?)?;
                quantiles.push(upper.clone());
            }
        }
        Tensor::cat(&quantiles, 2)
    }

    fn flat(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn assert_close(name: &str, ours: &Tensor, plain: &Tensor) {
        let (ours, plain) = (flat(ours), flat(plain));
        let size = plain.iter().fold(1.0_f32, |size, value| size.max(value.abs()));
        for (ours, plain) in ours.into_iter().zip(plain) {
            assert!((ours - plain).abs() < 1e-5 * size, "{name}: {ours} is not {plain}");
        }
    }

    #[test]
    fn quantiles_and_gradients_equal_those_of_plain_operations() {
        for (batch, horizon, inputs, width, hidden) in [(1, 1, 1, 1, 1), (3, 2, 5, 4, 7), (21, 12, 27, 32, 64)] {
            let weights = [
                var(&[hidden, width], 0.1, 0.5),
                var(&[hidden, inputs], 0.2, 0.5),
                var(&[hidden], 0.3, 0.5),
                var(&[OUTPUTS, hidden], 0.4, 2.0),
                var(&[OUTPUTS], 0.5, 2.0),
            ];
            let (state, future) = (var(&[batch, width], 0.6, 1.0), var(&[batch, horizon, inputs], 0.7, 1.0).as_detached_tensor());
            let mask = var(&[batch, horizon, hidden], 0.8, 1.0).as_detached_tensor().relu().unwrap();
            let head = |tensor: fn(&Var) -> Tensor| {
                let [state, future, bias, out, out_bias] = weights.each_ref().map(tensor);
                Head::new(HeadWeights { state, future, bias, out, out_bias }).unwrap()
            };
            let (training, serving) = (head(|var| var.as_tensor().clone()), head(Var::as_detached_tensor));
            for keep in [None, Some(&mask)] {
                let ours = training.forward(&state, &future, keep).unwrap();
                let theirs = plain(&weights, &state, &future, keep).unwrap();
                assert_close("quantiles", &ours, &theirs);
                let served = serving.forward(&state.as_detached_tensor(), &future, keep).unwrap();
                assert_eq!(flat(&ours), flat(&served), "serving equals training to the last bit");
                let weight = var(&[batch, horizon, OUTPUTS], 0.9, 1.0).as_detached_tensor();
                let gradients = |out: &Tensor| (out * &weight).unwrap().sum_all().unwrap().backward().unwrap();
                let (ours, theirs) = (gradients(&ours), gradients(&theirs));
                for (number, var) in weights.iter().chain([&state]).enumerate() {
                    let name = format!("gradient {number} of {batch}x{horizon}x{inputs}x{width}x{hidden}");
                    assert_close(&name, ours.get(var).unwrap(), theirs.get(var).unwrap());
                }
            }
        }
    }
}
