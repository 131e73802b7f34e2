//! Slices as vectors of whatever width the processor has, their last few values as vectors that are not full.

use pulp::Simd;

/// The first values as one vector; lanes for which there is no value are zero.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, values: &[f32]) -> S::f32s {
    match S::as_simd_f32s(values).0.first() {
        Some(&vector) => vector,
        None => simd.partial_load_f32s(values),
    }
}

/// Writes as many lanes as there are values.
#[inline(always)]
pub(super) fn store<S: Simd>(simd: S, values: &mut [f32], vector: S::f32s) {
    match S::as_mut_simd_f32s(values).0.first_mut() {
        Some(place) => *place = vector,
        None => simd.partial_store_f32s(values, vector),
    }
}

/// Copies `from`, vector by vector: for a few values that is quicker than a call of the C library.
#[inline(always)]
pub(super) fn copy<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    for (from, to) in from.chunks(S::F32_LANES).zip(to.chunks_mut(S::F32_LANES)) {
        store(simd, to, load(simd, from));
    }
}

/// Writes `row` to every row of `values`.
#[inline(always)]
pub(super) fn fill_rows<S: Simd>(simd: S, row: &[f32], values: &mut [f32]) {
    for values in values.chunks_exact_mut(row.len()) {
        copy(simd, row, values);
    }
}

/// The sum of the products of two rows of equal length.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for (left, right) in left.chunks(S::F32_LANES).zip(right.chunks(S::F32_LANES)) {
        sum = simd.mul_add_e_f32s(load(simd, left), load(simd, right), sum);
    }
    simd.reduce_sum_f32s(sum)
}

/// Adds a multiple of a row to another of equal length.
#[inline(always)]
pub(super) fn add_scaled<S: Simd>(simd: S, to: &mut [f32], factor: f32, row: &[f32]) {
    let factor = simd.splat_f32s(factor);
    for (to, row) in to.chunks_mut(S::F32_LANES).zip(row.chunks(S::F32_LANES)) {
        let sum = simd.mul_add_e_f32s(factor, load(simd, row), load(simd, to));
        store(simd, to, sum);
    }
}
