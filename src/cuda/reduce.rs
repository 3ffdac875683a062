//! Sums and products along one axis: `kernels/reduce.cu`; lengths, which are made of them.

use super::launch::{BLOCK, WARP_ROW};
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Axes that are this short have one thread a result.
const SHORT: usize = 16;

/// So many threads keep a GPU busy.
const MANY: usize = 1 << 16;

/// Blocks that a reduction is cut into, about: enough for any GPU, and the same for each, so that results are.
const BLOCKS: usize = 2048;

/// How `[outer, size, inner]` is put together by blocks: see `kernels/columns.cuh`.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    outer: usize,
    size: usize,
    inner: usize,
    chunk: usize,
    pub(super) parts: usize,
}

impl Columns {
    pub(super) fn new([outer, size, inner]: [usize; 3]) -> Self {
        let tiles = outer * inner.div_ceil(32);
        // A thread should have eight values or more.
        let height = BLOCK as usize / inner.clamp(1, 32);
        let most = size.div_ceil(8 * height).max(1);
        let chunk = size.div_ceil((BLOCKS / tiles.max(1)).clamp(1, most)).max(1);
        Columns { outer, size, inner, chunk, parts: size.div_ceil(chunk).max(1) }
    }

    /// In one part.
    pub(super) fn whole([outer, size, inner]: [usize; 3]) -> Self {
        Columns { outer, size, inner, chunk: size.max(1), parts: 1 }
    }

    /// The kernel's argument.
    pub(super) fn argument(&self) -> [u32; 5] {
        [self.outer, self.size, self.inner, self.chunk, self.parts].map(|size| size as u32)
    }

    /// The kernel's grid; of no blocks where there are no results.
    pub(super) fn grid(&self) -> [usize; 3] {
        [self.outer * self.inner.div_ceil(32) * self.parts, 1, 1]
    }

    /// The sizes of what the parts come to.
    pub(super) fn results(&self) -> [usize; 3] {
        [self.outer, self.parts, self.inner]
    }
}

/// Whether `[outer, size, inner]` is best put together by one thread a result: where the axis is short, and where so many
/// results lie side by side that this keeps a GPU busy and reads whole runs of memory.
pub(super) fn one_thread_each([outer, size, inner]: [usize; 3], short: usize) -> bool {
    size <= short || (inner >= 32 && outer * inner >= MANY)
}

impl Gpu {
    /// The sums along the middle one of three axes, divided by a number.
    pub(crate) fn axis_sum(&'static self, x: &Memory, blocks: [usize; 3], divisor: f32) -> Memory {
        self.reduced("sum", x, blocks, divisor)
    }

    /// The products along the middle one of three axes.
    pub(crate) fn axis_product(&'static self, x: &Memory, blocks: [usize; 3]) -> Memory {
        self.reduced("product", x, blocks, 1.0)
    }

    fn reduced(&'static self, name: &str, x: &Memory, blocks: [usize; 3], divisor: f32) -> Memory {
        let [outer, size, inner] = blocks;
        let results = Memory::scratch(self, outer * inner);
        let kernel = |kind: &str| self.kernel("reduce", &format!("{name}_{kind}"));
        if one_thread_each(blocks, SHORT) {
            let launch = kernel("each").with(results.len()).with(size).with(inner).with(x);
            launch.with(divisor).with(&results).over(results.len());
            return results;
        }
        if inner == 1 && size <= WARP_ROW {
            let launch = kernel("warps").with(outer).with(size).with(x).with(divisor).with(&results);
            launch.blocks([outer.div_ceil(BLOCK as usize / 32), 1, 1], [BLOCK, 1, 1]);
            return results;
        }
        let columns = Columns::new(blocks);
        if columns.parts == 1 {
            let launch = kernel("columns").with(columns.argument()).with(x).with(divisor).with(&results);
            launch.blocks(columns.grid(), [BLOCK, 1, 1]);
            return results;
        }
        let parts = Memory::scratch(self, columns.results().iter().product());
        let launch = kernel("columns").with(columns.argument()).with(x).with(1.0_f32).with(&parts);
        launch.blocks(columns.grid(), [BLOCK, 1, 1]);
        self.reduced(name, &parts, columns.results(), divisor)
    }

    /// The sums of the columns of two matrices of a few thousand rows at most, as arrays.
    pub(super) fn sums_of_two(&'static self, matrices: &[Memory; 2], columns: usize) -> [Array; 2] {
        let of = Columns::whole([1, matrices[0].len() / columns.max(1), columns]);
        let sums = [(); 2].map(|()| Memory::scratch(self, columns));
        let kernel =
            self.kernel("reduce", "sum_two").with(of.argument()).with(&matrices[0]).with(&matrices[1]);
        kernel.with(&sums[0]).with(&sums[1]).blocks(of.grid(), [BLOCK, 1, 1]);
        sums.map(|sums| Array::on_gpu(&[columns], Layout::RowMajor, sums))
    }

    /// The slope of the means of the pixels of pictures of channels-last `sizes`.
    pub(crate) fn pixel_means_slope(&'static self, gradient: &Array, sizes: [usize; 4]) -> Array {
        let [n, c, h, w] = sizes;
        let shares = self.map("div_scalar", [(h * w) as f32, 0.0], gradient);
        let dx = self.read(&shares.memory(self), 0, &[n, h * w, c], &[c, 0, 1]);
        Array::on_gpu(&sizes, Layout::ChannelsLast, dx)
    }

    /// The slope of the lengths along the middle one of three axes of `x`.
    pub(crate) fn length_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        lengths: &Array,
        [_, size, inner]: [usize; 3],
    ) -> Array {
        let dx = Memory::scratch(self, x.len());
        let launch = self.kernel("reduce", "length_slope").with(x.len()).with(size).with(inner);
        let launch = launch.with(gradient.memory(self)).with(x.memory(self)).with(lengths.memory(self));
        launch.with(&dx).over(x.len());
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }
}
