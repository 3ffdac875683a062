//! `roll`: an axis moved on in a circle.

use super::axis::around;
use super::index_select;
use crate::axes::Axis;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Every value `shift` places further along axis `A`, backwards if that is negative; what leaves at one end comes in at
    /// the other.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<4>>::from([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.roll::<0>(1).to_vec(), [4.0, 1.0, 2.0, 3.0]);
    /// assert_eq!(x.roll::<0>(-1).to_vec(), [2.0, 3.0, 4.0, 1.0]);
    /// ```
    #[inline]
    pub fn roll<const A: usize>(&self, shift: isize) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_stored(self.stored().index_select(A, &places(self.stored().sizes()[A], shift)))
    }
}

/// Every value `shift` places further along an axis, in a circle.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn roll(x: &Raw, axis: usize, shift: isize) -> Raw {
    let [_, size, _] = around("roll", &x.sizes(), axis);
    index_select(x, axis, &places(size, shift))
}

/// Where the values of the result come from.
fn places(size: usize, shift: isize) -> Vec<usize> {
    let back = shift.rem_euclid(size.max(1) as isize) as usize;
    (0..size).map(|i| (i + size - back) % size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(&[x], |x| roll(&x[0], 1, -2));
    }

    #[test]
    fn a_shift_may_go_round_many_times() {
        let x = Tensor::<crate::Rank1<3>>::from([1.0, 2.0, 3.0]);
        assert_eq!(x.roll::<0>(7).to_vec(), [3.0, 1.0, 2.0]);
        assert_eq!(x.roll::<0>(-7).to_vec(), [2.0, 3.0, 1.0]);
        assert_eq!(Tensor::<(usize,)>::from_vec(vec![]).roll::<0>(2).shape(), [0]);
    }
}
