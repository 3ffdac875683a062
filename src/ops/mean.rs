//! `mean`: of all values, or along one axis.

use super::axis::around;
use super::{mul_scalar, sum, sum_axis, sum_last, unsqueeze};
use crate::axes::{Axis, LastAxis};
use crate::raw::Raw;
use crate::shape::{Const, Shape};
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
    pub fn mean_last<R: Shape>(&self) -> Tensor<R>
    where
        S: LastAxis<Rest = R>,
    {
        Tensor::from_raw(mean_last(self.raw()))
    }

    /// The means along axis `A`, which goes; NaN where it is empty.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.mean_axis::<0>().to_vec(), [2.0, 3.0]);
    /// ```
    #[inline]
    pub fn mean_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(mean_axis(self.raw(), A))
    }

    /// The means along axis `A`, which stays with size 1, so that the result can be broadcast against this tensor.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 6.0]]);
    /// let centred = &x - x.mean_axis_keep::<1>().broadcast();
    /// assert_eq!(centred.to_vec(), [-0.5, 0.5, -1.5, 1.5]);
    /// ```
    #[inline]
    pub fn mean_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&mean_axis(self.raw(), A), A))
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

/// The means along an axis, which goes.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn mean_axis(x: &Raw, axis: usize) -> Raw {
    let [_, size, _] = around("mean_axis", &x.sizes(), axis);
    mul_scalar(&sum_axis(x, axis), 1.0 / size as f32)
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
        check_gradient(std::slice::from_ref(&x), |x| mean_last(&x[0]));
        check_gradient(&[x], |x| mean_axis(&x[0], 0));
    }
}
