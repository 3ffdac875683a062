//! `cumsum`: running sums along an axis.

use super::axis::around;
use crate::array::Array;
use crate::axes::Axis;
use crate::cuda::{self, Walk};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The running sums along axis `A`: every value plus all those before it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.cumsum::<1>().to_vec(), [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
    /// ```
    #[inline]
    pub fn cumsum<const A: usize>(&self) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_raw(cumsum(self.raw(), A))
    }
}

/// The running sums along an axis.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn cumsum(x: &Raw, axis: usize) -> Raw {
    let blocks = around("cumsum", &x.sizes(), axis);
    let mut y = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let y = gpu.running_sums(&y, blocks, Walk::Forwards);
        return Raw::from_op("cumsum", y, &[x], move |gradient, _| {
            vec![Some(gpu.running_sums(&gradient.row_major(), blocks, Walk::Backwards))]
        });
    }
    let [_, size, inner] = blocks;
    for block in y.values_mut().chunks_exact_mut((size * inner).max(1)) {
        for i in inner..block.len() {
            block[i] += block[i - inner];
        }
    }
    Raw::from_op("cumsum", y, &[x], move |gradient, _| {
        // Every value is in all later sums: the same from the end.
        let mut dx: Array = gradient.row_major();
        for block in dx.values_mut().chunks_exact_mut((size * inner).max(1)) {
            for i in (inner..block.len()).rev() {
                block[i - inner] += block[i];
            }
        }
        vec![Some(dx)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| cumsum(&x[0], axis));
        }
    }

    #[test]
    fn running_sums_of_every_shape_are_those_of_the_cpu() {
        for sizes in [[1, 5000, 1], [3, 40, 5], [2, 2049, 3], [1, 33, 5000], [2, 1, 3], [2, 0, 3]] {
            agrees_within(1e-4, &[Generator::new(1).uniform(&sizes, -1.0, 2.0)], |x| cumsum(&x[0], 1));
        }
    }
}
