//! [`Tensor`]: the typed shell. It checks shapes while compiling and forwards to [`Raw`]; it holds no arithmetic.

use std::fmt;
use std::marker::PhantomData;

use crate::array::Array;
use crate::autograd::{self, Gradients};
use crate::dtype::Dtype;
use crate::random;
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};

/// A tensor of shape `S` and element type `E`.
///
/// Cloning is cheap: it gives another handle to the same tensor.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(x.shape(), [2, 3]);
/// assert_eq!((&x + &x).to_vec(), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
/// ```
///
/// Shapes that differ are refused before the program runs:
///
/// ```compile_fail
/// use ferrolab::prelude::*;
/// let sum = Tensor::<Rank1<3>>::zeros() + Tensor::<Rank1<4>>::zeros(); // the sizes `Const<3>` and `Const<4>` differ
/// ```
pub struct Tensor<S: Shape, E: Dtype = f32> {
    raw: Raw,
    shape: PhantomData<(S, E)>,
}

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Takes a tensor of run-time shape for one of shape `S`.
    ///
    /// ***Panics*** if its sizes contradict `S`.
    #[inline]
    #[track_caller]
    pub fn from_raw(raw: Raw) -> Self {
        check_sizes(&raw, S::RANK, &S::DIMS);
        Tensor { raw, shape: PhantomData }
    }

    /// The tensor of run-time shape underneath.
    #[inline]
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The sizes.
    #[inline]
    pub fn shape(&self) -> Vec<usize> {
        self.raw.sizes()
    }

    /// The values in row-major order.
    #[inline]
    pub fn to_vec(&self) -> Vec<f32> {
        self.raw.to_vec()
    }

    /// The same tensor under another spelling of its shape: `y.shaped::<Rank4<2, 16, 15, 15>>()`. Sizes that both
    /// spellings know are compared while compiling, the rest when it runs.
    #[inline]
    #[track_caller]
    pub fn shaped<R: Shape>(&self) -> Tensor<R, E>
    where
        S: SameAs<R>,
    {
        const { same_shape::<S, R>("shaped") }
        Tensor::from_raw(self.raw.clone())
    }

    /// A tensor of the same values that gradients flow to: an input to be explained, a parameter of one's own.
    #[inline]
    pub fn requires_grad(&self) -> Self {
        Self::from_raw(self.raw.requires_grad())
    }

    /// The same values, cut off from the graph.
    #[inline]
    pub fn detach(&self) -> Self {
        Self::from_raw(self.raw.detach())
    }

    /// Whether gradients flow to this tensor.
    #[inline]
    pub fn is_tracked(&self) -> bool {
        self.raw.is_tracked()
    }
}

impl<S: Shape> Tensor<S> {
    /// Zeros; a size that only the running program knows counts as an error, see [`Tensor::from_vec`].
    #[inline]
    #[track_caller]
    pub fn zeros() -> Self {
        Self::full(0.0)
    }

    /// Ones.
    #[inline]
    #[track_caller]
    pub fn ones() -> Self {
        Self::full(1.0)
    }

    /// The same value everywhere.
    #[inline]
    #[track_caller]
    pub fn full(value: f32) -> Self {
        const { literal::<S>() }
        Self::from_raw(Raw::new(Array::full(&S::DIMS[..S::RANK], value)))
    }

    /// Values drawn evenly from `low..high`, by the generator that [`crate::manual_seed`] seeds.
    #[inline]
    pub fn uniform(low: f32, high: f32) -> Self {
        const { literal::<S>() }
        Self::from_raw(Raw::new(random::uniform(&S::DIMS[..S::RANK], low, high)))
    }

    /// Values in row-major order. Of the sizes in `S`, at most one may be known at run time only: it follows from
    /// the number of values.
    ///
    /// ***Panics*** if the number of values does not fit `S`.
    #[inline]
    #[track_caller]
    pub fn from_vec(values: Vec<f32>) -> Self {
        Self::from_raw(from_vec(values, S::RANK, &S::DIMS))
    }
}

impl Tensor<()> {
    /// The value of a scalar.
    #[inline]
    pub fn item(&self) -> f32 {
        self.raw.array().values()[0]
    }

    /// The gradients of this scalar with respect to every tensor it was made from.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<2>>::from([3.0, 5.0]).requires_grad();
    /// let gradients = (&x * &x).sum().backward();
    /// assert_eq!(gradients.of(&x).to_vec(), [6.0, 10.0]); // d x²/dx = 2 x
    /// ```
    #[inline]
    #[track_caller]
    pub fn backward(&self) -> Gradients {
        autograd::backward(&self.raw)
    }
}

impl<S: Shape, E: Dtype> Clone for Tensor<S, E> {
    #[inline]
    fn clone(&self) -> Self {
        Tensor { raw: self.raw.clone(), shape: PhantomData }
    }
}

impl From<f32> for Tensor<()> {
    fn from(value: f32) -> Self {
        Self::from_vec(vec![value])
    }
}
impl<const A: usize> From<[f32; A]> for Tensor<crate::shape::Rank1<A>> {
    fn from(values: [f32; A]) -> Self {
        Self::from_vec(values.to_vec())
    }
}
impl<const A: usize, const B: usize> From<[[f32; B]; A]> for Tensor<crate::shape::Rank2<A, B>> {
    fn from(values: [[f32; B]; A]) -> Self {
        Self::from_vec(values.as_flattened().to_vec())
    }
}

/// The values in brackets, as NumPy writes them, and the shape; more than 1000 values are summarised.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.5, 3.0], [4.0, 5.0, -6.0]]);
/// assert_eq!(format!("{x}"), "[[ 1.0,  2.5,  3.0],\n [ 4.0,  5.0, -6.0]]\nTensor<f32> [2, 3]");
/// ```
impl<S: Shape, E: Dtype> fmt::Display for Tensor<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::print::write(&self.raw.array(), E::NAME, f)
    }
}

/// The same as [`fmt::Display`]: it is what a cell shows.
impl<S: Shape, E: Dtype> fmt::Debug for Tensor<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Every size of the shape is known while compiling.
pub(crate) const fn literal<S: Shape>() {
    let mut i = 0;
    while i < S::RANK {
        assert!(
            S::DIMS[i] != crate::shape::DYN,
            "every size must be known here: use `from_vec` for a size known at run time"
        );
        i += 1;
    }
}

#[track_caller]
fn check_sizes(raw: &Raw, rank: usize, dims: &[usize]) {
    if !raw.has_sizes(&dims[..rank]) {
        let expected = crate::say::Msg::new().shape(rank, crate::shape::sizes(&dims[..rank]));
        panic!("expected a tensor of shape {}, got {:?}", expected.as_str(), raw.sizes());
    }
}

#[track_caller]
fn from_vec(values: Vec<f32>, rank: usize, dims: &[usize]) -> Raw {
    let sizes = sizes_for(values.len(), &dims[..rank]);
    Raw::new(Array::from_vec(&sizes, values))
}

/// The sizes that `dims` stands for when there are `len` values: one unknown size follows from the others.
#[track_caller]
pub(crate) fn sizes_for(len: usize, dims: &[usize]) -> Vec<usize> {
    let mut sizes = dims.to_vec();
    let unknown = sizes.iter().filter(|&&size| size == crate::shape::DYN).count();
    assert!(
        unknown <= 1,
        "one size can be worked out from {len} values, not {unknown}: give the others as `Const<N>`"
    );
    let known: usize = sizes.iter().filter(|&&size| size != crate::shape::DYN).product();
    for size in sizes.iter_mut().filter(|size| **size == crate::shape::DYN) {
        assert!(known > 0 && len.is_multiple_of(known), "{len} values do not divide into rows of {known}");
        *size = len / known;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use crate::{Const, Rank1, Rank2, Rank4, Tensor};

    #[test]
    fn one_size_follows_from_the_number_of_values() {
        assert_eq!(Tensor::<(usize, Const<3>)>::from_vec(vec![0.0; 6]).shape(), [2, 3]);
    }

    #[test]
    #[should_panic(expected = "7 values do not divide into rows of 3")]
    fn the_number_of_values_must_divide() {
        Tensor::<(usize, Const<3>)>::from_vec(vec![0.0; 7]);
    }

    #[test]
    #[should_panic(
        expected = "one size can be worked out from 4 values, not 2: give the others as `Const<N>`"
    )]
    fn two_sizes_do_not_follow() {
        Tensor::<(usize, usize)>::from_vec(vec![0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "expected a tensor of shape [?, 3], got [2, 2]")]
    fn sizes_that_contradict_the_type_are_refused() {
        let x = Tensor::<Rank2<2, 2>>::zeros();
        Tensor::<(usize, Const<3>)>::from_raw(x.raw().clone());
    }

    #[test]
    fn a_computed_shape_can_be_spelled_out() {
        let x = Tensor::<Rank4<1, 3, 8, 8>>::ones();
        let y: Tensor<Rank4<1, 2, 3, 3>> =
            x.conv2d(&Tensor::<Rank4<2, 3, 3, 3>>::ones()).max_pool2d::<2>().shaped();
        assert_eq!(y.to_vec(), [27.0; 18]);
    }

    #[test]
    fn the_typed_tensor_is_one_pointer() {
        assert_eq!(size_of::<Tensor<Rank1<3>>>(), size_of::<usize>());
    }
}
