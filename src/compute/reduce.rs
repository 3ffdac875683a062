//! Sums.

use crate::array::{Array, Layout};
use crate::cpu::reduce;
use crate::cuda;

/// The sum of all values, divided by a number: a scalar.
pub(crate) fn sum(x: &Array, divisor: f32) -> Array {
    match cuda::active() {
        Some(gpu) => {
            let total = gpu.axis_sum(&x.memory(gpu), [1, x.len(), 1], divisor);
            Array::on_gpu(&[], Layout::RowMajor, total)
        }
        None => Array::full(&[], reduce::sum(x.values()) / divisor),
    }
}

/// The sums along the middle one of three axes, as an array of the given sizes: the row-major `x` is `[outer, size, inner]`
/// and becomes `[outer, inner]`.
#[track_caller]
pub(crate) fn axis_sum(x: &Array, blocks: [usize; 3], sizes: &[usize]) -> Array {
    let x = x.row_major();
    match cuda::active() {
        Some(gpu) => Array::on_gpu(sizes, Layout::RowMajor, gpu.axis_sum(&x.memory(gpu), blocks, 1.0)),
        None => Array::new(sizes, Layout::RowMajor, reduce::axis_sum(x.values(), blocks)),
    }
}

/// The sum of the rows of a matrix, as `x` lies in memory: one value a column.
pub(crate) fn row_sum(x: &Array, columns: usize) -> Array {
    match cuda::active() {
        Some(gpu) => {
            let rows = x.len() / columns.max(1);
            let sums = gpu.axis_sum(&x.memory(gpu), [1, rows, columns], 1.0);
            Array::on_gpu(&[columns], Layout::RowMajor, sums)
        }
        None => reduce::row_sum(x.values(), columns),
    }
}
