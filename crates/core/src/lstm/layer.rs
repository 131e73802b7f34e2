//! One LSTM layer over a whole sequence, forward and backward, on plain slices.
//!
//! Gates stand in PyTorch's order: input, forget, cell, output. With `z_t = W_ih x_t + W_hh h_{t-1} + b`:
//! `c_t = f c_{t-1} + i g`, `h_t = o tanh(c_t)` (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
//! Slices over time are of shape (steps, batch, ...).

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{
    activation::{gates, tanh},
    buffers::make_room,
    lanes::{fill_rows, load, store},
    product::{Packed, add_product, add_transposed_products},
};

/// So many rows of the input meet the input weights at once: enough to make use of weights that are in the nearest cache,
/// few enough for the gates to still be there when their step comes.
const ROWS_AHEAD: usize = 64;

/// So many rows are summed into the gradients of the weights at once, while their gates are still in cache.
const ROWS_BEHIND: usize = 128;

#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) inputs: usize,
    pub(super) hidden: usize,
}

impl Sizes {
    fn gates_row(self) -> usize {
        self.batch * 4 * self.hidden
    }

    fn state_row(self) -> usize {
        self.batch * self.hidden
    }
}

/// A layer's weights, of PyTorch's shapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerWeights<'a> {
    pub(super) weight_ih: &'a [f32],
    pub(super) weight_hh: &'a [f32],
    pub(super) bias_ih: &'a [f32],
    pub(super) bias_hh: &'a [f32],
}

/// A layer's weights as the forward pass takes them.
#[derive(Debug, Default)]
pub(super) struct PackedLayer {
    weight_ih: Packed,
    weight_hh: Packed,
    /// The sum of PyTorch's two.
    bias: Vec<f32>,
}

/// What the backward pass needs of the forward pass.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Activated gates, (steps, batch, 4 hidden).
    gates: Vec<f32>,
    /// Cell states, (steps, batch, hidden).
    cells: Vec<f32>,
    /// Hidden states, (steps, batch, hidden).
    states: Vec<f32>,
}

impl Tape {
    /// The hidden states of all steps, where they were kept or asked for.
    pub(super) fn states(&self, sizes: Sizes) -> &[f32] {
        &self.states[..sizes.steps * sizes.state_row()]
    }
}

/// Packs the weights of a layer.
pub(super) struct Pack<'a> {
    pub(super) inputs: usize,
    pub(super) hidden: usize,
    pub(super) weights: LayerWeights<'a>,
    pub(super) to: &'a mut PackedLayer,
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { inputs, hidden, weights, to } = self;
        to.weight_ih.pack_transposed(simd, weights.weight_ih, inputs, 4 * hidden);
        to.weight_hh.pack_transposed(simd, weights.weight_hh, hidden, 4 * hidden);
        to.bias.clear();
        to.bias.extend(weights.bias_ih.iter().zip(weights.bias_hh).map(|(a, b)| a + b));
    }
}

/// Runs a layer, leaves its hidden states in the tape, and gives those of the last step.
pub(super) struct Forward<'a> {
    pub(super) sizes: Sizes,
    pub(super) x: &'a [f32],
    pub(super) weights: &'a PackedLayer,
    pub(super) tape: &'a mut Tape,
    /// Whether a backward pass will follow, which takes everything.
    pub(super) keep: bool,
    /// Whether the states of the last step are all that is wanted.
    pub(super) last: bool,
}

impl<'a> WithSimd for Forward<'a> {
    type Output = &'a [f32];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> &'a [f32] {
        let Self { sizes, x, weights, tape: Tape { gates, cells, states }, keep, last } = self;
        let Sizes { steps, batch, inputs, hidden } = sizes;
        let (gates_row, state_row) = (sizes.gates_row(), sizes.state_row());
        let ahead = (ROWS_AHEAD / batch).clamp(1, steps);
        // What is not kept is written over by the next steps.
        let place = |kept: bool, t: usize| if kept { t * state_row } else { 0 };
        make_room(gates, if keep { steps } else { ahead } * gates_row);
        make_room(cells, if keep { steps } else { 1 } * state_row);
        make_room(states, if keep || !last { steps } else { 1 } * state_row);
        cells[..state_row].fill(0.0);
        for first in (0..steps).step_by(ahead) {
            let count = ahead.min(steps - first);
            let gates = &mut gates[if keep { first * gates_row } else { 0 }..][..count * gates_row];
            fill_rows(simd, &weights.bias, gates);
            add_product(simd, &x[first * batch * inputs..][..count * batch * inputs], &weights.weight_ih, gates);
            for (t, gates) in (first..).zip(gates.chunks_exact_mut(gates_row)) {
                if t > 0 {
                    let before = &states[place(keep || !last, t - 1)..][..state_row];
                    add_product(simd, before, &weights.weight_hh, gates);
                    if keep {
                        cells.copy_within(place(true, t - 1)..place(true, t), place(true, t));
                    }
                }
                let cells = &mut cells[place(keep, t)..][..state_row];
                let states = &mut states[place(keep || !last, t)..][..state_row];
                activate(simd, gates, cells, states, hidden, keep);
            }
        }
        &states[place(keep || !last, steps - 1)..][..state_row]
    }
}

/// Takes cells one step on by the pre-activations in `gates`, and writes the states. Leaves the activated gates where they
/// are to be kept.
#[inline(always)]
fn activate<S: Simd>(simd: S, all: &mut [f32], cells: &mut [f32], states: &mut [f32], hidden: usize, keep: bool) {
    let rows = all.chunks_exact_mut(4 * hidden).zip(cells.chunks_exact_mut(hidden)).zip(states.chunks_exact_mut(hidden));
    for ((row, cells), states) in rows {
        let [input, forget, candidate, output] = quarters(row, hidden);
        for k in (0..hidden).step_by(S::F32_LANES) {
            let at = k..hidden.min(k + S::F32_LANES);
            let [i, f, g, o] = gates(simd, load_four(simd, [input, forget, candidate, output], at.clone()));
            let c = simd.mul_add_e_f32s(f, load(simd, &cells[at.clone()]), simd.mul_f32s(i, g));
            store(simd, &mut cells[at.clone()], c);
            store(simd, &mut states[at.clone()], simd.mul_f32s(o, tanh(simd, c)));
            if keep {
                store(simd, &mut input[at.clone()], i);
                store(simd, &mut forget[at.clone()], f);
                store(simd, &mut candidate[at.clone()], g);
                store(simd, &mut output[at], o);
            }
        }
    }
}

/// Not `map`, which the compiler calls instead of unrolling it.
#[inline(always)]
fn load_four<S: Simd>(simd: S, [a, b, c, d]: [&[f32]; 4], at: Range<usize>) -> [S::f32s; 4] {
    [load(simd, &a[at.clone()]), load(simd, &b[at.clone()]), load(simd, &c[at.clone()]), load(simd, &d[at])]
}

#[inline(always)]
fn quarters(row: &mut [f32], hidden: usize) -> [&mut [f32]; 4] {
    let (input, rest) = row.split_at_mut(hidden);
    let (forget, rest) = rest.split_at_mut(hidden);
    let (candidate, output) = rest.split_at_mut(hidden);
    [input, forget, candidate, output]
}

/// Where the gradients of a layer go: those of the weights are added to what is there, that of the input is written over.
pub(super) struct Gradients<'a> {
    pub(super) weight_ih: &'a mut [f32],
    pub(super) weight_hh: &'a mut [f32],
    pub(super) bias: &'a mut [f32],
    pub(super) x: Option<&'a mut [f32]>,
}

/// Room for the backward pass to work in.
#[derive(Debug, Default)]
pub(super) struct Room {
    weight_ih: Packed,
    weight_hh: Packed,
    x: Packed,
    states: Packed,
    strips: Vec<f32>,
    grad_state: Vec<f32>,
    grad_cell: Vec<f32>,
}

/// Brings the gradient of a layer's states back to its weights and its input. The tape's gates are used up.
pub(super) struct Backward<'a> {
    pub(super) sizes: Sizes,
    pub(super) x: &'a [f32],
    pub(super) weights: LayerWeights<'a>,
    pub(super) tape: &'a mut Tape,
    /// Of the states of all steps, or of the last alone.
    pub(super) grad: &'a [f32],
    pub(super) to: Gradients<'a>,
    pub(super) room: &'a mut Room,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, x, weights, tape, grad, mut to, room } = self;
        let Sizes { steps, batch, inputs, hidden } = sizes;
        let (gates_row, state_row, x_row) = (sizes.gates_row(), sizes.state_row(), batch * inputs);
        room.weight_hh.pack(simd, weights.weight_hh, 4 * hidden, hidden);
        if to.x.is_some() {
            room.weight_ih.pack(simd, weights.weight_ih, 4 * hidden, inputs);
        }
        for sum in [&mut room.grad_state, &mut room.grad_cell] {
            sum.clear();
            sum.resize(state_row, 0.0);
        }
        let behind = ROWS_BEHIND.div_ceil(batch);
        let mut end = steps;
        for t in (0..steps).rev() {
            // The steps whose gradients are given are the last ones.
            if let Some(given) = (t + grad.len() / state_row).checked_sub(steps) {
                for (sum, grad) in room.grad_state.iter_mut().zip(&grad[given * state_row..][..state_row]) {
                    *sum += grad;
                }
            }
            let gates = &mut tape.gates[t * gates_row..][..gates_row];
            let cells = tape.cells[..(t + 1) * state_row].rchunks_exact(state_row);
            deactivate(simd, gates, cells, &room.grad_state, &mut room.grad_cell, to.bias, hidden);
            if t > 0 {
                room.grad_state.fill(0.0);
                add_product(simd, gates, &room.weight_hh, &mut room.grad_state);
            }
            if end - t == behind || t == 0 {
                let rows = (end - t) * batch;
                let gates = &tape.gates[t * gates_row..end * gates_row];
                room.x.pack(simd, &x[t * x_row..end * x_row], rows, inputs);
                // Step t's gates met the states of step t - 1; before the first these are zeros.
                let before = &tape.states[t.saturating_sub(1) * state_row..(end - 1) * state_row];
                room.states.pack(simd, before, rows, hidden);
                let products = &mut [(&room.x, &mut *to.weight_ih), (&room.states, &mut *to.weight_hh)];
                add_transposed_products(simd, gates, products, &mut room.strips);
                if let Some(grad_x) = &mut to.x {
                    let grad_x = &mut grad_x[t * x_row..end * x_row];
                    grad_x.fill(0.0);
                    add_product(simd, gates, &room.weight_ih, grad_x);
                }
                end = t;
            }
        }
    }
}

/// Turns gates into the gradients of their pre-activations in place, adds these to the bias's, and carries the cell's
/// gradient one step back. `cells` are those of the step and those before it.
#[inline(always)]
fn deactivate<'a, S: Simd>(
    simd: S,
    all: &mut [f32],
    mut cells: impl Iterator<Item = &'a [f32]>,
    grad_state: &[f32],
    grad_cell: &mut [f32],
    grad_bias: &mut [f32],
    hidden: usize,
) {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    // The slope of the logistic function where its value is v: v - v^2.
    let slope = |v| simd.negate_mul_add_e_f32s(v, v, v);
    let (cells, before) = (cells.next().unwrap_or_default(), cells.next());
    for (row, gates) in all.chunks_exact_mut(4 * hidden).enumerate() {
        let [input, forget, candidate, output] = quarters(gates, hidden);
        for k in (0..hidden).step_by(S::F32_LANES) {
            let at = k..hidden.min(k + S::F32_LANES);
            let state_at = row * hidden + at.start..row * hidden + at.end;
            let [i, f, g, o] = load_four(simd, [input, forget, candidate, output], at.clone());
            let squashed = tanh(simd, load(simd, &cells[state_at.clone()]));
            let earlier = before.map_or(zero, |before| load(simd, &before[state_at.clone()]));
            let from_state = load(simd, &grad_state[state_at.clone()]);
            let from_cell = load(simd, &grad_cell[state_at.clone()]);
            let through_output = simd.mul_f32s(from_state, o);
            let grad = simd.mul_add_e_f32s(through_output, simd.negate_mul_add_e_f32s(squashed, squashed, one), from_cell);
            store(simd, &mut grad_cell[state_at], simd.mul_f32s(grad, f));
            let grads = [
                simd.mul_f32s(simd.mul_f32s(grad, g), slope(i)),
                simd.mul_f32s(simd.mul_f32s(grad, earlier), slope(f)),
                simd.mul_f32s(simd.mul_f32s(grad, i), simd.negate_mul_add_e_f32s(g, g, one)),
                simd.mul_f32s(simd.mul_f32s(from_state, squashed), slope(o)),
            ];
            let places = [&mut *input, &mut *forget, &mut *candidate, &mut *output];
            for ((values, bias), grad) in places.into_iter().zip(grad_bias.chunks_exact_mut(hidden)).zip(grads) {
                store(simd, &mut values[at.clone()], grad);
                let sum = simd.add_f32s(load(simd, &bias[at.clone()]), grad);
                store(simd, &mut bias[at.clone()], sum);
            }
        }
    }
}
