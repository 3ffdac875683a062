//! `flip`: an axis the other way round.

use super::axis::around;
use super::index_select;
use crate::axes::Axis;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Axis `A` the other way round: pictures `[N, C, H, W]` are mirrored by `flip::<3>()`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.flip::<1>().to_vec(), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    /// ```
    #[inline]
    pub fn flip<const A: usize>(&self) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_stored(self.stored().index_select(A, &places(self.stored().sizes()[A])))
    }
}

/// An axis the other way round.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn flip(x: &Raw, axis: usize) -> Raw {
    let [_, size, _] = around("flip", &x.sizes(), axis);
    index_select(x, axis, &places(size))
}

/// Where the values of the result come from.
fn places(size: usize) -> Vec<usize> {
    (0..size).rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| flip(&x[0], 0));
        check_gradient(&[x], |x| flip(&x[0], 1));
    }
}
