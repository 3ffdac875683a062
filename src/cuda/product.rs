//! Matrix products: by `kernels/matmul.cu`, or by cuBLAS where it is found and worth it.

mod own;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::launch::Launch;
use super::words::sizes;
use super::{Gpu, Memory};
use crate::array::{Array, Finish};
use crate::cpu::tile::UNBOUNDED;

/// A matrix in memory: where it begins, how far apart its rows and its columns are, and how far the next of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) memory: &'a Memory,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) next: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix of so many columns.
    pub(crate) fn new(memory: &'a Memory, columns: usize) -> Self {
        Matrix { memory, row: columns, column: 1, next: 0 }
    }

    /// The transpose of a row-major matrix of so many columns.
    pub(crate) fn transposed(memory: &'a Memory, columns: usize) -> Self {
        Matrix { memory, row: 1, column: columns, next: 0 }
    }

    /// One of a batch, so many values apart.
    pub(crate) fn apart(self, next: usize) -> Self {
        Matrix { next, ..self }
    }

    /// Rows for columns.
    fn turned(self) -> Self {
        Matrix { row: self.column, column: self.row, ..self }
    }

    /// Where the matrix of a number in the batch begins.
    fn of_number(&self, number: usize) -> (&'a Memory, usize) {
        (self.memory, number * self.next)
    }
}

/// The products of as many pairs of matrices of `m x k` and `k x n` as `batch` says.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) sizes: [usize; 3],
    pub(crate) batch: usize,
    pub(crate) a: Matrix<'a>,
    pub(crate) b: Matrix<'a>,
}

impl<'a> Product<'a> {
    /// Of one pair.
    pub(crate) fn new(sizes: [usize; 3], a: Matrix<'a>, b: Matrix<'a>) -> Self {
        Product { sizes, batch: 1, a, b }
    }

    fn results(&self) -> usize {
        self.batch * self.sizes[0] * self.sizes[2]
    }
}

/// What is done to the sums of a product or of a convolution before they are written.
#[derive(Default)]
pub(crate) struct Ending {
    /// One for every column.
    bias: Option<Arc<Memory>>,
    bounds: Option<[f32; 2]>,
    /// What a clamp made, for the gradient on its way back through it.
    clamped: Option<Arc<Memory>>,
}

impl Ending {
    pub(crate) fn new(gpu: &'static Gpu, bias: Option<&Array>, finish: &Finish) -> Ending {
        let bias = bias.map(|bias| bias.memory(gpu));
        match finish {
            Finish::Plain => Ending { bias, ..Ending::default() },
            Finish::Clamp(bounds) => Ending { bias, bounds: Some(*bounds), clamped: None },
            Finish::Slope(clamped, bounds) => {
                Ending { bias, bounds: Some(*bounds), clamped: Some(clamped.memory(gpu)) }
            }
        }
    }

    /// Whether the sums stay as they are.
    fn is_plain(&self) -> bool {
        self.bias.is_none() && self.bounds.is_none()
    }

    /// The arguments of a kernel whose results begin at `start` of all.
    pub(super) fn arguments<'a>(&'a self, launch: Launch<'a>, start: usize) -> Launch<'a> {
        let clamped = self.clamped.as_ref().map_or(0, |clamped| clamped.address() + 4 * start as u64);
        let [low, high] = self.bounds.unwrap_or(UNBOUNDED);
        launch.with(self.bias.as_deref()).with(clamped).with(low).with(high)
    }
}

/// Multiplications from which on cuBLAS is asked. Below, launching is most of the time, and ours is one kernel where cuBLAS
/// needs another for bias and clamp; above, that other pass over the results costs less than what cuBLAS gains by kernels that
/// are made for the card at hand.
pub(super) const WORTH_ASKING: usize = 1 << 21;

impl Gpu {
    /// The values of products, one after the other, ended as is said.
    pub(crate) fn product(&'static self, product: &Product, ending: &Ending) -> Memory {
        let [m, k, n] = product.sizes;
        // Kernels count to 2^31.
        sizes([m * k, k * n, product.results()]);
        let to = Memory::scratch(self, product.results());
        if to.len() == 0 {
            return to;
        }
        let large = to.len().saturating_mul(k) >= WORTH_ASKING;
        if large && m.min(n) > own::FEW && self.blas_product(product, &to) {
            self.end(&to, n, ending);
        } else {
            self.own_product(product, self.plan(product), ending, &to);
        }
        to
    }

    /// Into how many parts to cut sums over `depth` for so many results, which so many blocks make otherwise.
    pub(super) fn parts(&self, blocks: usize, depth: usize, results: usize) -> usize {
        /// A part is no less deep than this.
        const DEPTH: usize = 256;
        /// Values of all parts together.
        const MOST: usize = 1 << 24;
        let wanted = 2 * self.processors() / blocks.max(1);
        wanted.min(depth / DEPTH).min(MOST / results.max(1)).max(1)
    }

    /// Puts parts, one after the other, together into `to`, ended as is said. Rows have `columns` values; each of them may be
    /// a matrix of `tall` columns, which is turned.
    pub(super) fn sum_parts(
        &'static self,
        from: &Memory,
        parts: usize,
        [columns, tall]: [usize; 2],
        ending: &Ending,
        to: &Memory,
    ) {
        let launch = self.kernel("matmul", "sum_parts").with(to.len()).with(parts).with(from);
        ending.arguments(launch.with(columns).with(tall), 0).with(to).over(to.len());
    }

    /// Ends values, rows of so many columns, in place.
    pub(crate) fn end(&'static self, values: &Memory, columns: usize, ending: &Ending) {
        if !ending.is_plain() {
            self.sum_parts(values, 1, [columns, 1], ending, values);
        }
    }
}

/// How sums over a depth are cut.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) parts: usize,
    /// Of each part but the last, which is no deeper.
    pub(super) depth: usize,
}

impl Cut {
    pub(super) fn new(parts: usize, depth: usize) -> Cut {
        let each = depth.div_ceil(parts).next_multiple_of(16).max(16);
        Cut { parts: depth.div_ceil(each).max(1), depth: each }
    }
}
