//! Running sums and products: `kernels/scan.cu`.

use super::launch::{BLOCK, Launch};
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Lines that are this short have one thread each.
const SHORT: usize = 32;

/// So many lines side by side keep a GPU busy with one thread for each.
const MANY: usize = 4096;

/// From which end of the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    Forwards,
    Backwards,
}

impl Gpu {
    fn scan<'a>(
        &'static self,
        name: &str,
        [outer, size, inner]: [usize; 3],
        walk: Walk,
        with: impl FnOnce(Launch<'a>) -> Launch<'a>,
    ) {
        let lines = outer * inner;
        let by_threads = size <= SHORT || (inner >= 32 && lines >= MANY);
        let kind = if by_threads { "threads" } else { "blocks" };
        let along = [size, inner, usize::from(walk == Walk::Backwards)].map(|number| number as u32);
        let launch = with(self.kernel("scan", &format!("{name}_{kind}")).with(lines).with(along));
        if by_threads { launch.over(lines) } else { launch.blocks([lines, 1, 1], [BLOCK, 1, 1]) }
    }

    /// Running sums along the middle one of three axes of a row-major array.
    pub(crate) fn running_sums(&'static self, x: &Array, blocks: [usize; 3], walk: Walk) -> Array {
        let y = Memory::scratch(self, x.len());
        self.scan("sum", blocks, walk, |launch| launch.with(x.memory(self)).with(&y));
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// Running products along the middle one of three axes of a row-major array.
    pub(crate) fn running_products(&'static self, x: &Array, blocks: [usize; 3]) -> Array {
        let y = Memory::scratch(self, x.len());
        self.scan("product", blocks, Walk::Forwards, |launch| launch.with(x.memory(self)).with(&y));
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// What of `gradient` comes back through running products `y` of `x`.
    pub(crate) fn running_products_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        y: &Array,
        blocks: [usize; 3],
    ) -> Array {
        let dx = Memory::scratch(self, x.len());
        let gradient = gradient.row_major().memory(self);
        self.scan("product_slope", blocks, Walk::Backwards, |launch| {
            launch.with(&*gradient).with(x.memory(self)).with(y.memory(self)).with(&dx)
        });
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }

    /// What of `gradient` comes back through products along the middle one of three axes of `x`: for each value the product
    /// of the others, without a division that a zero would spoil.
    pub(crate) fn products_slope(&'static self, gradient: &Array, x: &Array, blocks: [usize; 3]) -> Array {
        let dx = Memory::scratch(self, x.len());
        let gradient = gradient.row_major().memory(self);
        for walk in [Walk::Forwards, Walk::Backwards] {
            self.scan("other_product", blocks, walk, |launch| {
                launch.with(&*gradient).with(x.memory(self)).with(&dx)
            });
        }
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }
}
