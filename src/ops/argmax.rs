//! `argmax`: the position of the greatest value along the last axis.

use crate::axes::LastAxis;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

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
}

/// The position of the greatest value along the last axis, the first of equal ones, in row-major order.
///
/// ***Panics*** if `x` has no last axis or if that is empty.
#[track_caller]
pub fn argmax_last(x: &Raw) -> Vec<usize> {
    let sizes = x.sizes();
    let last = sizes.last().copied().unwrap_or(0);
    assert!(last > 0, "argmax: shape {sizes:?} has no values along the last axis");
    x.array().row_major().values().chunks_exact(last).map(argmax).collect()
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
    use crate::array::Array;

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
}
