//! The head's arithmetic on plain slices, forward and backward: one hidden layer over the window's state and what is known
//! of each step ahead, then quantiles in order.

use pulp::{Simd, WithSimd};

use super::{
    buffers::make_room,
    lanes::fill_rows,
    ordered::{disorder, order},
    product::{Packed, add_product, add_transposed_products},
};

/// So many rows of the batch pass through the whole head at once: what they leave is still in cache for the next product.
const ROWS_AT_ONCE: usize = 8;

#[derive(Debug, Clone, Copy)]
pub(super) struct HeadSizes {
    pub(super) batch: usize,
    pub(super) horizon: usize,
    pub(super) state: usize,
    pub(super) future: usize,
    pub(super) hidden: usize,
    pub(super) outputs: usize,
    /// Outputs of a group that does not cross.
    pub(super) levels: usize,
}

impl HeadSizes {
    /// Values of each part of the flat weights: of state, future, bias, out and its bias.
    pub(super) fn parts(self) -> [usize; 5] {
        let Self { state, future, hidden, outputs, .. } = self;
        [hidden * state, hidden * future, hidden, outputs * hidden, outputs]
    }

    fn split(self, mut flat: &[f32]) -> [&[f32]; 5] {
        self.parts().map(|count| flat.split_off(..count).expect("the flat weights have this size"))
    }
}

#[derive(Debug, Default)]
pub(super) struct PackedHead {
    state: Packed,
    future: Packed,
    bias: Vec<f32>,
    out: Packed,
    out_bias: Vec<f32>,
}

/// What the backward pass needs of the forward pass, and room to work in.
#[derive(Debug, Default)]
pub(super) struct HeadTape {
    from_state: Vec<f32>,
    /// The hidden layer after the mask, (batch, horizon, hidden).
    hidden: Vec<f32>,
    /// Outputs before they are put in order, (batch, horizon, outputs).
    raw: Vec<f32>,
    steps: Vec<f32>,
}

/// Packs flat weights for the forward pass.
pub(super) struct PackHead<'a> {
    pub(super) sizes: HeadSizes,
    pub(super) flat: &'a [f32],
    pub(super) to: &'a mut PackedHead,
}

impl WithSimd for PackHead<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, flat, to } = self;
        let [state, future, bias, out, out_bias] = sizes.split(flat);
        to.state.pack_transposed(simd, state, sizes.state, sizes.hidden);
        to.future.pack_transposed(simd, future, sizes.future, sizes.hidden);
        to.out.pack_transposed(simd, out, sizes.hidden, sizes.outputs);
        to.bias.clear();
        to.bias.extend_from_slice(bias);
        to.out_bias.clear();
        to.out_bias.extend_from_slice(out_bias);
    }
}

/// Writes the quantiles of every row and step ahead.
pub(super) struct HeadForward<'a> {
    pub(super) sizes: HeadSizes,
    pub(super) state: &'a [f32],
    pub(super) future: &'a [f32],
    /// Multiplies the hidden layer.
    pub(super) keep: Option<&'a [f32]>,
    pub(super) weights: &'a PackedHead,
    pub(super) tape: &'a mut HeadTape,
    pub(super) quantiles: &'a mut [f32],
}

impl WithSimd for HeadForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, state, future, keep, weights, tape, quantiles } = self;
        let HeadSizes { batch, horizon, hidden: width, outputs, .. } = sizes;
        make_room(&mut tape.from_state, ROWS_AT_ONCE * width);
        make_room(&mut tape.hidden, batch * horizon * width);
        make_room(&mut tape.raw, batch * horizon * outputs);
        make_room(&mut tape.steps, ROWS_AT_ONCE * horizon * outputs);
        for first in (0..batch).step_by(ROWS_AT_ONCE) {
            let count = ROWS_AT_ONCE.min(batch - first);
            let of = |width: usize| first * width..(first + count) * width;
            let from_state = &mut tape.from_state[..count * width];
            fill_rows(simd, &weights.bias, from_state);
            add_product(simd, &state[of(sizes.state)], &weights.state, from_state);
            let hidden = &mut tape.hidden[of(horizon * width)];
            for (hidden, from_state) in hidden.chunks_exact_mut(horizon * width).zip(from_state.chunks_exact(width)) {
                fill_rows(simd, from_state, hidden);
            }
            add_product(simd, &future[of(horizon * sizes.future)], &weights.future, hidden);
            for value in &mut *hidden {
                *value = value.max(0.0);
            }
            if let Some(keep) = keep {
                for (value, keep) in hidden.iter_mut().zip(&keep[of(horizon * width)]) {
                    *value *= keep;
                }
            }
            let raw = &mut tape.raw[of(horizon * outputs)];
            fill_rows(simd, &weights.out_bias, raw);
            add_product(simd, hidden, &weights.out, raw);
            let steps = &mut tape.steps[..count * horizon * outputs];
            order(simd, raw, sizes.levels, steps, &mut quantiles[of(horizon * outputs)]);
        }
    }
}

/// Room for the backward pass to work in.
#[derive(Debug, Default)]
pub(super) struct HeadRoom {
    /// The weights as they stand, and what they met.
    weights: [Packed; 2],
    met: Packed,
    strips: Vec<f32>,
    raw: Vec<f32>,
    slopes: Vec<f32>,
    hidden: Vec<f32>,
    from_state: Vec<f32>,
}

/// Brings the gradient of the quantiles back to state and weights: that of the state is added to what is there.
pub(super) struct HeadBackward<'a> {
    pub(super) sizes: HeadSizes,
    pub(super) state: &'a [f32],
    pub(super) future: &'a [f32],
    pub(super) keep: Option<&'a [f32]>,
    pub(super) flat: &'a [f32],
    pub(super) tape: &'a HeadTape,
    pub(super) grad: &'a [f32],
    pub(super) grad_state: &'a mut [f32],
    pub(super) grad_flat: &'a mut [f32],
    pub(super) room: &'a mut HeadRoom,
}

impl WithSimd for HeadBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, state, future, keep, flat, tape, grad, grad_state, mut grad_flat, room } = self;
        let HeadSizes { batch, horizon, hidden: width, outputs, .. } = sizes;
        let [weight_state, _, _, weight_out, _] = sizes.split(flat);
        let HeadRoom { weights: [packed_state, packed_out], met, strips, raw: grad_raw, slopes, hidden: grad_hidden, from_state } =
            room;
        let [to_state, to_future, to_bias, to_out, to_out_bias] =
            sizes.parts().map(|count| grad_flat.split_off_mut(..count).expect("the flat weights have this size"));
        packed_state.pack(simd, weight_state, width, sizes.state);
        packed_out.pack(simd, weight_out, outputs, width);
        let rows_max = ROWS_AT_ONCE * horizon;
        make_room(grad_raw, rows_max * outputs);
        make_room(slopes, rows_max * outputs);
        make_room(grad_hidden, rows_max * width);
        make_room(from_state, ROWS_AT_ONCE * width);
        for first in (0..batch).step_by(ROWS_AT_ONCE) {
            let count = ROWS_AT_ONCE.min(batch - first);
            let of = |width: usize| first * width..(first + count) * width;
            let rows = count * horizon;

            let grad_raw = &mut grad_raw[..rows * outputs];
            grad_raw.copy_from_slice(&grad[of(horizon * outputs)]);
            disorder(simd, &tape.raw[of(horizon * outputs)], sizes.levels, &mut slopes[..rows * outputs], grad_raw);
            add_rows(to_out_bias, grad_raw);
            let hidden = &tape.hidden[of(horizon * width)];
            met.pack(simd, hidden, rows, width);
            add_transposed_products(simd, grad_raw, &mut [(&*met, &mut *to_out)], strips);

            let grad_hidden = &mut grad_hidden[..rows * width];
            grad_hidden.fill(0.0);
            add_product(simd, grad_raw, packed_out, grad_hidden);
            for (grad, &value) in grad_hidden.iter_mut().zip(hidden) {
                *grad = if value > 0.0 { *grad } else { 0.0 };
            }
            if let Some(keep) = keep {
                for (grad, keep) in grad_hidden.iter_mut().zip(&keep[of(horizon * width)]) {
                    *grad *= keep;
                }
            }
            met.pack(simd, &future[of(horizon * sizes.future)], rows, sizes.future);
            add_transposed_products(simd, grad_hidden, &mut [(&*met, &mut *to_future)], strips);

            let from_state = &mut from_state[..count * width];
            from_state.fill(0.0);
            for (sum, grad) in from_state.chunks_exact_mut(width).zip(grad_hidden.chunks_exact(horizon * width)) {
                add_rows(sum, grad);
            }
            add_rows(to_bias, from_state);
            met.pack(simd, &state[of(sizes.state)], count, sizes.state);
            add_transposed_products(simd, from_state, &mut [(&*met, &mut *to_state)], strips);
            add_product(simd, from_state, packed_state, &mut grad_state[of(sizes.state)]);
        }
    }
}

/// Adds every row of `values` to `sum`.
#[inline(always)]
fn add_rows(sum: &mut [f32], values: &[f32]) {
    for row in values.chunks_exact(sum.len()) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}
