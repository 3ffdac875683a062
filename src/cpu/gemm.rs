//! Matrix product: packed operands, blocks that fit the caches, tiles in registers.
//!
//! After Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*, ACM TOMS 34 (2008).

use std::sync::Arc;

use crate::array::{Array, Finish};
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::{Cut, Panel};
use crate::cpu::threads;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};
use crate::cpu::transpose::{transpose_to, weave};

/// Rows of `b` taken at a time: a panel of them stays in the second-level cache.
const DEPTH: usize = 512;

/// Rows of `a` that a thread takes at a time.
const MOST_ROWS: usize = 112;

/// Multiplications below which a second thread does not pay.
const PARALLEL: usize = 64 * 1024;

/// Columns of `b` beyond which `a` is worth packing, if its rows are no good to read.
const PACKING: usize = 128;

/// Rows of `a` that lie a multiple of so many values apart are in each other's way in the first-level cache.
const CROWDED: usize = 256;

/// A matrix in memory: its values, and how far apart rows and columns are.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix of so many columns.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        Matrix { values, row_stride: columns, column_stride: 1 }
    }

    /// The transpose of a row-major matrix of so many columns.
    pub fn transposed(values: &'a [f32], columns: usize) -> Self {
        Matrix { values, row_stride: 1, column_stride: columns }
    }
}

/// The right operand of a product.
#[derive(Clone, Copy)]
pub enum Right<'a> {
    Matrix(Matrix<'a>),
    /// A parameter, row-major with so many columns, whose packed form is kept beside it for the next product.
    Parameter(&'a Array, usize),
    /// The transpose of such a parameter.
    TransposedParameter(&'a Array, usize),
}

impl<'a> Right<'a> {
    fn matrix(self) -> Matrix<'a> {
        match self {
            Right::Matrix(matrix) => matrix,
            Right::Parameter(array, columns) => Matrix::new(array.values(), columns),
            Right::TransposedParameter(array, columns) => Matrix::transposed(array.values(), columns),
        }
    }

    /// Packed for products of `depth` rows and so many columns.
    fn packed(self, kernels: &Kernels, depth: usize, columns: usize, cut: Cut) -> Arc<Buffer> {
        let pack = |matrix| pack_columns(kernels, depth, columns, cut, matrix);
        let (array, name) = match self {
            Right::Matrix(matrix) => return Arc::new(pack(matrix)),
            Right::Parameter(array, _) => (array, "gemm"),
            Right::TransposedParameter(array, _) => (array, "gemm, transposed"),
        };
        array.ordered((name, [depth, columns, cut.registers(), kernels.lanes]), |_| pack(self.matrix()))
    }
}

/// `c = a b + bias`, where `a` is `m x k`, `b` is `k x n` and `bias` is one row.
pub fn gemm(sizes: [usize; 3], a: Matrix, b: Matrix, bias: Option<&[f32]>, c: &mut [f32]) {
    finished_gemm(sizes, a, Right::Matrix(b), bias, &Finish::Plain, c);
}

/// [`gemm`], each value finished as is said.
pub fn finished_gemm(
    sizes: [usize; 3],
    a: Matrix,
    b: Right,
    bias: Option<&[f32]>,
    finish: &Finish,
    c: &mut [f32],
) {
    gemm_with(Kernels::best(), sizes, a, b, bias, finish, c);
}

fn gemm_with(
    kernels: &Kernels,
    sizes: [usize; 3],
    a: Matrix,
    b: Right,
    bias: Option<&[f32]>,
    finish: &Finish,
    c: &mut [f32],
) {
    let [m, k, n] = sizes;
    assert!(c.len() == m * n, "a product of {m}x{n} written to {} values", c.len());
    if c.is_empty() {
        return;
    }
    finish.ready();
    let bias = bias.map(|bias| kernels.padded_bias(bias));
    let parallel = m * n * k >= PARALLEL;
    let threads = if parallel { threads::count() } else { 1 };
    // As many blocks for every thread.
    let block_rows = m.div_ceil(m.div_ceil(MOST_ROWS).next_multiple_of(threads));
    let cut = kernels.cut(block_rows, n);
    let packed = b.packed(kernels, k, n, cut);
    let width = kernels.padded(n);
    let product = Product { kernels, depth: k, columns: n, width, cut, a, b: &packed, bias, finish };
    if parallel {
        threads::chunks_mut(c, block_rows * n, |i, block| product.rows(i * block_rows, block));
    } else {
        c.chunks_mut(block_rows * n).enumerate().for_each(|(i, block)| product.rows(i * block_rows, block));
    }
}

/// What the blocks of a product share.
struct Product<'a> {
    kernels: &'a Kernels,
    depth: usize,
    columns: usize,
    /// The columns of `b` with padding.
    width: usize,
    cut: Cut,
    a: Matrix<'a>,
    /// Panels of [`DEPTH`] rows and the columns of one tile.
    b: &'a [f32],
    bias: Option<Buffer>,
    finish: &'a Finish,
}

impl Product<'_> {
    /// Whether `a` is read from a packed copy.
    fn packs(&self) -> bool {
        let crowded = self.a.column_stride != 1 || self.a.row_stride.is_multiple_of(CROWDED);
        self.columns > PACKING && crowded
    }

    /// The rows of the result from `first` on, as many as `c` holds.
    fn rows(&self, first: usize, c: &mut [f32]) {
        let rows = c.len() / self.columns;
        let cut = self.cut.for_rows(rows, self.kernels);
        let mut packed = Buffer::scratch(if self.packs() { rows * DEPTH.min(self.depth) } else { 0 });
        for (start, depth) in blocks(self.depth) {
            if !packed.is_empty() {
                pack_rows(&self.a, first, cut, start, depth, &mut packed);
            }
            for Panel { column, registers, width } in self.cut.panels(self.kernels) {
                let panel = &self.b[start * self.width + column * depth..][..width * depth];
                let sum = match &self.bias {
                    _ if start > 0 => Start::Result,
                    Some(bias) => Start::Bias(&bias[column..]),
                    None => Start::Zero,
                };
                let columns = width.min(self.columns - column);
                let clamp = if start + depth == self.depth { self.finish.clamp() } else { None };
                for (row, rows) in cut.rows() {
                    let (a, a_row, a_step) = if packed.is_empty() {
                        let at = (first + row) * self.a.row_stride + start * self.a.column_stride;
                        (self.a.values.get(at..).unwrap_or_default(), self.a.row_stride, self.a.column_stride)
                    } else {
                        (&packed[row * depth..], 1, rows)
                    };
                    let inner = Steps { count: depth, a: a_step, b: width };
                    let walk = Walk { loops: [Steps::ONCE, Steps::ONCE, inner], a_row, c_row: self.columns };
                    let c = &mut c[row * self.columns + column..];
                    let tile = Tile { rows, registers, columns, start: sum, clamp };
                    self.kernels.run(tile, &walk, a, panel, c);
                }
            }
        }
        self.finish.apply_slope(first * self.columns, c);
    }
}

/// The first row and the number of rows of every block of [`DEPTH`]; one empty block if there are none.
fn blocks(depth: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..depth.max(1)).step_by(DEPTH).map(move |start| (start, DEPTH.min(depth - start)))
}

/// Copies `b` so that every tile reads on without a gap; columns that fill up the last register are zero.
fn pack_columns(kernels: &Kernels, depth: usize, columns: usize, cut: Cut, b: Matrix) -> Buffer {
    let width = kernels.padded(columns);
    let mut packed = Buffer::scratch(depth * width);
    if depth == 0 {
        return packed;
    }
    let most = cut.registers() * kernels.lanes;
    for (block, packed) in packed.chunks_mut(DEPTH * width).enumerate() {
        let (start, depth) = (block * DEPTH, DEPTH.min(depth - block * DEPTH));
        // A chunk is a panel, or the narrower ones at the end.
        let pack = |number: usize, mut chunk: &mut [f32]| {
            let begun = cut.panels(kernels).skip_while(|panel| panel.column < number * most);
            for Panel { column, width, .. } in begun.take_while(|panel| panel.column < (number + 1) * most) {
                let panel = chunk.split_off_mut(..width * depth).expect("as long as its panels");
                let values = &b.values[start * b.row_stride + column * b.column_stride..];
                pack_panel(Matrix { values, ..b }, width.min(columns - column), width, panel);
            }
        };
        if depth * width >= PARALLEL / 4 {
            threads::chunks_mut(packed, most * depth, pack);
        } else {
            packed.chunks_mut(most * depth).enumerate().for_each(|(number, chunk)| pack(number, chunk));
        }
    }
    packed
}

/// Copies so many columns of a matrix, as many rows as there is room for, into rows of `width`; what they do not fill is zero.
pub(super) fn pack_panel(from: Matrix, columns: usize, width: usize, panel: &mut [f32]) {
    if columns < width {
        panel.fill(0.0);
    }
    let Matrix { values, row_stride, column_stride } = from;
    let depth = panel.len() / width;
    if column_stride == 1 {
        for (row, to) in panel.chunks_exact_mut(width).enumerate() {
            copy_row(&values[row * row_stride..][..columns], &mut to[..columns]);
        }
    } else if row_stride == 1 {
        let values = &values[..(columns - 1) * column_stride + depth];
        transpose_to(values, column_stride, columns, panel, |row| row * width);
    } else {
        for (row, to) in panel.chunks_exact_mut(width).enumerate() {
            let values = values[row * row_stride..].iter().step_by(column_stride);
            to[..columns].iter_mut().zip(values).for_each(|(to, &from)| *to = from);
        }
    }
}

/// Copies a few registers' worth of values: too few for a call of the system's function to pay.
#[inline]
fn copy_row(from: &[f32], to: &mut [f32]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Copies rows of `a` so that the values of a tile that are used together lie together.
fn pack_rows(a: &Matrix, first: usize, cut: Cut, start: usize, depth: usize, packed: &mut [f32]) {
    for (row, rows) in cut.rows() {
        let tile = &mut packed[row * depth..][..rows * depth];
        let from = &a.values[(first + row) * a.row_stride + start * a.column_stride..];
        if a.column_stride == 1 && rows > 1 {
            weave(from, a.row_stride, rows, tile);
        } else {
            for (k, group) in tile.chunks_exact_mut(rows).enumerate() {
                let from = from[k * a.column_stride..].iter().step_by(a.row_stride);
                group.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::fence::Fenced;
    use crate::cpu::simd;
    use crate::random::Generator;

    /// The definition, in f64, of `a b + bias` for row-major matrices.
    fn naive([m, k, n]: [usize; 3], a: &[f32], b: &[f32], bias: &[f32]) -> Vec<f64> {
        let dot = |i: usize, j: usize| {
            (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum::<f64>()
        };
        (0..m * n).map(|at| f64::from(bias[at % n]) + dot(at / n, at % n)).collect()
    }

    fn transposed(x: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        let mut t = vec![0.0; x.len()];
        crate::cpu::transpose::transpose(x, &mut t, rows, columns);
        t
    }

    fn check(sizes: [usize; 3]) {
        let [m, k, n] = sizes;
        let mut random = Generator::new(9);
        let fenced = |values: &[f32]| Fenced::new(values);
        let [a, b, bias] = [m * k, k * n, n].map(|len| fenced(random.uniform(&[len], -1.0, 1.0).values()));
        let expected = naive(sizes, &a, &b, &bias);
        let (at, bt) = (fenced(&transposed(&a, m, k)), fenced(&transposed(&b, k, n)));
        for level in simd::available() {
            for a in [Matrix::new(&a, k), Matrix::transposed(&at, m)] {
                for b in [Matrix::new(&b, n), Matrix::transposed(&bt, k)] {
                    let mut c = Fenced::room(m * n);
                    gemm_with(
                        Kernels::of(level),
                        sizes,
                        a,
                        Right::Matrix(b),
                        Some(&bias),
                        &Finish::Plain,
                        &mut c,
                    );
                    c.assert_intact();
                    for (i, (&c, &e)) in c.iter().zip(&expected).enumerate() {
                        assert!(
                            (f64::from(c) - e).abs() < 1e-5 * (k + 4) as f64,
                            "{level:?}, {sizes:?}, value {i}: {c} for {e}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn products_larger_than_every_block_are_right() {
        check([201, 300, 150]);
        check([3, 1030, 70]);
    }

    #[test]
    fn every_size_up_to_four_registers_and_more_is_right() {
        for size in 1..=67 {
            check([size, 5, 3]);
            check([3, size, 17]);
            check([2, 7, size]);
            check([size, 3, 68 - size]);
        }
        check([67, 67, 67]);
    }

    #[test]
    fn the_result_does_not_depend_on_the_number_of_threads() {
        let [m, k, n] = [70, 300, 50];
        let [a, b] = [m * k, k * n].map(|len| Generator::new(4).uniform(&[len], -1.0, 1.0).to_vec());
        let product = || {
            let mut c = vec![f32::NAN; m * n];
            gemm([m, k, n], Matrix::new(&a, k), Matrix::new(&b, n), None, &mut c);
            c
        };
        assert_eq!(threads::alone(product), product());
    }

    #[test]
    fn without_inner_size_the_bias_remains() {
        let mut c = [f32::NAN; 6];
        gemm([2, 0, 3], Matrix::new(&[], 0), Matrix::new(&[], 3), Some(&[1.0, 2.0, 3.0]), &mut c);
        assert_eq!(c, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn equals_the_definition(m in 1usize..40, k in 1usize..40, n in 1usize..140) {
            check([m, k, n]);
        }
    }
}
