//! `outer`: every value of one vector times every value of another.

use super::{matmul, unsqueeze};
use crate::axes::Vector;
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The outer product: the matrix of every value of this vector, by rows, times every value of the other, by columns.
    /// (The inner product is [`Tensor::matmul`].)
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank1<2>>::from([1.0, 2.0]);
    /// let y: Tensor<Rank2<2, 3>> = a.outer(&Tensor::<Rank1<3>>::from([1.0, 10.0, 100.0]));
    /// assert_eq!(y.to_vec(), [1.0, 10.0, 100.0, 2.0, 20.0, 200.0]);
    /// ```
    #[inline]
    pub fn outer<R: Vector, M: Dim>(&self, other: &Tensor<R>) -> Tensor<(M, R::Len)>
    where
        S: Vector<Len = M>,
    {
        Tensor::from_raw(outer(self.raw(), other.raw()))
    }
}

/// Every value of `a`, by rows, times every value of `b`, by columns.
///
/// ***Panics*** unless both have one dimension.
#[track_caller]
pub fn outer(a: &Raw, b: &Raw) -> Raw {
    let (left, right) = (a.sizes(), b.sizes());
    assert!(
        left.len() == 1 && right.len() == 1,
        "outer: expected two vectors, got the shapes {left:?} and {right:?}"
    );
    matmul(&unsqueeze(a, 1), &unsqueeze(b, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let [a, b] = [vec![1.0, -2.0, 3.0], vec![0.5, 2.0]].map(|v| Array::from_vec(&[v.len()], v));
        check_gradient(&[a, b], |x| outer(&x[0], &x[1]));
    }

    #[test]
    #[should_panic(expected = "outer: expected two vectors, got the shapes [2, 1] and [3]")]
    fn matrices_have_no_outer_product() {
        outer(&Raw::new(Array::full(&[2, 1], 0.0)), &Raw::new(Array::full(&[3], 0.0)));
    }
}
