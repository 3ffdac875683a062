//! Matrix products: by `kernels/matmul.cu`, or by cuBLAS where it is found and worth it.

use std::sync::Arc;

use super::launch::Launch;
use super::words::{sizes, words};
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
    pub(super) fn arguments(&self, launch: Launch, start: usize) -> Launch {
        let clamped = self.clamped.as_ref().map_or(0, |clamped| clamped.address() + 4 * start as u64);
        let [low, high] = self.bounds.unwrap_or(UNBOUNDED);
        launch.with(self.bias.as_deref()).with(clamped).with(low).with(high)
    }
}

/// How our own kernels make a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) way: Way,
    /// Into how many parts the depth is cut.
    pub(super) parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// Tiles of 128 x 128.
    Large,
    /// Tiles of 64 x 64.
    Small,
    /// For at most [`FEW`] rows, or columns.
    Few,
}

/// Rows, or columns, up to which reading the other operand is all that counts.
const FEW: usize = 4;

/// Multiplications from which on cuBLAS is asked. Its products of this size run at several times the speed of ours on newer
/// cards; below it, launching is most of the time, and ours is one kernel where cuBLAS needs another for bias and clamp.
const WORTH_ASKING: usize = 1 << 21;

/// Most blocks of a grid in its third direction.
const MOST_DEEP: usize = 65_535;

impl Gpu {
    /// The products of `batch` pairs of matrices of `m x k` and `k x n`, one after the other, ended as is said.
    pub(crate) fn product(
        &'static self,
        sizes: [usize; 3],
        batch: usize,
        a: Matrix,
        b: Matrix,
        ending: &Ending,
    ) -> Memory {
        let [m, k, n] = sizes;
        let to = Memory::scratch(self, batch * m * n);
        if to.len() == 0 {
            return to;
        }
        let work = (batch * m * n).saturating_mul(k);
        if m.min(n) > FEW && work >= WORTH_ASKING && self.blas_product(sizes, batch, a, b, &to) {
            if !ending.is_plain() {
                self.end(&to, n, ending);
            }
            return to;
        }
        self.own_product(self.plan(sizes, batch), sizes, batch, a, b, ending, &to);
        to
    }

    fn plan(&self, [m, k, n]: [usize; 3], batch: usize) -> Plan {
        let tiles = |rows: usize, columns: usize| batch * m.div_ceil(rows) * n.div_ceil(columns);
        let (way, blocks) = if m.min(n) <= FEW {
            (Way::Few, batch * m.max(n).div_ceil(16))
        } else if m.min(n) >= 96 && tiles(128, 128) >= self.processors() {
            (Way::Large, tiles(128, 128))
        } else {
            (Way::Small, tiles(64, 64))
        };
        Plan { way, parts: self.parts(blocks, k, batch * m * n) }
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

    /// [`Gpu::product`] by our own kernels.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn own_product(
        &'static self,
        plan: Plan,
        sizes: [usize; 3],
        batch: usize,
        a: Matrix,
        b: Matrix,
        ending: &Ending,
        to: &Memory,
    ) {
        let [m, k, n] = sizes;
        let cut = Cut::new(plan.parts, k);
        if cut.parts > 1 {
            let parts = Memory::scratch(self, cut.parts * to.len());
            let part = (cut, to.len());
            self.launch_products(plan.way, sizes, batch, part, a, b, &Ending::default(), &parts);
            return self.sum_parts(&parts, cut.parts, [n, 1], ending, to);
        }
        self.launch_products(plan.way, [m, k, n], batch, (cut, 0), a, b, ending, to);
    }

    #[allow(clippy::too_many_arguments)]
    fn launch_products(
        &'static self,
        way: Way,
        [m, k, n]: [usize; 3],
        batch: usize,
        (cut, part): (Cut, usize),
        a: Matrix,
        b: Matrix,
        ending: &Ending,
        to: &Memory,
    ) {
        let next = [a.next, b.next, m * n];
        let cut_numbers = sizes([cut.parts, cut.depth, part]);
        let at_once = MOST_DEEP / if way == Way::Few { 1 } else { cut.parts };
        for first in (0..batch).step_by(at_once) {
            let count = at_once.min(batch - first);
            let (a_at, b_at) = ((a.memory, first * a.next), (b.memory, first * b.next));
            let start = first * m * n;
            let (launch, grid) = match way {
                Way::Few => {
                    let few_rows = m <= FEW;
                    let along =
                        if few_rows { b.row == 1 && b.column != 1 } else { a.column == 1 && a.row != 1 };
                    let (few, many) = if few_rows { (m, n) } else { (n, m) };
                    let name = match (few, along) {
                        (1, true) => "one_along",
                        (1, false) => "one_across",
                        (_, true) => "four_along",
                        (_, false) => "four_across",
                    };
                    let launch = self.kernel("matmul", name);
                    let launch = if few_rows {
                        let steps = [a.row, a.column, b.column, b.row, n, 1, 0];
                        launch
                            .with(words::<16>(&[
                                &sizes([m, n, k]),
                                &sizes(steps),
                                &sizes(next),
                                &cut_numbers,
                            ]))
                            .with(a_at)
                            .with(b_at)
                    } else {
                        let steps = [b.column, b.row, a.row, a.column, 1, n, 1];
                        let next = [b.next, a.next, m * n];
                        launch
                            .with(words::<16>(&[
                                &sizes([n, m, k]),
                                &sizes(steps),
                                &sizes(next),
                                &cut_numbers,
                            ]))
                            .with(b_at)
                            .with(a_at)
                    };
                    (launch, [many.div_ceil(if along { 8 } else { 32 }), cut.parts, count])
                }
                Way::Large | Way::Small => {
                    let (name, size) = if way == Way::Large { ("large", 128) } else { ("small", 64) };
                    let order = |along: bool| if along { 'n' } else { 't' };
                    let name = format!("product_{name}_{}{}", order(a.column == 1), order(b.column == 1));
                    let steps = [a.row, a.column, b.row, b.column];
                    let numbers =
                        words::<13>(&[&sizes([m, n, k]), &sizes(steps), &sizes(next), &cut_numbers]);
                    let launch = self.kernel("matmul", &name).with(numbers).with(a_at).with(b_at);
                    (launch, [m.div_ceil(size) * n.div_ceil(size), 1, count * cut.parts])
                }
            };
            ending.arguments(launch, start).with((to, start)).blocks(grid, [256, 1, 1]);
        }
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
        self.sum_parts(values, 1, [columns, 1], ending, values);
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

#[cfg(test)]
mod tests;
