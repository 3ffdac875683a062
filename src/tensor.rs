//! [`Tensor`]: the typed shell. It checks shapes while compiling and forwards to [`Raw`]; it holds no arithmetic.

use std::fmt;
use std::marker::PhantomData;

use ferrolab_display::{MimeBundle, Show};

use crate::autograd::{self, Gradients};
use crate::axes::Scalar;
use crate::dtype::{Dtype, Stored};
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
    stored: E::Stored,
    shape: PhantomData<(S, E)>,
}

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Takes a tensor of run-time shape and any element type for one of shape `S`.
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    pub fn from_stored(stored: E::Stored) -> Self {
        if !stored.has_sizes(&S::DIMS[..S::RANK]) {
            wrong_sizes(&stored.sizes(), S::RANK, &S::DIMS);
        }
        Tensor { stored, shape: PhantomData }
    }

    /// The tensor of run-time shape underneath.
    #[doc(hidden)]
    #[inline]
    pub fn stored(&self) -> &E::Stored {
        &self.stored
    }

    /// The sizes.
    #[inline]
    pub fn shape(&self) -> Vec<usize> {
        self.stored.sizes()
    }

    /// The values in row-major order.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.gt(2.5).to_vec(), [false, false, true, true]);
    /// ```
    #[inline]
    pub fn to_vec(&self) -> Vec<E> {
        self.stored.to_vec()
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
        Tensor::from_stored(self.stored.clone())
    }
}

impl<S: Shape> Tensor<S> {
    /// Takes a tensor of run-time shape for one of shape `S`.
    ///
    /// ***Panics*** if its sizes contradict `S`.
    #[inline]
    #[track_caller]
    pub fn from_raw(raw: Raw) -> Self {
        Self::from_stored(raw)
    }

    /// The tensor of run-time shape underneath.
    #[inline]
    pub fn raw(&self) -> &Raw {
        &self.stored
    }

    /// A tensor of the same values that gradients flow to: an input to be explained, a parameter of one's own.
    #[inline]
    pub fn requires_grad(&self) -> Self {
        Self::from_raw(self.stored.requires_grad())
    }

    /// The same values, cut off from the graph.
    #[inline]
    pub fn detach(&self) -> Self {
        Self::from_raw(self.stored.detach())
    }

    /// Whether gradients flow to this tensor.
    #[inline]
    pub fn is_tracked(&self) -> bool {
        self.stored.is_tracked()
    }
}

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Zeros; a size that only the running program knows counts as an error, see [`Tensor::from_vec`].
    #[inline]
    #[track_caller]
    pub fn zeros() -> Self {
        Self::full(E::ZERO)
    }

    /// Ones.
    #[inline]
    #[track_caller]
    pub fn ones() -> Self {
        Self::full(E::ONE)
    }

    /// The same value everywhere.
    #[inline]
    #[track_caller]
    pub fn full(value: E) -> Self {
        const { literal::<S>() }
        Self::from_stored(E::Stored::full(&S::DIMS[..S::RANK], value))
    }

    /// Values in row-major order. Of the sizes in `S`, at most one may be known at run time only: it follows from
    /// the number of values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let rows = Tensor::<(usize, Const<2>)>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// let ids = Tensor::<Rank1<2>, i64>::from_vec(vec![7, 0]);
    /// assert_eq!((rows.shape(), ids.shape()), (vec![3, 2], vec![2]));
    /// ```
    ///
    /// ***Panics*** if the number of values does not fit `S`.
    #[inline]
    #[track_caller]
    pub fn from_vec(values: Vec<E>) -> Self {
        let sizes = sizes_for(values.len(), &S::DIMS[..S::RANK]);
        Self::from_stored(E::Stored::from_vec(&sizes, values))
    }
}

impl<S: Shape> Tensor<S> {
    /// Values drawn evenly from `low..high`, by the generator that [`crate::manual_seed`] seeds.
    #[inline]
    pub fn uniform(low: f32, high: f32) -> Self {
        const { literal::<S>() }
        Self::from_raw(Raw::new(random::uniform(&S::DIMS[..S::RANK], low, high)))
    }
}

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// The value of a scalar.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([1.0, -2.0, 3.0]);
    /// assert_eq!(x.sum().item(), 2.0);
    /// ```
    #[inline]
    pub fn item(&self) -> E
    where
        S: Scalar,
    {
        self.stored.to_vec()[0]
    }
}

impl<S: Shape> Tensor<S> {
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
    pub fn backward(&self) -> Gradients
    where
        S: Scalar,
    {
        autograd::backward(&self.stored)
    }
}

impl<S: Shape, E: Dtype> Clone for Tensor<S, E> {
    #[inline]
    fn clone(&self) -> Self {
        Tensor { stored: self.stored.clone(), shape: PhantomData }
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
        self.stored.print(f)
    }
}

/// The same as [`fmt::Display`]: it is what a cell shows.
impl<S: Shape, E: Dtype> fmt::Debug for Tensor<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As the last expression of a cell: the values in a table, their type, their shape and their statistics.
///
/// ```
/// use ferrolab::prelude::*;
/// let view = Tensor::<Rank1<2>>::from([0.25, -1.0]).bundle();
/// assert!(view.get("text/html").unwrap().as_str().unwrap().contains("mean -0.375"));
/// assert_eq!(view.plain(), Some("[ 0.25, -1.00]\nTensor<f32> [2]"));
/// ```
impl<S: Shape, E: Dtype> Show for Tensor<S, E> {
    fn bundle(&self) -> MimeBundle {
        self.stored.bundle()
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

#[cold]
#[track_caller]
fn wrong_sizes(found: &[usize], rank: usize, dims: &[usize]) {
    let expected = crate::say::Msg::new().shape(rank, crate::shape::sizes(&dims[..rank]));
    panic!("expected a tensor of shape {}, got {found:?}", expected.as_str());
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
