//! Values chosen, compared and interpolated: `kernels/structure.cu`.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};
use crate::cpu::layout::sizes4;

impl Gpu {
    /// The lower triangle of matrices up to a diagonal, or the upper from it on, zeros elsewhere.
    pub(crate) fn triangle(&'static self, x: &Array, diagonal: isize, upper: bool) -> Array {
        let (x, y) = (x.row_major(), Memory::scratch(self, x.len()));
        let &[.., rows, columns] = x.sizes() else { panic!("expected matrices, got {:?}", x.sizes()) };
        // Beyond the corners nothing changes any more.
        let (farthest, upper) = ((rows + columns) as isize, usize::from(upper));
        let diagonal = diagonal.clamp(-farthest, farthest) as i32 as u32;
        let launch = self.kernel("structure", "triangle").with(x.len()).with(x.memory(self)).with(rows);
        launch.with(columns).with(diagonal).with(upper).with(&y).over(x.len());
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// `a` where the row-major mask is `chosen`, elsewhere the other values, or the number.
    pub(crate) fn choose(
        &'static self,
        mask: &Memory<u8>,
        chosen: bool,
        a: &Array,
        other: Result<&Array, f32>,
    ) -> Array {
        let (a, y) = (a.row_major(), Memory::scratch(self, a.len()));
        let b = other.ok().map(|b| b.row_major().memory(self));
        let launch = self.kernel("structure", "choose").with(a.len()).with(mask).with(usize::from(chosen));
        let launch = launch.with(a.memory(self)).with(b.as_deref()).with(other.err().unwrap_or(0.0));
        launch.with(&y).over(a.len());
        Array::on_gpu(a.sizes(), Layout::RowMajor, y)
    }

    /// Where values compare with those of the other array, or with the number, in one of the orders whose bits are set: less,
    /// equal, greater, none. In row-major order.
    pub(crate) fn compare(&'static self, x: &Array, other: Result<&Array, f32>, orders: u32) -> Vec<bool> {
        let (x, holds) = (x.row_major(), Memory::<u8>::scratch(self, x.len()));
        let y = other.ok().map(|y| y.row_major().memory(self));
        let launch = self.kernel("structure", "compare").with(x.len()).with(x.memory(self));
        let launch = launch.with(y.as_deref()).with(other.err().unwrap_or(0.0)).with(orders);
        launch.with(&holds).over(x.len());
        let mut bytes = vec![0; x.len()];
        self.download(&holds, &mut bytes);
        bytes.into_iter().map(|byte| byte != 0).collect()
    }

    /// The gradient of pictures that were enlarged by repeating their pixels.
    pub(crate) fn upsample_nearest_slope(
        &'static self,
        gradient: &Array,
        sizes: &[usize],
        factor: usize,
    ) -> Array {
        let dx = Memory::scratch(self, sizes.iter().product());
        let gradient = gradient.row_major();
        let launch = self.kernel("structure", "upsample_nearest_slope").with(dx.len());
        let launch = launch.with(gradient.memory(self)).with(sizes[3]).with(factor);
        launch.with(&dx).over(dx.len());
        Array::on_gpu(sizes, Layout::RowMajor, dx)
    }

    /// Pictures of another size, values between the pixels interpolated.
    pub(crate) fn upsample_bilinear(&'static self, x: &Array, size: [usize; 2]) -> Array {
        let [n, c, h, w] = sizes4(x);
        let sizes = [n, c, size[0], size[1]];
        self.interpolate("upsample_bilinear", x, [h, w], size, &sizes)
    }

    /// The gradient of pictures, of the sizes given, that were interpolated.
    pub(crate) fn upsample_bilinear_slope(&'static self, gradient: &Array, sizes: &[usize]) -> Array {
        let [_, _, height, width] = sizes4(gradient);
        let old = [sizes[2], sizes[3]];
        self.interpolate("upsample_bilinear_slope", gradient, old, [height, width], sizes)
    }

    fn interpolate(
        &'static self,
        kernel: &str,
        x: &Array,
        [old_rows, old_columns]: [usize; 2],
        [new_rows, new_columns]: [usize; 2],
        sizes: &[usize],
    ) -> Array {
        let y = Memory::scratch(self, sizes.iter().product());
        let x = x.row_major();
        let launch = self.kernel("structure", kernel).with(y.len()).with(x.memory(self));
        let scaling = [old_rows, old_columns, new_rows, new_columns].map(|size| size as u32);
        launch.with(scaling).with(&y).over(y.len());
        Array::on_gpu(sizes, Layout::RowMajor, y)
    }
}
