//! `repeat`: a tensor several times one after the other.

use super::axis::around;
use super::index_select;
use crate::axes::Axis;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::{Const, Prod, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// This tensor `N` times along axis `A`, one after the other. To add a row to every row, use
    /// [`broadcast`](Tensor::broadcast), which needs no `N`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<1, 2>>::from([[1.0, 2.0]]);
    /// let y: Tensor<Rank2<1, 6>> = x.repeat::<1, 3>().shaped();
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    /// ```
    #[inline]
    pub fn repeat<const A: usize, const N: usize>(&self) -> Tensor<S::With<Prod<S::Size, Const<N>>>, E>
    where
        S: Axis<A>,
    {
        Tensor::from_stored(self.stored().index_select(A, &places(self.stored().sizes()[A], N)))
    }
}

/// `x` so many times along an axis.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn repeat(x: &Raw, axis: usize, times: usize) -> Raw {
    let [_, size, _] = around("repeat", &x.sizes(), axis);
    index_select(x, axis, &places(size, times))
}

/// Where the values of the result come from.
fn places(size: usize, times: usize) -> Vec<usize> {
    (0..size * times).map(|i| i % size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| repeat(&x[0], 0, 2));
        check_gradient(&[x], |x| repeat(&x[0], 1, 3));
    }

    #[test]
    fn no_times_leave_nothing() {
        assert_eq!(repeat(&Raw::new(Array::full(&[2, 3], 1.0)), 1, 0).sizes(), [2, 0]);
    }
}
