//! `cosine_similarity`: the cosine of the angle between two vectors.

use super::operator::same_sizes;
use super::{clamp, div, mul, norm_axis, sum_axis};
use crate::axes::Axis;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// PyTorch's default: shorter vectors count as if they were as long as this.
const SHORTEST: f32 = 1e-8;

impl<S: Shape> Tensor<S> {
    /// The cosine of the angle between the vectors along axis `A` of two tensors, which goes: 1 for the same direction, 0
    /// for a right angle, -1 for the opposite one.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank2<2, 2>>::from([[1.0, 0.0], [2.0, 0.0]]);
    /// let b = Tensor::<Rank2<2, 2>>::from([[5.0, 0.0], [0.0, 3.0]]);
    /// assert_eq!(a.cosine_similarity::<1>(&b).to_vec(), [1.0, 0.0]);
    /// ```
    ///
    /// ***Panics*** if the sizes differ that only the running program knows.
    #[inline]
    #[track_caller]
    pub fn cosine_similarity<const A: usize>(&self, other: &Self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(cosine_similarity(self.raw(), other.raw(), A))
    }
}

/// The cosine of the angle between the vectors along an axis of two tensors.
///
/// ***Panics*** if there is no such axis or the sizes differ.
#[track_caller]
pub fn cosine_similarity(a: &Raw, b: &Raw, axis: usize) -> Raw {
    same_sizes("cosine_similarity", a, b);
    let [long, wide] = [a, b].map(|x| clamp(&norm_axis(x, axis), SHORTEST, f32::INFINITY));
    div(&sum_axis(&mul(a, b), axis), &mul(&long, &wide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.7, 1.5]);
        let b = Array::from_vec(&[2, 3], vec![-1.0, 0.3, 1.0, 0.5, 2.0, -0.8]);
        check_gradient(&[a.clone(), b.clone()], |x| cosine_similarity(&x[0], &x[1], 0));
        check_gradient(&[a, b], |x| cosine_similarity(&x[0], &x[1], 1));
    }

    #[test]
    #[should_panic(expected = "cosine_similarity: the shapes differ: [2, 3] and [3, 2]")]
    fn sizes_must_be_equal() {
        let [a, b] = [[2, 3], [3, 2]].map(|sizes| Raw::new(Array::full(&sizes, 1.0)));
        cosine_similarity(&a, &b, 0);
    }
}
