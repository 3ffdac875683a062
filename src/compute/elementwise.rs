//! Formulas of one or two values.

use crate::array::Array;
use crate::cpu::elementwise;
use crate::cuda;

/// `f` of every value.
pub(crate) fn map(name: &'static str, x: &Array, f: impl Fn(f32) -> f32 + Sync) -> Array {
    map_by(name, [0.0; 2], x, f)
}

/// `f` of every value, which depends on one or two numbers.
pub(crate) fn map_by(
    name: &'static str,
    numbers: [f32; 2],
    x: &Array,
    f: impl Fn(f32) -> f32 + Sync,
) -> Array {
    match cuda::active() {
        Some(gpu) => gpu.map(name, numbers, x),
        None => elementwise::map(x, f),
    }
}

/// `f` of every value of `gradient` and of the input, or the result, that the slope of the formula `name` is computed from.
pub(crate) fn slope(
    name: &'static str,
    gradient: &Array,
    at: &Array,
    f: impl Fn(f32, f32) -> f32 + Sync,
) -> Array {
    slope_by(name, [0.0; 2], gradient, at, f)
}

/// [`slope`] of a formula that depends on one or two numbers.
pub(crate) fn slope_by(
    name: &'static str,
    numbers: [f32; 2],
    gradient: &Array,
    at: &Array,
    f: impl Fn(f32, f32) -> f32 + Sync,
) -> Array {
    match cuda::active() {
        Some(gpu) => gpu.slope(name, numbers, gradient, at),
        None => elementwise::zip(gradient, at, f),
    }
}

/// `f` of the values of two arrays of the same sizes, pair by pair.
#[track_caller]
pub(crate) fn zip(name: &'static str, a: &Array, b: &Array, f: impl Fn(f32, f32) -> f32 + Sync) -> Array {
    match cuda::active() {
        Some(gpu) => gpu.zip(name, a, b),
        None => elementwise::zip(a, b, f),
    }
}

/// Every value plus the value of `row` at the same place of the axis that varies fastest.
#[track_caller]
pub(crate) fn add_row(x: &Array, row: &Array) -> Array {
    match cuda::active() {
        Some(gpu) => gpu.add_row(x, row),
        None => elementwise::map_rows(x, row, |x, row| x + row),
    }
}

/// Adds `part` to `sum`, which keeps its layout.
#[track_caller]
pub(crate) fn add_into(sum: &mut Array, part: &Array) {
    assert!(sum.sizes() == part.sizes(), "cannot add {:?} to {:?}", part.sizes(), sum.sizes());
    match cuda::active() {
        Some(gpu) => gpu.add_into(sum, part),
        None => elementwise::add_into(sum, part),
    }
}
