//! Matrix products in safe code: the right matrix is packed once and met by many rows.
//!
//! A tile of a few rows by a few vectors of the result stays in registers while the inner dimension passes, and the packed
//! columns of the right matrix stay in the nearest cache while the rows pass (Goto and van de Geijn 2008). `pulp` compiles
//! the tile for what the processor has. All matrices are row-major.

use pulp::Simd;

use super::lanes::{copy, load, store};

/// Vectors side by side in a packed panel. With the rows of [`add_product`] their sums fill the pipelines of the processor's
/// multiply-add units and fit into its registers.
const PANEL: usize = 4;

/// Values in a cache line: panels start at one, so that no vector straddles two.
const LINE: usize = 16;

/// A matrix packed for standing on the right of a product: panels of some columns, row by row, padded to whole vectors.
#[derive(Debug, Default)]
pub(super) struct Packed {
    depth: usize,
    columns: usize,
    /// Values in a vector of the processor that packed it.
    lanes: usize,
    values: Vec<f32>,
    /// Where the first cache line starts.
    start: usize,
}

impl Packed {
    /// Packs `depth` rows of `columns` columns in the place of what was there; rows that `values` lacks are zeros, and come
    /// first.
    #[inline(always)]
    pub(super) fn pack<S: Simd>(&mut self, simd: S, values: &[f32], depth: usize, columns: usize) {
        self.reset::<S>(depth, columns);
        let missing = depth - values.len() / columns;
        for first in (0..columns).step_by(PANEL * S::F32_LANES) {
            let (width, panel) = self.panel_mut(first);
            let wide = panel.len() / depth;
            let (zeros, panel) = panel.split_at_mut(missing * wide);
            zeros.fill(0.0);
            for (row, source) in panel.chunks_exact_mut(wide).zip(values.chunks_exact(columns)) {
                copy(simd, &source[first..first + width], row);
            }
        }
    }

    /// Packs the transpose of `columns` rows of `depth` columns.
    #[inline(always)]
    pub(super) fn pack_transposed<S: Simd>(&mut self, _: S, values: &[f32], depth: usize, columns: usize) {
        self.reset::<S>(depth, columns);
        for first in (0..columns).step_by(PANEL * S::F32_LANES) {
            let (width, panel) = self.panel_mut(first);
            let wide = panel.len() / depth;
            for column in 0..width {
                let source = &values[(first + column) * depth..][..depth];
                for (row, &value) in panel.chunks_exact_mut(wide).zip(source) {
                    row[column] = value;
                }
            }
        }
    }

    fn reset<S: Simd>(&mut self, depth: usize, columns: usize) {
        (self.depth, self.columns, self.lanes) = (depth, columns, S::F32_LANES);
        self.values.resize(depth * columns.next_multiple_of(S::F32_LANES) + LINE, 0.0);
        self.start = self.values.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    }

    /// How many columns the panel from column `first` holds, and where its values are.
    fn span(&self, first: usize) -> (usize, std::ops::Range<usize>) {
        let width = (self.columns - first).min(PANEL * self.lanes);
        let start = self.start + first * self.depth;
        (width, start..start + self.depth * width.next_multiple_of(self.lanes))
    }

    fn panel_mut(&mut self, first: usize) -> (usize, &mut [f32]) {
        let (width, span) = self.span(first);
        (width, &mut self.values[span])
    }

    fn panel(&self, first: usize) -> (usize, &[f32]) {
        let (width, span) = self.span(first);
        (width, &self.values[span])
    }
}

/// Some rows of the left matrix.
trait Left<const ROWS: usize>: Copy {
    /// Column `k` of the rows.
    fn column(self, k: usize) -> [f32; ROWS];
}

#[derive(Clone, Copy)]
struct Rows<'a, const ROWS: usize>([&'a [f32]; ROWS]);

impl<const ROWS: usize> Left<ROWS> for Rows<'_, ROWS> {
    #[inline(always)]
    fn column(self, k: usize) -> [f32; ROWS] {
        std::array::from_fn(|row| self.0[row][k])
    }
}

/// Column after column.
#[derive(Clone, Copy)]
struct Strip<'a, const ROWS: usize>(&'a [[f32; ROWS]]);

impl<const ROWS: usize> Left<ROWS> for Strip<'_, ROWS> {
    #[inline(always)]
    fn column(self, k: usize) -> [f32; ROWS] {
        self.0[k]
    }
}

/// Adds `left` x `right` to `sum`.
#[inline(always)]
pub(super) fn add_product<S: Simd>(simd: S, left: &[f32], right: &Packed, sum: &mut [f32]) {
    if S::REGISTER_COUNT >= 32 {
        add_in_tiles::<S, 4>(simd, left, right, sum);
    } else {
        add_in_tiles::<S, 2>(simd, left, right, sum);
    }
}

#[inline(always)]
fn add_in_tiles<S: Simd, const ROWS: usize>(simd: S, left: &[f32], right: &Packed, sum: &mut [f32]) {
    let (depth, columns) = (right.depth, right.columns);
    let rows = sum.len() / columns;
    let whole = rows / ROWS * ROWS;
    for first in (0..columns).step_by(PANEL * S::F32_LANES) {
        for row in (0..whole).step_by(ROWS) {
            let left = Rows::<ROWS>(std::array::from_fn(|i| &left[(row + i) * depth..][..depth]));
            add_panel(simd, left, right, first, &mut sum[row * columns..]);
        }
        for row in whole..rows {
            add_panel(simd, Rows([&left[row * depth..][..depth]]), right, first, &mut sum[row * columns..]);
        }
    }
}

/// Adds the transpose of `left` x the right matrix to the sum, for each pair in `products`. `left` has the right matrices'
/// number of rows; `strips` is room to work in.
#[inline(always)]
pub(super) fn add_transposed_products<S: Simd>(
    simd: S,
    left: &[f32],
    products: &mut [(&Packed, &mut [f32])],
    strips: &mut Vec<f32>,
) {
    if S::REGISTER_COUNT >= 32 {
        add_transposed_in_tiles::<S, 4>(simd, left, products, strips);
    } else {
        add_transposed_in_tiles::<S, 2>(simd, left, products, strips);
    }
}

/// `left`'s columns are cut into strips of a tile's height, a cache line's width of them at a time.
#[inline(always)]
fn add_transposed_in_tiles<S: Simd, const ROWS: usize>(
    simd: S,
    left: &[f32],
    products: &mut [(&Packed, &mut [f32])],
    strips: &mut Vec<f32>,
) {
    let depth = products.first().map_or(0, |(right, _)| right.depth);
    let rows = left.len() / depth;
    strips.resize(depth * LINE, 0.0);
    for block in (0..rows).step_by(LINE) {
        let height = LINE.min(rows - block);
        for (k, row) in left.chunks_exact(rows).enumerate() {
            let (whole, rest) = pulp::as_arrays::<ROWS, _>(&row[block..block + height]);
            let strips = pulp::as_arrays_mut::<ROWS, _>(strips).0;
            for (strip, values) in whole.iter().enumerate() {
                strips[strip * depth + k] = *values;
            }
            if !rest.is_empty() {
                strips[whole.len() * depth + k][..rest.len()].copy_from_slice(rest);
            }
        }
        for (right, sum) in &mut *products {
            for first in (0..right.columns).step_by(PANEL * S::F32_LANES) {
                for (row, strip) in (0..height).step_by(ROWS).zip(strips.chunks_exact(depth * ROWS)) {
                    let strip = pulp::as_arrays::<ROWS, _>(strip).0;
                    add_panel(simd, Strip(strip), right, first, &mut sum[(block + row) * right.columns..]);
                }
            }
        }
    }
}

/// Adds the rows of `left` x the panel of `right` from column `first` to the first rows of `sum`.
#[inline(always)]
fn add_panel<S: Simd, L: Left<ROWS>, const ROWS: usize>(simd: S, left: L, right: &Packed, first: usize, sum: &mut [f32]) {
    let (width, panel) = right.panel(first);
    let panel = S::as_simd_f32s(panel).0;
    let rows = sum.chunks_mut(right.columns).map(|row| &mut row[first..first + width]);
    match width.div_ceil(S::F32_LANES) {
        4 => add_tile::<S, L, ROWS, 4>(simd, left, panel, rows),
        3 => add_tile::<S, L, ROWS, 3>(simd, left, panel, rows),
        2 => add_tile::<S, L, ROWS, 2>(simd, left, panel, rows),
        _ => add_tile::<S, L, ROWS, 1>(simd, left, panel, rows),
    }
}

/// The innermost loops. `sum` may have fewer rows than the tile.
#[inline(always)]
fn add_tile<'a, S: Simd, L: Left<ROWS>, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    left: L,
    panel: &[S::f32s],
    sum: impl Iterator<Item = &'a mut [f32]>,
) {
    let mut tile = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for (k, vectors) in pulp::as_arrays::<VECTORS, _>(panel).0.iter().enumerate() {
        for (row, factor) in tile.iter_mut().zip(left.column(k)) {
            let factor = simd.splat_f32s(factor);
            for (place, &vector) in row.iter_mut().zip(vectors) {
                *place = simd.mul_add_e_f32s(factor, vector, *place);
            }
        }
    }
    for (row, tile) in sum.zip(tile) {
        for (values, vector) in row.chunks_mut(S::F32_LANES).zip(tile) {
            let sum = simd.add_f32s(load(simd, values), vector);
            store(simd, values, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Products<'a> {
        left: &'a [f32],
        left_transposed: &'a [f32],
        right: &'a [f32],
        right_transposed: &'a [f32],
        depth: usize,
        columns: usize,
    }

    impl pulp::WithSimd for Products<'_> {
        /// Each way to the same product.
        type Output = [Vec<f32>; 3];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [Vec<f32>; 3] {
            let Self { left, left_transposed, right, right_transposed, depth, columns } = self;
            let mut packed = [Packed::default(), Packed::default()];
            packed[0].pack(simd, right, depth, columns);
            packed[1].pack_transposed(simd, right_transposed, depth, columns);
            let zeros = || vec![0.0; left.len() / depth * columns];
            let (mut plain, mut other, mut transposed) = (zeros(), zeros(), zeros());
            add_product(simd, left, &packed[0], &mut plain);
            add_product(simd, left, &packed[1], &mut other);
            add_transposed_products(simd, left_transposed, &mut [(&packed[0], &mut transposed)], &mut Vec::new());
            [plain, other, transposed]
        }
    }

    fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
    }

    #[test]
    fn equal_to_sums_over_the_definition_for_every_remainder() {
        let wave = |count: usize, pace: f32| (0..count).map(|i| (i as f32 * pace).sin()).collect::<Vec<_>>();
        for (rows, depth, columns) in [(1, 1, 1), (2, 3, 5), (4, 7, 16), (5, 8, 33), (16, 9, 64), (19, 40, 70), (35, 2, 143)] {
            let (left, right) = (wave(rows * depth, 0.7), wave(depth * columns, 0.3));
            let (left_transposed, right_transposed) = (&transpose(&left, depth), &transpose(&right, columns));
            let products = || Products { left: &left, left_transposed, right: &right, right_transposed, depth, columns };
            let best = pulp::Arch::new().dispatch(products());
            let plain = pulp::Scalar.vectorize(products());
            for product in best.iter().chain(&plain) {
                for (at, ours) in product.iter().enumerate() {
                    let term = |k: usize| left[at / columns * depth + k] * right[k * columns + at % columns];
                    let exact: f32 = (0..depth).map(term).sum();
                    assert!((ours - exact).abs() < 1e-5, "{ours} is not {exact} at {at} of {rows} x {depth} x {columns}");
                }
            }
        }
    }

    #[test]
    fn rows_that_are_not_given_are_zeros_at_the_top() {
        struct Pack;
        impl pulp::WithSimd for Pack {
            type Output = Vec<f32>;
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
                let mut packed = Packed::default();
                packed.pack(simd, &[9.0; 6], 3, 2);
                packed.pack(simd, &[1.0, 2.0], 3, 2);
                let mut sum = vec![0.0; 6];
                add_product(simd, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], &packed, &mut sum);
                sum
            }
        }
        assert_eq!(pulp::Arch::new().dispatch(Pack), [0.0, 0.0, 0.0, 0.0, 1.0, 2.0]);
    }
}
