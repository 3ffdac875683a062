//! `sort`: every row in order, and where its values were; `argsort`: that alone.

use std::cmp::Ordering;

use super::gather;
use crate::axes::LastAxis;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The values along the last axis in order, the smallest first, or the greatest if `descending`; and their positions
    /// there before, in row-major order. Equal values keep their order.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]]);
    /// let (sorted, positions) = x.sort(false);
    /// assert_eq!(sorted.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(positions, [1, 2, 0, 0, 2, 1]);
    /// ```
    #[inline]
    pub fn sort(&self, descending: bool) -> (Self, Vec<usize>)
    where
        S: LastAxis,
    {
        let (sorted, positions) = sort(self.raw(), descending);
        (Tensor::from_raw(sorted), positions)
    }

    /// The positions along the last axis that [`Tensor::sort`] takes the values from, in row-major order.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([3.0, 1.0, 2.0]).argsort(true), [0, 2, 1]);
    /// ```
    #[inline]
    pub fn argsort(&self, descending: bool) -> Vec<usize>
    where
        S: LastAxis,
    {
        argsort(self.raw(), descending)
    }
}

/// The values along the last axis in order, the smallest first, or the greatest if `descending`, and their positions there
/// before. Equal values keep their order; a NaN counts as the greatest.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn sort(x: &Raw, descending: bool) -> (Raw, Vec<usize>) {
    let (sizes, positions) = (x.sizes(), argsort(x, descending));
    (gather(x, sizes.len() - 1, &positions, &sizes), positions)
}

/// The positions along the last axis that [`sort`] takes the values from.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn argsort(x: &Raw, descending: bool) -> Vec<usize> {
    let Some(&last) = x.sizes().last() else { panic!("sort: a scalar has no last axis") };
    if let Some(gpu) = cuda::active() {
        return gpu.order(&x.array(), last, descending);
    }
    let mut positions = Vec::with_capacity(x.len());
    let mut order = Vec::with_capacity(last);
    for row in x.array().row_major().values().chunks_exact(last.max(1)) {
        order.clear();
        order.extend(0..last);
        order.sort_by(|&a, &b| {
            let upwards = compare(row[a], row[b]);
            if descending { upwards.reverse() } else { upwards }
        });
        positions.extend_from_slice(&order);
    }
    positions
}

/// The order of two values, of which a NaN counts as the greatest.
pub(super) fn compare(a: f32, b: f32) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 4], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5, 0.7, 9.0]);
        check_gradient(std::slice::from_ref(&x), |x| sort(&x[0], false).0);
        check_gradient(&[x], |x| sort(&x[0], true).0);
    }

    #[test]
    fn equal_values_keep_their_order_and_nan_is_the_greatest() {
        let x = Raw::new(Array::from_vec(&[5], vec![2.0, f32::NAN, 1.0, 2.0, f32::INFINITY]));
        assert_eq!(argsort(&x, false), [2, 0, 3, 4, 1]);
        assert_eq!(argsort(&x, true), [1, 4, 0, 3, 2]);
        assert_eq!(argsort(&Raw::new(Array::full(&[2, 0], 0.0)), false), [0; 0]);
    }
}
