//! Products by our own kernels.

use super::{Cut, Ending, Product};
use crate::cuda::launch::Launch;
use crate::cuda::words::{sizes, words};
use crate::cuda::{Gpu, Memory};

/// How a product is made.
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
pub(super) const FEW: usize = 4;

/// Most blocks of a grid in its third direction.
pub(super) const MOST_DEEP: usize = 65_535;

impl Gpu {
    pub(super) fn plan(&self, product: &Product) -> Plan {
        let ([m, k, n], batch) = (product.sizes, product.batch);
        let tiles = |size: usize| batch * m.div_ceil(size) * n.div_ceil(size);
        let (way, blocks) = if m.min(n) <= FEW {
            (Way::Few, batch * m.max(n).div_ceil(16))
        } else if m.min(n) >= 96 && tiles(128) >= self.processors() {
            (Way::Large, tiles(128))
        } else {
            (Way::Small, tiles(64))
        };
        Plan { way, parts: self.parts(blocks, k, product.results()) }
    }

    /// Writes the values of products, ended as is said.
    pub(super) fn own_product(&'static self, product: &Product, plan: Plan, ending: &Ending, to: &Memory) {
        let [_, k, n] = product.sizes;
        let cut = Cut::new(plan.parts, k);
        if cut.parts > 1 {
            let parts = Memory::scratch(self, cut.parts * to.len());
            self.launch_parts(product, plan.way, cut, &Ending::default(), &parts);
            self.sum_parts(&parts, cut.parts, [n, 1], ending, to);
        } else {
            self.launch_parts(product, plan.way, cut, ending, to);
        }
    }

    /// Writes the parts one after the other; as many products of the batch with a launch as a grid is deep.
    fn launch_parts(&'static self, product: &Product, way: Way, cut: Cut, ending: &Ending, to: &Memory) {
        let [m, _, n] = product.sizes;
        let numbers = sizes([cut.parts, cut.depth, product.results()]);
        let at_once = MOST_DEEP / cut.parts;
        for first in (0..product.batch).step_by(at_once) {
            let count = at_once.min(product.batch - first);
            let (launch, grid) = match way {
                Way::Few => self.few_lines(product, first, numbers),
                Way::Large => self.tiles(product, "large", 128, first, numbers),
                Way::Small => self.tiles(product, "small", 64, first, numbers),
            };
            let (grid, start) = ([grid, cut.parts, count], first * m * n);
            ending.arguments(launch, start).with((to, start)).blocks(grid, [256, 1, 1]);
        }
    }

    /// The launch of a kernel that makes tiles, and how many.
    fn tiles<'a>(
        &'static self,
        product: &Product<'a>,
        name: &str,
        size: usize,
        first: usize,
        cut: [u32; 3],
    ) -> (Launch<'a>, usize) {
        let Product { sizes: [m, k, n], a, b, .. } = *product;
        let order = |matrix: super::Matrix| if matrix.column == 1 { 'n' } else { 't' };
        let file = if size == 128 { "matmul_large" } else { "matmul" };
        let numbers: [u32; 13] = words(&[
            &sizes([m, n, k]),
            &sizes([a.row, a.column, b.row, b.column]),
            &sizes([a.next, b.next, m * n]),
            &cut,
        ]);
        let launch = self.kernel(file, &format!("product_{name}_{}{}", order(a), order(b))).with(numbers);
        let launch = launch.with(a.of_number(first)).with(b.of_number(first));
        (launch, m.div_ceil(size) * n.div_ceil(size))
    }

    /// The launch of a kernel for few rows or columns, and how many blocks each of its products takes.
    fn few_lines<'a>(
        &'static self,
        product: &Product<'a>,
        first: usize,
        cut: [u32; 3],
    ) -> (Launch<'a>, usize) {
        let [m, _, n] = product.sizes;
        // Few columns are few rows of what is turned.
        let (turned, place, few_are_columns) = match m <= FEW {
            true => (*product, [n, 1], 0),
            false => (product.turned(), [1, n], 1),
        };
        let Product { sizes: [few, k, many], a, b, .. } = turned;
        let along = b.row == 1 && b.column != 1;
        let name = match (few, along) {
            (1, true) => "one_along",
            (1, false) => "one_across",
            (_, true) => "four_along",
            (_, false) => "four_across",
        };
        let numbers: [u32; 16] = words(&[
            &sizes([few, many, k]),
            &sizes([a.row, a.column, b.column, b.row]),
            &sizes(place),
            &[few_are_columns],
            &sizes([a.next, b.next, m * n]),
            &cut,
        ]);
        let launch = self.kernel("matmul", name).with(numbers);
        let launch = launch.with(a.of_number(first)).with(b.of_number(first));
        (launch, many.div_ceil(if along { 8 } else { 32 }))
    }
}

impl Product<'_> {
    /// The transposes of the results.
    fn turned(&self) -> Self {
        let [m, k, n] = self.sizes;
        Product { sizes: [n, k, m], batch: self.batch, a: self.b.turned(), b: self.a.turned() }
    }
}
