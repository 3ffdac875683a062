//! Softmax along the last axis, and logarithms of sums of exponentials: `kernels/softmax.cu`.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Rows longer than this are cut into chunks where there are not enough of them to keep a GPU busy.
const CHUNK: usize = 1 << 14;

/// So many rows are enough.
const ENOUGH: usize = 256;

impl Gpu {
    /// `softmax` or `log_softmax`.
    ///
    /// ***Panics*** with that name if `x` is a scalar.
    #[track_caller]
    pub(crate) fn softmax(&'static self, name: &str, x: &Array) -> Array {
        let Some(&last) = x.sizes().last() else { panic!("{name}: a scalar has no last axis") };
        let y = Memory::scratch(self, x.len());
        let from = x.row_major().memory(self);
        self.by_rows("softmax", name, [x.len() / last.max(1), last], |kernel| {
            kernel.with(last).with(&*from).with(&y)
        });
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// What comes back through it, given its results.
    pub(crate) fn softmax_slope(&'static self, name: &str, gradient: &Array, y: &Array) -> Array {
        let last = y.sizes().last().copied().unwrap_or(1);
        let dx = Memory::scratch(self, y.len());
        let (gradient, from) = (gradient.row_major().memory(self), y.memory(self));
        self.by_rows("softmax", &format!("{name}_slope"), [y.len() / last.max(1), last], |kernel| {
            kernel.with(last).with(&*gradient).with(&*from).with(&dx)
        });
        Array::on_gpu(y.sizes(), Layout::RowMajor, dx)
    }

    /// The logarithms of the sums of exponentials along the middle one of three axes of a row-major array.
    pub(crate) fn log_sums(&'static self, x: &Array, [outer, size, inner]: [usize; 3]) -> Memory {
        if inner <= 1 {
            return self.log_sums_of_rows(&x.memory(self), [outer * inner, size]);
        }
        let rows = self.strided(x, 0, &[outer, inner, size], &[size * inner, 1, inner]);
        self.log_sums_of_rows(&rows.memory(self), [outer * inner, size])
    }

    fn log_sums_of_rows(&'static self, x: &Memory, [rows, len]: [usize; 2]) -> Memory {
        let chunk = if rows < ENOUGH { len.min(CHUNK) } else { len };
        // An empty row has one chunk, of nothing.
        let chunks = len.div_ceil(chunk.max(1)).max(1);
        let y = Memory::scratch(self, rows * chunks);
        self.by_rows("softmax", "log_sum", [rows * chunks, chunk], |kernel| {
            kernel.with(len).with(chunk).with(chunks).with(x).with(&y)
        });
        if chunks > 1 { self.log_sums_of_rows(&y, [rows, chunks]) } else { y }
    }

    /// The slope of those logarithms.
    pub(crate) fn log_sums_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        log_sums: &Array,
        [_, size, inner]: [usize; 3],
    ) -> Array {
        let dx = Memory::scratch(self, x.len());
        let gradient = gradient.row_major();
        let launch = self.kernel("softmax", "log_sum_slope").with(x.len()).with(size).with(inner);
        let launch = launch.with(gradient.memory(self)).with(x.memory(self));
        launch.with(log_sums.memory(self)).with(&dx).over(x.len());
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }
}
