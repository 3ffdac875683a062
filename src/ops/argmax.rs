//! `argmax`, `argmin`: the position of the greatest, or the smallest, value along an axis.

use super::axis::around;
use crate::array::Array;
use crate::axes::{Axis, LastAxis};
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Which value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    Greatest,
    Least,
}

impl Extreme {
    /// The kernels' word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Extreme::Greatest => "greatest",
            Extreme::Least => "least",
        }
    }
}

impl<S: Shape> Tensor<S> {
    /// The position of the greatest value of every row: for scores `[N, classes]`, the predicted classes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 3>>::from([[1.0, 5.0, 2.0], [3.0, 0.0, 3.0]]).argmax(), [1, 0]);
    /// ```
    #[inline]
    pub fn argmax(&self) -> Vec<usize>
    where
        S: LastAxis,
    {
        argmax_last(self.raw())
    }

    /// The position of the greatest value along axis `A`, in row-major order of the other axes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 5.0, 2.0], [3.0, 0.0, 2.0]]);
    /// assert_eq!(x.argmax_axis::<0>(), [1, 0, 0]); // of equal values the first
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn argmax_axis<const A: usize>(&self) -> Vec<usize>
    where
        S: Axis<A>,
    {
        argmax_axis(self.raw(), A)
    }

    /// The position of the smallest value along axis `A`, in row-major order of the other axes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 5.0, 2.0], [3.0, 0.0, 2.0]]);
    /// assert_eq!(x.argmin_axis::<1>(), [0, 1]);
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn argmin_axis<const A: usize>(&self) -> Vec<usize>
    where
        S: Axis<A>,
    {
        argmin_axis(self.raw(), A)
    }
}

/// The position of the greatest value along the last axis, the first of equal ones, in row-major order.
///
/// ***Panics*** if `x` has no last axis or if that is empty.
#[track_caller]
pub fn argmax_last(x: &Raw) -> Vec<usize> {
    let last = has_values_along_last(&x.sizes());
    let x = x.array().row_major();
    match cuda::active() {
        Some(gpu) => gpu.places_of(Extreme::Greatest.name(), &x, [x.len() / last, last, 1]).positions(),
        None => x.values().chunks_exact(last).map(argmax).collect(),
    }
}

/// How many rows have their greatest value at their label, as a scalar, which stays on a GPU.
///
/// ***Panics*** as [`argmax_last`] does.
#[track_caller]
pub(crate) fn count_right(scores: &Raw, labels: &[usize]) -> Array {
    match cuda::active() {
        Some(gpu) => {
            has_values_along_last(&scores.sizes());
            gpu.count_right(&scores.array(), labels)
        }
        None => {
            let right =
                argmax_last(scores).iter().zip(labels).filter(|(class, label)| class == label).count();
            Array::full(&[], right as f32)
        }
    }
}

#[track_caller]
fn has_values_along_last(sizes: &[usize]) -> usize {
    let last = sizes.last().copied().unwrap_or(0);
    assert!(last > 0, "argmax: shape {sizes:?} has no values along the last axis");
    last
}

/// The position of the greatest value along an axis, the first of equal ones; a NaN counts as the greatest.
///
/// ***Panics*** if there is no such axis or if it is empty.
#[track_caller]
pub fn argmax_axis(x: &Raw, axis: usize) -> Vec<usize> {
    positions("argmax_axis", &x.array(), axis, Extreme::Greatest)
}

/// The position of the smallest value along an axis, the first of equal ones; a NaN counts as the smallest.
///
/// ***Panics*** if there is no such axis or if it is empty.
#[track_caller]
pub fn argmin_axis(x: &Raw, axis: usize) -> Vec<usize> {
    positions("argmin_axis", &x.array(), axis, Extreme::Least)
}

/// The positions along an axis of the extreme values, the first of equal ones; NaN counts as the most extreme.
#[track_caller]
pub(super) fn positions(operation: &str, x: &Array, axis: usize, extreme: Extreme) -> Vec<usize> {
    let blocks = blocks(operation, x.sizes(), axis);
    let x = x.row_major();
    match (cuda::active(), extreme) {
        (Some(gpu), extreme) => gpu.places_of(extreme.name(), &x, blocks).positions(),
        (None, Extreme::Greatest) => positions_by(&x, blocks, |value, best| value > best),
        (None, Extreme::Least) => positions_by(&x, blocks, |value, best| value < best),
    }
}

/// [`around`] an axis that has values.
///
/// ***Panics*** with the name of the operation if there is no such axis or it is empty.
#[track_caller]
pub(super) fn blocks(operation: &str, sizes: &[usize], axis: usize) -> [usize; 3] {
    let blocks = around(operation, sizes, axis);
    assert!(blocks[1] > 0, "{operation}: the axis {axis} of the shape {sizes:?} has no values");
    blocks
}

fn positions_by(x: &Array, [outer, size, inner]: [usize; 3], wins: impl Fn(f32, f32) -> bool) -> Vec<usize> {
    let mut positions = vec![0; outer * inner];
    let block = (size * inner).max(1);
    for (positions, block) in positions.chunks_exact_mut(inner.max(1)).zip(x.values().chunks_exact(block)) {
        // Row after row, which is the order in memory.
        for (i, row) in block.chunks_exact(inner).enumerate().skip(1) {
            for (column, (&value, position)) in row.iter().zip(&mut *positions).enumerate() {
                let best = block[*position * inner + column];
                if wins(value, best) || (value.is_nan() && !best.is_nan()) {
                    *position = i;
                }
            }
        }
    }
    positions
}

/// The position of the first greatest value; NaN counts as the greatest, so that it is not overlooked.
pub(super) fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (i, &value) in row.iter().enumerate().skip(1) {
        if value > row[best] || (value.is_nan() && !row[best].is_nan()) {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::cuda::agreement::scattered;

    #[test]
    fn the_first_of_equal_values_is_taken_and_nan_wins() {
        assert_eq!(argmax(&[2.0, 3.0, 3.0]), 1);
        assert_eq!(argmax(&[2.0, f32::NAN, 3.0, f32::NAN]), 1);
        assert_eq!(argmax(&[f32::NEG_INFINITY]), 0);
    }

    #[test]
    #[should_panic(expected = "argmax: shape [] has no values along the last axis")]
    fn a_scalar_has_no_argmax() {
        argmax_last(&Raw::new(Array::full(&[], 1.0)));
    }

    #[test]
    fn along_an_axis_too_the_first_of_equal_values_is_taken_and_nan_wins() {
        let x = Raw::new(Array::from_vec(&[3, 2], vec![1.0, 2.0, 1.0, f32::NAN, 0.0, 7.0]));
        assert_eq!(argmax_axis(&x, 0), [0, 1]);
        assert_eq!(argmin_axis(&x, 0), [2, 1]);
        assert_eq!(argmax_axis(&x, 1), [1, 1, 1]);
    }

    #[test]
    #[should_panic(expected = "argmax_axis: there is no axis 2 in the shape [3, 2]")]
    fn an_axis_that_does_not_exist_is_refused() {
        argmax_axis(&Raw::new(Array::full(&[3, 2], 1.0)), 2);
    }

    #[test]
    fn what_is_right_is_counted_alike_on_every_device() {
        for columns in [1, 3, 31, 32, 33, 200] {
            let mut scores = scattered(&[57, columns]);
            scores.values_mut()[columns / 2..]
                .iter_mut()
                .step_by(2 * columns + 5)
                .for_each(|x| *x = f32::NAN);
            scores.values_mut()[columns..2 * columns].fill(0.5);
            let scores = Raw::new(scores);
            let mut labels = Device::Cpu.scope(|| argmax_last(&scores));
            labels.iter_mut().step_by(3).for_each(|label| *label = (*label + 1) % columns);
            let count = |device: Device| device.scope(|| count_right(&scores, &labels).to_vec());
            assert_eq!(count(Device::current()), count(Device::Cpu));
            assert_eq!(count(Device::Cpu), [if columns == 1 { 57.0 } else { 38.0 }]);
        }
    }
}
