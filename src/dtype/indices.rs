//! [`Indices`]: what names places along an axis; [`TokenId`]: the element types that ids come in.

use std::borrow::Cow;

use super::{Dtype, Values};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Places along an axis: an array or a list of `usize`, or a tensor of `i64`.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank1<3>>::from([10.0, 20.0, 30.0]);
/// let places = Tensor::<Rank1<2>, i64>::from([2, 0]);
/// assert_eq!(x.index_select::<0>(&places).to_vec(), x.index_select::<0>(&[2, 0]).to_vec());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no places along an axis",
    label = "expected places such as `&[2, 0]`, a list of `usize` or a tensor of `i64`"
)]
pub trait Indices {
    /// The places, in row-major order.
    ///
    /// ***Panics*** if one is negative.
    #[track_caller]
    fn indices(&self) -> Cow<'_, [usize]>;
}

impl Indices for [usize] {
    fn indices(&self) -> Cow<'_, [usize]> {
        Cow::Borrowed(self)
    }
}

impl<const N: usize> Indices for [usize; N] {
    fn indices(&self) -> Cow<'_, [usize]> {
        Cow::Borrowed(self)
    }
}

impl Indices for Vec<usize> {
    fn indices(&self) -> Cow<'_, [usize]> {
        Cow::Borrowed(self)
    }
}

impl<S: Shape> Indices for Tensor<S, i64> {
    fn indices(&self) -> Cow<'_, [usize]> {
        Cow::Owned(i64::ids(self.stored()))
    }
}

/// An element type that ids come in: `i64`, or `f32` that holds whole numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type that ids come in",
    label = "expected a tensor of `i64`, or one of `f32` that holds whole numbers"
)]
pub trait TokenId: Dtype {
    /// The ids, in row-major order.
    ///
    /// ***Panics*** if one is negative or not whole.
    #[doc(hidden)]
    #[track_caller]
    fn ids(stored: &Self::Stored) -> Vec<usize>;
}

impl TokenId for f32 {
    fn ids(stored: &Raw) -> Vec<usize> {
        crate::ops::ids(stored)
    }
}

impl TokenId for i64 {
    fn ids(stored: &Values<i64>) -> Vec<usize> {
        let id = |&id: &i64| {
            usize::try_from(id).unwrap_or_else(|_| panic!("{id} is not a place: places are counted from 0"))
        };
        stored.as_slice().iter().map(id).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    #[should_panic(expected = "-1 is not a place: places are counted from 0")]
    fn places_are_not_negative() {
        Tensor::<Rank1<3>>::ones().index_select::<0>(&Tensor::<Rank1<1>, i64>::from([-1]));
    }

    #[test]
    fn a_row_is_found_for_ids_of_both_types() {
        let table = Embedding::<5, 2>::default();
        let floats = table.forward(&Tensor::<Rank2<1, 3>>::from([[4.0, 0.0, 1.0]]));
        let ints = table.forward(&Tensor::<Rank2<1, 3>, i64>::from([[4, 0, 1]]));
        assert_eq!(floats.to_vec(), ints.to_vec());
    }
}
