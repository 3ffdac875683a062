//! `var`, `std`: variance and standard deviation along an axis.

use super::axis::around;
use super::{broadcast_to, mean_axis, mul_scalar, reshape, sqrt, square, sub, sum_axis, unsqueeze};
use crate::axes::Axis;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The variance of all values: `Σ (x - mean)² / (N - 1)` if `unbiased`, else `Σ (x - mean)² / N`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 6.0]]).var(false).item(), 3.5);
    /// ```
    #[inline]
    pub fn var(&self, unbiased: bool) -> Tensor<()> {
        Tensor::from_raw(var(self.raw(), unbiased))
    }

    /// The standard deviation of all values: the root of [`Tensor::var`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.0, 3.0]).std(false).item(), 1.0);
    /// ```
    #[inline]
    pub fn std(&self, unbiased: bool) -> Tensor<()> {
        Tensor::from_raw(sqrt(&var(self.raw(), unbiased)))
    }

    /// The variance along axis `A`, which goes: `Σ (x - mean)² / (N - 1)` if `unbiased`, as PyTorch computes it unless
    /// told otherwise, else `Σ (x - mean)² / N`, which is what layers that normalise use.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<1, 4>>::from([[1.0, 2.0, 3.0, 6.0]]);
    /// assert_eq!(x.var_axis::<1>(false).to_vec(), [3.5]);
    /// ```
    #[inline]
    pub fn var_axis<const A: usize>(&self, unbiased: bool) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(var_axis(self.raw(), A, unbiased))
    }

    /// The variance along axis `A`, which stays with size 1; see [`Tensor::var_axis`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<1, 2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 2.0]]).var_axis_keep::<0>(true);
    /// assert_eq!(y.to_vec(), [2.0, 0.0]);
    /// ```
    #[inline]
    pub fn var_axis_keep<const A: usize>(&self, unbiased: bool) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&var_axis(self.raw(), A, unbiased), A))
    }

    /// The standard deviation along axis `A`, which goes: the root of [`Tensor::var_axis`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<1, 2>>::from([[1.0, 3.0]]).std_axis::<1>(false).to_vec(), [1.0]);
    /// ```
    #[inline]
    pub fn std_axis<const A: usize>(&self, unbiased: bool) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(sqrt(&var_axis(self.raw(), A, unbiased)))
    }
}

/// The variance of all values.
pub fn var(x: &Raw, unbiased: bool) -> Raw {
    var_axis(&reshape(x, &[x.len()]), 0, unbiased)
}

/// The variance along an axis, which goes: divided by one less than its size if `unbiased`, else by its size.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn var_axis(x: &Raw, axis: usize, unbiased: bool) -> Raw {
    let sizes = x.sizes();
    let [_, size, _] = around("var_axis", &sizes, axis);
    let mean = broadcast_to(&unsqueeze(&mean_axis(x, axis), axis), &sizes);
    let count = size as f32 - f32::from(unbiased);
    mul_scalar(&sum_axis(&square(&sub(x, &mean)), axis), 1.0 / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        for (axis, unbiased) in [(0, true), (1, true), (1, false)] {
            check_gradient(std::slice::from_ref(&x), |x| var_axis(&x[0], axis, unbiased));
        }
        check_gradient(&[x], |x| var(&x[0], true));
    }

    #[test]
    fn the_variance_of_one_value_is_unknown() {
        let x = Raw::new(Array::full(&[1], 3.0));
        assert!(var_axis(&x, 0, true).to_vec()[0].is_nan());
        assert_eq!(var_axis(&x, 0, false).to_vec(), [0.0]);
    }
}
