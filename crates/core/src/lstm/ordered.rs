//! From raw outputs to quantiles that are in order, and back.
//!
//! Each group of raw outputs is: a step down, the median, steps up. A step's size is its softplus, which is never negative.

use pulp::Simd;

use super::{
    activation::{logistic, softplus},
    lanes::{load, store},
};

/// Turns raw outputs, groups of `count`, into quantiles. `steps`, of the same length, is room to work in.
#[inline(always)]
pub(super) fn order<S: Simd>(simd: S, raw: &[f32], count: usize, steps: &mut [f32], quantiles: &mut [f32]) {
    for (raw, steps) in raw.chunks(S::F32_LANES).zip(steps.chunks_mut(S::F32_LANES)) {
        store(simd, steps, softplus(simd, load(simd, raw)));
    }
    let groups = raw.chunks_exact(count).zip(steps.chunks_exact(count));
    for ((raw, steps), quantiles) in groups.zip(quantiles.chunks_exact_mut(count)) {
        let mut upper = raw[1];
        quantiles[0] = upper - steps[0];
        quantiles[1] = upper;
        for (quantile, step) in quantiles.iter_mut().zip(steps).skip(2) {
            upper += step;
            *quantile = upper;
        }
    }
}

/// Turns gradients of quantiles into gradients of raw outputs, in place. `slopes`, of the same length, is room to work in.
#[inline(always)]
pub(super) fn disorder<S: Simd>(simd: S, raw: &[f32], count: usize, slopes: &mut [f32], grad: &mut [f32]) {
    for (raw, slopes) in raw.chunks(S::F32_LANES).zip(slopes.chunks_mut(S::F32_LANES)) {
        store(simd, slopes, logistic(simd, load(simd, raw)));
    }
    for (grad, slopes) in grad.chunks_exact_mut(count).zip(slopes.chunks_exact(count)) {
        let mut above = 0.0;
        for (grad, slope) in grad.iter_mut().zip(slopes).skip(2).rev() {
            above += *grad;
            *grad = above * slope;
        }
        grad[1] += above + grad[0];
        grad[0] *= -slopes[0];
    }
}
