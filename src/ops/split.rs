//! `split`, `chunk`: a tensor cut into pieces along an axis.

use super::axis::around;
use crate::axes::Axis;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{DYN, Dim, Part, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Pieces of the given sizes along axis `A`, which they make up together.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<3, 2>>::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let parts = x.split::<0>(&[1, 2]);
    /// assert_eq!((parts[0].to_vec(), parts[1].shape()), (vec![1.0, 2.0], vec![2, 2]));
    /// ```
    ///
    /// ***Panics*** if the sizes do not add up to that of the axis.
    #[inline]
    #[track_caller]
    pub fn split<const A: usize>(&self, sizes: &[usize]) -> Vec<Tensor<S::With<usize>, E>>
    where
        S: Axis<A>,
    {
        pieces::<E>(self.stored(), A, sizes).into_iter().map(Tensor::from_stored).collect()
    }

    /// `N` equal pieces along axis `A`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<1, 6>>::from([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
    /// let [q, k, v] = x.chunk::<1, 3>();
    /// let q: Tensor<Rank2<1, 2>> = q.shaped();
    /// assert_eq!((q.to_vec(), v.to_vec()), (vec![1.0, 2.0], vec![5.0, 6.0]));
    /// ```
    ///
    /// ***Panics*** if `N` does not divide the size of the axis; when it is known, the program does not compile.
    #[inline]
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn chunk<const A: usize, const N: usize>(&self) -> [Tensor<S::With<Part<S::Size, N>>, E>; N]
    where
        S: Axis<A>,
    {
        const { divides(A, N, <S::Size>::SIZE) }
        let pieces = equal_pieces::<E>(self.stored(), A, N);
        std::array::from_fn(|i| Tensor::from_stored(pieces[i].clone()))
    }
}

#[track_caller]
const fn divides(axis: usize, count: usize, size: usize) {
    if size != DYN && (count == 0 || !size.is_multiple_of(count)) {
        let msg = Msg::new().s("chunk: axis ").u(axis).s(", whose size is ").u(size);
        panic!("{}", msg.s(", cannot be cut into ").u(count).s(" equal pieces").as_str())
    }
}

/// Pieces of the given sizes along an axis.
///
/// ***Panics*** if there is no such axis, or the sizes do not add up to its size.
#[track_caller]
pub fn split(x: &Raw, axis: usize, sizes: &[usize]) -> Vec<Raw> {
    pieces::<f32>(x, axis, sizes)
}

#[track_caller]
fn pieces<E: Dtype>(x: &E::Stored, axis: usize, sizes: &[usize]) -> Vec<E::Stored> {
    let [_, size, _] = around("split", &x.sizes(), axis);
    let all: usize = sizes.iter().sum();
    assert!(all == size, "split: the pieces {sizes:?} add up to {all}, axis {axis} has the size {size}");
    let mut start = 0;
    let piece = |&len: &usize| {
        start += len;
        x.slice(axis, start - len, len)
    };
    sizes.iter().map(piece).collect()
}

/// So many equal pieces along an axis.
///
/// ***Panics*** if there is no such axis, or the number does not divide its size.
#[track_caller]
pub fn chunk(x: &Raw, axis: usize, count: usize) -> Vec<Raw> {
    equal_pieces::<f32>(x, axis, count)
}

#[track_caller]
fn equal_pieces<E: Dtype>(x: &E::Stored, axis: usize, count: usize) -> Vec<E::Stored> {
    let [_, size, _] = around("chunk", &x.sizes(), axis);
    divides(axis, count, size);
    pieces::<E>(x, axis, &vec![size / count; count])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::ops::{cat, mul_scalar};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(&[x], |x| {
            let parts = split(&x[0], 1, &[1, 2]);
            cat(&[mul_scalar(&parts[1], 3.0), parts[0].clone()], 1)
        });
    }

    #[test]
    #[should_panic(expected = "split: the pieces [1, 1] add up to 2, axis 1 has the size 3")]
    fn the_pieces_make_up_the_whole() {
        split(&Raw::new(Array::full(&[2, 3], 0.0)), 1, &[1, 1]);
    }

    #[test]
    #[should_panic(expected = "chunk: axis 1, whose size is 3, cannot be cut into 2 equal pieces")]
    fn chunks_are_equal() {
        Tensor::<(usize, usize)>::from_raw(Raw::new(Array::full(&[2, 3], 0.0))).chunk::<1, 2>();
    }
}
