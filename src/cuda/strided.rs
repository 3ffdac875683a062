//! Values in other places: `kernels/binary.cu`'s walks through memory, there and back.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};
use crate::cpu::layout::sizes4;
use crate::cpu::strided::merged;

/// Axes of a walk.
const AXES: usize = 6;

impl Gpu {
    /// An array of the given sizes, where a step along axis `i` is `strides[i]` values of `x` and the first lies at `start`.
    ///
    /// ***Panics*** if more than six axes remain when those that are one run of memory are taken together.
    pub(crate) fn strided(
        &'static self,
        x: &Array,
        start: usize,
        sizes: &[usize],
        strides: &[usize],
    ) -> Array {
        let y = self.read(&x.memory(self), start, sizes, strides);
        Array::on_gpu(sizes, Layout::RowMajor, y)
    }

    /// The values along a walk through the memory of `x`, in an array of other sizes in the same layout.
    pub(crate) fn cut(
        &'static self,
        x: &Array,
        all: &[usize],
        start: usize,
        sizes: &[usize],
        strides: &[usize],
    ) -> Array {
        let y = self.read(&x.memory(self), start, sizes, strides);
        Array::on_gpu(all, x.layout(), y)
    }

    /// [`Gpu::strided`] of memory.
    pub(super) fn read(
        &'static self,
        x: &Memory,
        start: usize,
        sizes: &[usize],
        strides: &[usize],
    ) -> Memory {
        let len = sizes.iter().product();
        let y = Memory::scratch(self, len);
        let launch = self.kernel("binary", "strided_read").with(len).with(walk(start, sizes, strides));
        launch.with(x).with(&y).over(len);
        y
    }

    /// The way back: writes values side by side to their places in `to`, none of which comes twice. The others stay.
    pub(crate) fn write(
        &'static self,
        from: &Memory,
        to: &Memory,
        start: usize,
        sizes: &[usize],
        strides: &[usize],
    ) {
        let len = sizes.iter().product();
        let launch = self.kernel("binary", "strided_write").with(len).with(walk(start, sizes, strides));
        launch.with(from).with(to).over(len);
    }

    /// The values of `x` in an array of zeros, as [`Gpu::write`] places them.
    pub(crate) fn placed(
        &'static self,
        x: &Array,
        all: &[usize],
        start: usize,
        sizes: &[usize],
        strides: &[usize],
    ) -> Array {
        let y = Memory::zeros(self, all.iter().product());
        self.write(&x.row_major().memory(self), &y, start, sizes, strides);
        Array::on_gpu(all, Layout::RowMajor, y)
    }

    /// A row-major copy of a channels-last array.
    pub(crate) fn to_row_major(&'static self, x: &Array) -> Array {
        let [n, c, h, w] = sizes4(x);
        let y = self.read(&x.memory(self), 0, &[n, c, h * w], &[c * h * w, 1, c]);
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// A channels-last copy of a row-major array of four dimensions.
    pub(crate) fn to_channels_last(&'static self, x: &Array) -> Array {
        let [n, c, h, w] = sizes4(x);
        let y = self.read(&x.memory(self), 0, &[n, h * w, c], &[c * h * w, 1, h * w]);
        Array::on_gpu(x.sizes(), Layout::ChannelsLast, y)
    }

    /// The one value of a scalar, everywhere.
    pub(crate) fn filled(&'static self, sizes: &[usize], layout: Layout, scalar: &Array) -> Array {
        let y = self.read(&scalar.memory(self), 0, &[sizes.iter().product()], &[0]);
        Array::on_gpu(sizes, layout, y)
    }
}

/// The kernel's `Walk`.
fn walk(start: usize, sizes: &[usize], strides: &[usize]) -> [u32; 1 + 2 * AXES] {
    let (sizes, strides) = merged(sizes, strides);
    assert!(sizes.len() <= AXES, "a GPU takes arrays of at most {AXES} axes here, got the sizes {sizes:?}");
    let mut walk = [0; 1 + 2 * AXES];
    walk[0] = start as u32;
    walk[1..1 + AXES].fill(1);
    let front = AXES - sizes.len();
    for (axis, (&size, &stride)) in sizes.iter().zip(&strides).enumerate() {
        walk[1 + front + axis] = size as u32;
        walk[1 + AXES + front + axis] = stride as u32;
    }
    walk
}
