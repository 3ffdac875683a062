//! Values in other places.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{strided as on_cpu, transpose};
use crate::cuda::{self, Memory};

/// An array of the given sizes, where a step along axis `i` is `strides[i]` values of the row-major `x` and the first value
/// lies at `start`. A stride of 0 repeats.
pub(crate) fn strided(x: &Array, start: usize, sizes: &[usize], strides: &[usize]) -> Array {
    let x = x.row_major();
    match cuda::active() {
        Some(gpu) => gpu.strided(&x, start, sizes, strides),
        None => Array::new(sizes, Layout::RowMajor, on_cpu::read(x.values(), start, sizes, strides)),
    }
}

/// Zeros, made where they are read.
pub(crate) fn zeros(sizes: &[usize]) -> Array {
    match cuda::active() {
        Some(gpu) => Array::on_gpu(sizes, Layout::RowMajor, Memory::zeros(gpu, sizes.iter().product())),
        None => Array::full(sizes, 0.0),
    }
}

/// Rows for columns.
pub(crate) fn transposed(x: &Array) -> Array {
    let x = x.row_major();
    let &[rows, columns] = x.sizes() else { panic!("expected a matrix, got shape {:?}", x.sizes()) };
    if let Some(gpu) = cuda::active() {
        return gpu.strided(&x, 0, &[columns, rows], &[1, columns]);
    }
    let mut turned = Buffer::scratch(x.len());
    transpose::transpose(x.values(), &mut turned, rows, columns);
    Array::new(&[columns, rows], Layout::RowMajor, turned)
}

/// The one value of a scalar, everywhere.
pub(crate) fn filled(sizes: &[usize], layout: Layout, scalar: &Array) -> Array {
    match cuda::active() {
        Some(gpu) => gpu.filled(sizes, layout, scalar),
        None => Array::new(sizes, layout, Buffer::full(sizes.iter().product(), scalar.values()[0])),
    }
}
