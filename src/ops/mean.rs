//! `mean`: of all values, or along the last axis.

use super::{mul_scalar, sum, sum_last};
use crate::axes::LastAxis;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The mean of all values: a scalar; NaN if there are none.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).mean().item(), 2.5);
    /// ```
    #[inline]
    pub fn mean(&self) -> Tensor<()> {
        Tensor::from_raw(mean(self.raw()))
    }

    /// The means along the last axis: `[.., N]` becomes `[..]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let rows: Tensor<Rank1<2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).mean_last();
    /// assert_eq!(rows.to_vec(), [1.5, 3.5]);
    /// ```
    #[inline]
    pub fn mean_last(&self) -> Tensor<S::Rest>
    where
        S: LastAxis,
    {
        Tensor::from_raw(mean_last(self.raw()))
    }
}

/// The mean of all values: a scalar.
pub fn mean(x: &Raw) -> Raw {
    mul_scalar(&sum(x), 1.0 / x.len() as f32)
}

/// The means along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn mean_last(x: &Raw) -> Raw {
    let last = x.sizes().last().copied().unwrap_or(1);
    mul_scalar(&sum_last(x), 1.0 / last as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| mean(&x[0]));
        check_gradient(&[x], |x| mean_last(&x[0]));
    }
}
