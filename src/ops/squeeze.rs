//! `squeeze`, `unsqueeze`: an axis of size 1 less, or more.

use super::axis::{around, without};
use super::reshape;
use crate::axes::{Axis, Insert};
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::{Const, DYN, Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// The same values without axis `A`, whose size is 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let row: Tensor<Rank1<3>> = Tensor::<Rank2<1, 3>>::ones().squeeze::<0>();
    /// ```
    ///
    /// ***Panics*** if the size is not 1; when it is known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn squeeze<const A: usize>(&self) -> Tensor<S::Rest, E>
    where
        S: Axis<A>,
    {
        const { is_one(A, <S::Size>::SIZE) }
        let sizes = squeezed(&self.stored().sizes(), A);
        Tensor::from_stored(self.stored().reshape(&sizes))
    }

    /// The same values with a new axis number `A` of size 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let column: Tensor<Rank2<3, 1>> = Tensor::<Rank1<3>>::ones().unsqueeze::<1>();
    /// let batch: Tensor<Rank2<1, 3>> = Tensor::<Rank1<3>>::ones().unsqueeze::<0>();
    /// ```
    #[inline]
    pub fn unsqueeze<const A: usize>(&self) -> Tensor<S::Of<Const<1>>, E>
    where
        S: Insert<A>,
    {
        let sizes = unsqueezed(&self.stored().sizes(), A);
        Tensor::from_stored(self.stored().reshape(&sizes))
    }
}

#[track_caller]
const fn is_one(axis: usize, size: usize) {
    if size != DYN && size != 1 {
        let msg = crate::say::Msg::new().s("squeeze: the axis ").u(axis).s(" has the size ").u(size);
        panic!("{}", msg.s(", only an axis of size 1 can go").as_str())
    }
}

/// The same values without an axis of size 1.
///
/// ***Panics*** if there is no such axis or its size is not 1.
#[track_caller]
pub fn squeeze(x: &Raw, axis: usize) -> Raw {
    reshape(x, &squeezed(&x.sizes(), axis))
}

#[track_caller]
fn squeezed(sizes: &[usize], axis: usize) -> Vec<usize> {
    let [_, size, _] = around("squeeze", sizes, axis);
    is_one(axis, size);
    without(sizes, axis)
}

/// The same values with a new axis of size 1.
///
/// ***Panics*** if `axis` is above the number of axes.
#[track_caller]
pub fn unsqueeze(x: &Raw, axis: usize) -> Raw {
    reshape(x, &unsqueezed(&x.sizes(), axis))
}

#[track_caller]
pub(super) fn unsqueezed(sizes: &[usize], axis: usize) -> Vec<usize> {
    assert!(axis <= sizes.len(), "unsqueeze: a new axis cannot become number {axis} of the shape {sizes:?}");
    [&sizes[..axis], &[1], &sizes[axis..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 1, 2], vec![1.0, -2.0, 3.0, 0.5]);
        check_gradient(std::slice::from_ref(&x), |x| squeeze(&x[0], 1));
        check_gradient(&[x], |x| unsqueeze(&x[0], 3));
    }

    #[test]
    #[should_panic(expected = "squeeze: the axis 0 has the size 2, only an axis of size 1 can go")]
    fn an_axis_of_many_values_stays() {
        squeeze(&Raw::new(Array::full(&[2, 1], 0.0)), 0);
    }

    #[test]
    #[should_panic(expected = "unsqueeze: a new axis cannot become number 2 of the shape [3]")]
    fn a_new_axis_stands_between_others_or_at_an_end() {
        unsqueeze(&Raw::new(Array::full(&[3], 0.0)), 2);
    }
}
