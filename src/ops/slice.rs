//! `slice`, `narrow`: a range along an axis; `select`: one place of it.

use std::ops::Range;

use super::axis::{around, with, without};
use super::reshape;
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::compute;
use crate::cpu::buffer::Buffer;
use crate::cpu::strided;
use crate::cuda;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Const, DYN, Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// `LEN` places along axis `A`, from `START` on.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let last_two: Tensor<Rank2<2, 2>> = x.slice::<1, 1, 2>();
    /// assert_eq!(last_two.to_vec(), [2.0, 3.0, 5.0, 6.0]);
    /// ```
    ///
    /// ***Panics*** if the axis ends before; when its size is known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn slice<const A: usize, const START: usize, const LEN: usize>(
        &self,
    ) -> Tensor<S::With<Const<LEN>>, E>
    where
        S: Axis<A>,
    {
        const { in_range("slice", A, <S::Size>::SIZE, START, LEN) }
        Tensor::from_stored(self.stored().slice(A, START, LEN))
    }

    /// The places `range` along axis `A`, known when the program runs.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<3, 2>>::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let rows: Tensor<(usize, Const<2>)> = x.narrow::<0>(1..3);
    /// assert_eq!(rows.to_vec(), [3.0, 4.0, 5.0, 6.0]);
    /// ```
    ///
    /// ***Panics*** if the axis ends before, or the range ends before it starts.
    #[inline]
    #[track_caller]
    pub fn narrow<const A: usize>(&self, range: Range<usize>) -> Tensor<S::With<usize>, E>
    where
        S: Axis<A>,
    {
        let (start, len) = start_and_len(range);
        Tensor::from_stored(self.stored().slice(A, start, len))
    }

    /// One place along axis `A`, which goes: `x.select::<0>(3)` is the row number 3.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.select::<0>(1).to_vec(), [4.0, 5.0, 6.0]);
    /// assert_eq!(x.select::<1>(0).to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if the axis has no such place.
    #[inline]
    #[track_caller]
    pub fn select<const A: usize>(&self, index: usize) -> Tensor<S::Rest, E>
    where
        S: Axis<A>,
    {
        let sizes = selected(&self.stored().sizes(), A, index);
        Tensor::from_stored(self.stored().slice(A, index, 1).reshape(&sizes))
    }
}

/// Panics if an axis of a known size ends before a range.
#[track_caller]
pub(crate) const fn in_range(operation: &str, axis: usize, size: usize, start: usize, len: usize) {
    if size != DYN && (start > size || len > size - start) {
        let msg =
            Msg::new().s(operation).s(": ").u(start).s("..").u(start + len).s(" goes past the end of axis ");
        panic!("{}", msg.u(axis).s(", whose size is ").u(size).as_str())
    }
}

/// `len` places along an axis, from `start` on.
///
/// ***Panics*** if there is no such axis or it ends before.
#[track_caller]
pub fn slice(x: &Raw, axis: usize, start: usize, len: usize) -> Raw {
    let sizes = x.sizes();
    let [outer, size, inner] = around("slice", &sizes, axis);
    in_range("slice", axis, size, start, len);
    let y = x.kept().rearranged(|x| cut(x, axis, start, len));
    Raw::from_op("slice", y, &[x], move |gradient, _| {
        if let Some(gpu) = cuda::active() {
            let (walk, strides) = ([outer, len * inner], [size * inner, 1]);
            return vec![Some(gpu.placed(gradient, &sizes, start * inner, &walk, &strides))];
        }
        let mut dx = Buffer::full(outer * size * inner, 0.0);
        let to = dx.chunks_exact_mut((size * inner).max(1));
        for (to, from) in to.zip(gradient.row_major().values().chunks_exact((len * inner).max(1))) {
            to[start * inner..][..len * inner].copy_from_slice(from);
        }
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

/// A range along an axis of an array, which has it.
pub(super) fn cut(x: &Array, axis: usize, start: usize, len: usize) -> Array {
    let sizes = with(x.sizes(), axis, len);
    let strides = strided::row_major(x.sizes());
    compute::strided(x, start * strides[axis], &sizes, &strides)
}

/// The places `range` along an axis.
///
/// ***Panics*** if there is no such axis, it ends before, or the range ends before it starts.
#[track_caller]
pub fn narrow(x: &Raw, axis: usize, range: Range<usize>) -> Raw {
    let (start, len) = start_and_len(range);
    slice(x, axis, start, len)
}

#[track_caller]
fn start_and_len(range: Range<usize>) -> (usize, usize) {
    assert!(range.start <= range.end, "narrow: the range {range:?} ends before it starts");
    (range.start, range.len())
}

/// One place along an axis, which goes.
///
/// ***Panics*** if there is no such axis or no such place.
#[track_caller]
pub fn select(x: &Raw, axis: usize, index: usize) -> Raw {
    let sizes = selected(&x.sizes(), axis, index);
    reshape(&slice(x, axis, index, 1), &sizes)
}

/// The sizes without an axis that has this place.
#[track_caller]
fn selected(sizes: &[usize], axis: usize, index: usize) -> Vec<usize> {
    let [_, size, _] = around("select", sizes, axis);
    assert!(index < size, "select: axis {axis} has no place {index}, its size is {size}");
    without(sizes, axis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0).collect());
        check_gradient(std::slice::from_ref(&x), |x| slice(&x[0], 1, 1, 2));
        check_gradient(std::slice::from_ref(&x), |x| narrow(&x[0], 0, 1..2));
        check_gradient(&[x], |x| select(&x[0], 2, 1));
    }

    #[test]
    fn an_empty_range_has_no_values_and_no_gradient() {
        let x = Raw::new(Array::full(&[2, 3], 1.0)).requires_grad();
        let y = narrow(&x, 1, 2..2);
        assert_eq!(y.sizes(), [2, 0]);
        let gradients = crate::autograd::backward(&crate::ops::sum(&y));
        assert_eq!(gradients.of_raw(&x).to_vec(), [0.0; 6]);
    }

    #[test]
    #[should_panic(expected = "slice: 2..5 goes past the end of axis 0, whose size is 4")]
    fn a_range_ends_with_its_axis() {
        Tensor::<(usize,)>::from_vec(vec![0.0; 4]).slice::<0, 2, 3>();
    }

    #[test]
    #[should_panic(expected = "select: axis 0 has no place 4, its size is 4")]
    fn a_place_must_exist() {
        Tensor::<crate::Rank1<4>>::zeros().select::<0>(4);
    }
}
