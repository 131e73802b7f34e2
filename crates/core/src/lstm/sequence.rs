//! A whole LSTM layer over a whole sequence as one operation, with its backward pass by hand.
//!
//! Gates stand in PyTorch's order: input, forget, cell, output. All matrices are row-major. With
//! `z_t = W_ih x_t + W_hh h_{t-1} + b`: `c_t = f c_{t-1} + i g`, `h_t = o tanh(c_t)` (Hochreiter and Schmidhuber 1997,
//! with the forget gate of Gers et al. 2000).

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use nalgebra::{DMatrixView, DMatrixViewMut, Dyn};

use super::activation::{sigmoid, tanh};

/// Runs one layer: `x` of shape (steps, batch, inputs) gives the hidden states, of shape (steps, batch, hidden).
///
/// Weights have PyTorch's shapes: `weight_ih` (4 hidden, inputs), `weight_hh` (4 hidden, hidden), `bias` (4 hidden), the
/// sum of PyTorch's two. All are contiguous f32 on the CPU.
///
/// # Errors
/// Where shapes do not fit or a tensor is not contiguous f32.
pub fn lstm_sequence(x: &Tensor, weight_ih: &Tensor, weight_hh: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (steps, batch, inputs) = x.dims3()?;
    let (gates, hidden) = weight_hh.dims2()?;
    if gates != 4 * hidden || weight_ih.dims2()? != (gates, inputs) || bias.dims1()? != gates {
        bail!(
            "an LSTM of {hidden} hidden units over {inputs} inputs has weights ({}, {inputs}), ({}, {hidden}) and ({}), not {:?}, {:?} and {:?}",
            4 * hidden,
            4 * hidden,
            4 * hidden,
            weight_ih.dims(),
            weight_hh.dims(),
            bias.dims()
        );
    }
    let weights = Tensor::cat(&[weight_ih.flatten_all()?, weight_hh.flatten_all()?, bias.flatten_all()?], 0)?;
    let op = Sequence { sizes: Sizes { steps, batch, inputs, hidden }, tape: Mutex::new(None) };
    x.contiguous()?.apply_op2(&weights, op)
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    steps: usize,
    batch: usize,
    inputs: usize,
    hidden: usize,
}

/// What the backward pass needs of the forward pass.
struct Tape {
    /// Activated gates, (steps, batch, 4 hidden).
    gates: Vec<f32>,
    /// Cell states, (steps, batch, hidden).
    cells: Vec<f32>,
}

struct Sequence {
    sizes: Sizes,
    tape: Mutex<Option<Tape>>,
}

/// The three parts of the flat weight vector.
struct Parts<'a> {
    weight_ih: &'a [f32],
    weight_hh: &'a [f32],
    bias: &'a [f32],
}

impl Sizes {
    fn gates(self) -> usize {
        4 * self.hidden
    }

    fn split(self, weights: &[f32]) -> Parts<'_> {
        let (weight_ih, rest) = weights.split_at(self.gates() * self.inputs);
        let (weight_hh, bias) = rest.split_at(self.gates() * self.hidden);
        Parts { weight_ih, weight_hh, bias }
    }

    fn forward(self, x: &[f32], weights: &[f32]) -> (Vec<f32>, Tape) {
        let Self { steps, batch, inputs, hidden } = self;
        let Parts { weight_ih, weight_hh, bias } = self.split(weights);
        let (gates_row, cells_row) = (batch * self.gates(), batch * hidden);
        let mut gates: Vec<f32> = bias.iter().copied().cycle().take(steps * gates_row).collect();
        let mut cells = vec![0.0; steps * cells_row];
        let mut outputs = vec![0.0; steps * cells_row];
        multiply(rows(x, steps * batch, inputs), transposed(weight_ih, self.gates(), inputs), &mut gates, self.gates());
        for t in 0..steps {
            let gates = &mut gates[t * gates_row..][..gates_row];
            let (before, now) = outputs.split_at_mut(t * cells_row);
            let (cells_before, cells_now) = cells.split_at_mut(t * cells_row);
            let cells_before = t.checked_sub(1).map(|t| &cells_before[t * cells_row..]);
            if let Some(t) = t.checked_sub(1) {
                let last = rows(&before[t * cells_row..], batch, hidden);
                multiply(last, transposed(weight_hh, self.gates(), hidden), gates, self.gates());
            }
            pulp::Arch::new().dispatch(|| activate(gates, cells_before, cells_now, now, hidden));
        }
        (outputs, Tape { gates, cells })
    }

    /// Gradients of `x` and of the flat weights, from that of the outputs.
    fn backward(self, x: &[f32], weights: &[f32], outputs: &[f32], grad: &[f32], tape: Tape) -> (Vec<f32>, Vec<f32>) {
        let Self { steps, batch, inputs, hidden } = self;
        let Parts { weight_ih, weight_hh, .. } = self.split(weights);
        let (gates_row, cells_row) = (batch * self.gates(), batch * hidden);
        // The gates' own gradients take the place of the gates, step by step from the last.
        let Tape { gates: mut grad_gates, cells } = tape;
        let mut grad_hidden = vec![0.0; cells_row];
        let mut grad_cell = vec![0.0; cells_row];
        for t in (0..steps).rev() {
            for (sum, grad) in grad_hidden.iter_mut().zip(&grad[t * cells_row..][..cells_row]) {
                *sum += grad;
            }
            let gates = &mut grad_gates[t * gates_row..][..gates_row];
            let cells_before = t.checked_sub(1).map(|t| &cells[t * cells_row..][..cells_row]);
            let cells_now = &cells[t * cells_row..][..cells_row];
            pulp::Arch::new().dispatch(|| deactivate(gates, cells_before, cells_now, &grad_hidden, &mut grad_cell, hidden));
            grad_hidden.fill(0.0);
            multiply(rows(gates, batch, self.gates()), rows(weight_hh, self.gates(), hidden), &mut grad_hidden, hidden);
        }
        let all = steps * batch;
        let mut grad_weights = vec![0.0; weights.len()];
        let (grad_ih, rest) = grad_weights.split_at_mut(weight_ih.len());
        let (grad_hh, grad_bias) = rest.split_at_mut(weight_hh.len());
        multiply(transposed(&grad_gates, all, self.gates()), rows(x, all, inputs), grad_ih, inputs);
        if steps > 1 {
            // Step t's gates met the outputs of step t - 1.
            let (later, earlier) = (&grad_gates[gates_row..], &outputs[..(steps - 1) * cells_row]);
            let met = (steps - 1) * batch;
            multiply(transposed(later, met, self.gates()), rows(earlier, met, hidden), grad_hh, hidden);
        }
        for row in grad_gates.chunks_exact(self.gates()) {
            for (sum, grad) in grad_bias.iter_mut().zip(row) {
                *sum += grad;
            }
        }
        let mut grad_x = vec![0.0; x.len()];
        multiply(rows(&grad_gates, all, self.gates()), rows(weight_ih, self.gates(), inputs), &mut grad_x, inputs);
        (grad_x, grad_weights)
    }
}

/// Turns pre-activations into gates in place, and writes the new cell and hidden states.
#[inline(always)]
fn activate(gates: &mut [f32], cells_before: Option<&[f32]>, cells: &mut [f32], outputs: &mut [f32], hidden: usize) {
    for (row, gates) in gates.chunks_exact_mut(4 * hidden).enumerate() {
        let (input, rest) = gates.split_at_mut(hidden);
        let (forget, rest) = rest.split_at_mut(hidden);
        let (candidate, output) = rest.split_at_mut(hidden);
        let cells = &mut cells[row * hidden..][..hidden];
        let outputs = &mut outputs[row * hidden..][..hidden];
        for gate in [&mut *input, &mut *forget, &mut *output] {
            for value in gate {
                *value = sigmoid(*value);
            }
        }
        for value in &mut *candidate {
            *value = tanh(*value);
        }
        for k in 0..hidden {
            cells[k] = input[k] * candidate[k];
        }
        if let Some(before) = cells_before {
            let before = &before[row * hidden..][..hidden];
            for k in 0..hidden {
                cells[k] += forget[k] * before[k];
            }
        }
        for k in 0..hidden {
            outputs[k] = output[k] * tanh(cells[k]);
        }
    }
}

/// Turns gates into the gradients of their pre-activations in place, and carries the cell's gradient one step back.
#[inline(always)]
fn deactivate(
    gates: &mut [f32],
    cells_before: Option<&[f32]>,
    cells: &[f32],
    grad_hidden: &[f32],
    grad_cell: &mut [f32],
    hidden: usize,
) {
    for (row, gates) in gates.chunks_exact_mut(4 * hidden).enumerate() {
        let (input, rest) = gates.split_at_mut(hidden);
        let (forget, rest) = rest.split_at_mut(hidden);
        let (candidate, output) = rest.split_at_mut(hidden);
        let span = row * hidden..(row + 1) * hidden;
        let (cells, grad_hidden, grad_cell) = (&cells[span.clone()], &grad_hidden[span.clone()], &mut grad_cell[span.clone()]);
        let before = cells_before.map(|before| &before[span]);
        for k in 0..hidden {
            let squashed = tanh(cells[k]);
            let grad = grad_cell[k] + grad_hidden[k] * output[k] * (1.0 - squashed * squashed);
            let earlier = before.map_or(0.0, |before| before[k]);
            grad_cell[k] = grad * forget[k];
            output[k] = grad_hidden[k] * squashed * output[k] * (1.0 - output[k]);
            let (i, g) = (input[k], candidate[k]);
            input[k] = grad * g * i * (1.0 - i);
            candidate[k] = grad * i * (1.0 - g * g);
            forget[k] = grad * earlier * forget[k] * (1.0 - forget[k]);
        }
    }
}

type View<'a> = DMatrixView<'a, f32, Dyn, Dyn>;

/// A row-major slice as a matrix.
fn rows(values: &[f32], rows: usize, columns: usize) -> View<'_> {
    View::from_slice_with_strides_generic(&values[..rows * columns], Dyn(rows), Dyn(columns), Dyn(columns), Dyn(1))
}

/// The transpose of a row-major slice of `rows` x `columns`.
fn transposed(values: &[f32], rows: usize, columns: usize) -> View<'_> {
    View::from_slice_with_strides_generic(&values[..rows * columns], Dyn(columns), Dyn(rows), Dyn(1), Dyn(columns))
}

/// Below this size nalgebra leaves the blocked kernel for one that does not take row-major views.
const BLOCKED_FROM: usize = 6;

/// Adds `a` x `b` to the row-major `sum` of `columns` columns.
fn multiply(a: View<'_>, b: View<'_>, sum: &mut [f32], columns: usize) {
    let rows = a.nrows();
    if rows.min(columns).min(a.ncols()) < BLOCKED_FROM {
        for row in 0..rows {
            for k in 0..a.ncols() {
                let factor = a[(row, k)];
                for column in 0..columns {
                    sum[row * columns + column] += factor * b[(k, column)];
                }
            }
        }
        return;
    }
    let mut sum: DMatrixViewMut<'_, f32, Dyn, Dyn> =
        DMatrixViewMut::from_slice_with_strides_generic(sum, Dyn(rows), Dyn(columns), Dyn(columns), Dyn(1));
    sum.gemm(1.0, &a, &b, 1.0);
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("the LSTM takes contiguous f32 tensors on the CPU"),
    }
}

impl CustomOp2 for Sequence {
    fn name(&self) -> &'static str {
        "lstm-sequence"
    }

    fn cpu_fwd(&self, x: &CpuStorage, x_at: &Layout, weights: &CpuStorage, weights_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let (outputs, tape) = self.sizes.forward(contiguous(x, x_at)?, contiguous(weights, weights_at)?);
        *self.tape.lock().expect("no panic while the tape is held") = Some(tape);
        Ok((CpuStorage::F32(outputs), (self.sizes.steps, self.sizes.batch, self.sizes.hidden).into()))
    }

    fn bwd(&self, x: &Tensor, weights: &Tensor, outputs: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let tape = self.tape.lock().expect("no panic while the tape is held").take();
        let Some(tape) = tape else { bail!("the LSTM's backward pass can run once per forward pass") };
        let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1::<f32>();
        let (grad_x, grad_weights) = self.sizes.backward(&flat(x)?, &flat(weights)?, &flat(outputs)?, &flat(grad)?, tape);
        Ok((
            Some(Tensor::from_vec(grad_x, x.shape(), x.device())?),
            Some(Tensor::from_vec(grad_weights, weights.shape(), weights.device())?),
        ))
    }
}
