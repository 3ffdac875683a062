//! `sum`: of all values, or along one axis.

use super::axis::{around, without};
use super::unsqueeze;
use crate::axes::{Axis, LastAxis};
use crate::compute;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The sum of all values: a scalar.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).sum().item(), 10.0);
    /// ```
    #[inline]
    pub fn sum(&self) -> Tensor<()> {
        Tensor::from_raw(sum(self.raw()))
    }

    /// The sums along the last axis: `[.., N]` becomes `[..]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let rows: Tensor<Rank1<2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).sum_last();
    /// assert_eq!(rows.to_vec(), [3.0, 7.0]);
    /// ```
    #[inline]
    pub fn sum_last<R: Shape>(&self) -> Tensor<R>
    where
        S: LastAxis<Rest = R>,
    {
        Tensor::from_raw(sum_last(self.raw()))
    }

    /// The sums along axis `A`, which goes: `[M, K, N]` becomes `[M, N]` for the axis 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.sum_axis::<0>().to_vec(), [5.0, 7.0, 9.0]);
    /// ```
    #[inline]
    pub fn sum_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(sum_axis(self.raw(), A))
    }

    /// The sums along axis `A`, which stays with size 1, so that the result can be broadcast against this tensor.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 3.0], [4.0, 4.0]]);
    /// let sums: Tensor<Rank2<2, 1>> = x.sum_axis_keep::<1>();
    /// assert_eq!((x / sums.broadcast()).to_vec(), [0.25, 0.75, 0.5, 0.5]);
    /// ```
    #[inline]
    pub fn sum_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&sum_axis(self.raw(), A), A))
    }
}

/// The sum of all values: a scalar.
pub fn sum(x: &Raw) -> Raw {
    let array = x.array();
    let (sizes, layout) = (x.sizes(), array.layout());
    Raw::from_op("sum", compute::sum(&array, 1.0), &[x], move |gradient, _| {
        vec![Some(compute::filled(&sizes, layout, gradient))]
    })
}

/// The sums along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn sum_last(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let (&last, rest) = sizes.split_last().expect("sum_last: a scalar has no last axis");
    let sums = compute::axis_sum(&x.array(), [rest.iter().product(), last, 1], rest);
    Raw::from_op("sum_last", sums, &[x], move |gradient, _| {
        vec![Some(compute::strided(gradient, 0, &[gradient.len(), last], &[1, 0]).reshaped(&sizes))]
    })
}

/// The sums along an axis, which goes.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn sum_axis(x: &Raw, axis: usize) -> Raw {
    let sizes = x.sizes();
    let blocks = around("sum_axis", &sizes, axis);
    let sums = compute::axis_sum(&x.array(), blocks, &without(&sizes, axis));
    Raw::from_op("sum_axis", sums, &[x], move |gradient, _| {
        let [_, _, inner] = blocks;
        vec![Some(compute::strided(gradient, 0, &blocks, &[inner, 0, 1]).reshaped(&sizes))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| sum(&x[0]));
        check_gradient(std::slice::from_ref(&x), |x| sum_last(&x[0]));
        check_gradient(std::slice::from_ref(&x), |x| sum_axis(&x[0], 0));
        check_gradient(&[x], |x| sum_axis(&x[0], 1));
    }

    #[test]
    fn the_sum_of_nothing_is_zero() {
        assert_eq!(sum(&Raw::new(Array::from_vec(&[0], vec![]))).to_vec(), [0.0]);
        assert_eq!(sum_last(&Raw::new(Array::from_vec(&[2, 0], vec![]))).to_vec(), [0.0, 0.0]);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        // Added up one after the other in f32, these are 1_087_937.
        let total = sum(&Raw::new(Array::full(&[10_000_000], 0.1))).to_vec()[0];
        assert!((total - 1_000_000.0).abs() < 10.0, "{total}");
    }

    #[test]
    fn sums_of_every_shape_are_those_of_the_cpu() {
        let mut random = Generator::new(1);
        for sizes in [&[1, 1][..], &[3, 0], &[5, 17], &[40, 1000], &[3, 5000], &[2, 70_000], &[70_001]] {
            let x = random.uniform(sizes, -1.0, 2.0);
            agrees_within(1e-4, std::slice::from_ref(&x), |x| sum(&x[0]));
            agrees_within(1e-4, &[x], |x| sum_last(&x[0]));
        }
        for sizes in [[1, 7, 5], [2, 300, 3], [1, 5000, 33], [3, 40, 100], [2, 20, 40_000], [2, 0, 3]] {
            agrees_within(1e-4, &[random.uniform(&sizes, -1.0, 2.0)], |x| sum_axis(&x[0], 1));
        }
    }
}
