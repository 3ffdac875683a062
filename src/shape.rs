//! Dimensions and shapes as types: [`Const`], `usize`, [`Dyn`], computed sizes, tuples of them, and when two of them fit.
//!
//! A dimension is a type with a size. `Const<32>` is known to the compiler, `usize` only when the program runs,
//! `Dyn<'T'>` as well but with a name, so that a time axis is never taken for a batch axis. A shape is a tuple of
//! dimensions: `(usize, Const<3>, Const<32>, Const<32>)` is a batch of any number of 32 x 32 colour pictures.
//!
//! Two literal sizes that differ are refused by the type checker (trait [`Fits`]); sizes that are computed, such as a
//! convolution's, are compared as numbers while the program is compiled; `usize` is compared when it runs.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::say::Msg;

/// The `SIZE` of a dimension that only the running program knows.
pub const DYN: usize = usize::MAX;

/// The greatest number of dimensions.
pub const MAX_RANK: usize = 6;

/// A dimension of a tensor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dimension",
    label = "expected `Const<N>` or `usize`"
)]
pub trait Dim: Copy + Debug + Default + Fits<Self> + Send + Sync + 'static {
    /// Number of elements along this dimension, or [`DYN`].
    const SIZE: usize;
}

/// Two dimensions may meet.
#[diagnostic::on_unimplemented(
    message = "the sizes `{Self}` and `{D}` differ",
    label = "these shapes do not fit"
)]
pub trait Fits<D> {}

/// A size that is part of the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Const<const N: usize>;

/// A size known when the program runs, with a name: `Dyn<'T'>` only meets `Dyn<'T'>` or `usize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dyn<const NAME: char>;

/// Output size of a convolution: `(H + 2 P - K) / S + 1`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConvOut<H, const K: usize, const S: usize, const P: usize>(PhantomData<H>);

/// Output size of a pooling window of `K` with stride `K`: `H / K`, rounded down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Div<H, const K: usize>(PhantomData<H>);

/// One of `K` equal parts: `H / K`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<H, const K: usize>(PhantomData<H>);

/// Output size of a transposed convolution: `(H - 1) S + K - 2 P + M`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TransposedOut<H, const K: usize, const S: usize, const P: usize, const M: usize>(PhantomData<H>);

/// `A * B`, for flattened dimensions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prod<A, B>(PhantomData<(A, B)>);

/// `A + B`, for concatenated dimensions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum<A, B>(PhantomData<(A, B)>);

impl<const N: usize> Dim for Const<N> {
    const SIZE: usize = N;
}
impl Dim for usize {
    const SIZE: usize = DYN;
}
impl<const NAME: char> Dim for Dyn<NAME> {
    const SIZE: usize = DYN;
}
impl<H: Dim, const K: usize, const S: usize, const P: usize> Dim for ConvOut<H, K, S, P> {
    const SIZE: usize = conv_out(H::SIZE, K, S, P);
}
impl<H: Dim, const K: usize> Dim for Div<H, K> {
    const SIZE: usize = pool_out(H::SIZE, K);
}
impl<H: Dim, const K: usize> Dim for Part<H, K> {
    // Whoever cuts says whether `K` divides the size.
    const SIZE: usize = if H::SIZE == DYN || K == 0 { DYN } else { H::SIZE / K };
}

impl<H: Dim, const K: usize, const S: usize, const P: usize, const M: usize> Dim
    for TransposedOut<H, K, S, P, M>
{
    const SIZE: usize = transposed_out(H::SIZE, K, S, P, M);
}
impl<A: Dim, B: Dim> Dim for Prod<A, B> {
    const SIZE: usize = if A::SIZE == DYN || B::SIZE == DYN { DYN } else { A::SIZE * B::SIZE };
}
impl<A: Dim, B: Dim> Dim for Sum<A, B> {
    const SIZE: usize = if A::SIZE == DYN || B::SIZE == DYN { DYN } else { A::SIZE + B::SIZE };
}

// Literals meet only themselves; `usize` and computed sizes meet everything here and are compared as numbers later.
impl<const N: usize> Fits<Const<N>> for Const<N> {}
#[diagnostic::do_not_recommend]
impl<const N: usize> Fits<usize> for Const<N> {}
impl<D: Dim> Fits<D> for usize {}
impl<const NAME: char> Fits<Dyn<NAME>> for Dyn<NAME> {}
impl<const NAME: char> Fits<usize> for Dyn<NAME> {}

macro_rules! computed_sizes {
    ($([$($generics:tt)*] $dim:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<const N__: usize, $($generics)*> Fits<$dim> for Const<N__> {}
        #[diagnostic::do_not_recommend]
        impl<const NAME__: char, $($generics)*> Fits<$dim> for Dyn<NAME__> {}
        #[diagnostic::do_not_recommend]
        impl<D__: Dim, $($generics)*> Fits<D__> for $dim {}
    )* };
}
computed_sizes! {
    [H: Dim, const K: usize, const S: usize, const P: usize] ConvOut<H, K, S, P>;
    [H: Dim, const K: usize] Div<H, K>;
    [H: Dim, const K: usize] Part<H, K>;
    [H: Dim, const K: usize, const S: usize, const P: usize, const M: usize] TransposedOut<H, K, S, P, M>;
    [A: Dim, B: Dim] Prod<A, B>;
    [A: Dim, B: Dim] Sum<A, B>;
}

/// A tuple of dimensions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor shape",
    label = "expected a tuple of dimensions such as `Rank2<3, 4>` or `(usize, Const<4>)`"
)]
pub trait Shape: Copy + Debug + Default + SameAs<Self> + Send + Sync + 'static {
    /// Number of dimensions.
    const RANK: usize;
    /// Their sizes ([`DYN`] where unknown), the rest zero.
    const DIMS: [usize; MAX_RANK];
}

/// Two shapes may meet: dimension by dimension.
#[diagnostic::on_unimplemented(
    message = "the shapes `{Self}` and `{R}` differ",
    label = "these shapes do not fit"
)]
pub trait SameAs<R> {}

/// The shape with a batch dimension in front: `Rank1<10>` becomes `(N, Const<10>)`.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot have a batch dimension in front")]
pub trait Batch<N: Dim>: Shape {
    /// The shape of a batch.
    type Of: Shape;
}

impl Shape for () {
    const RANK: usize = 0;
    const DIMS: [usize; MAX_RANK] = [0; MAX_RANK];
}
impl SameAs<()> for () {}
impl<N: Dim> Batch<N> for () {
    type Of = (N,);
}

macro_rules! shapes {
    ($($rank:literal: $($dim:ident $other:ident),+;)*) => { $(
        impl<$($dim: Dim),+> Shape for ($($dim,)+) {
            const RANK: usize = $rank;
            const DIMS: [usize; MAX_RANK] = sizes(&[$($dim::SIZE),+]);
        }
        impl<$($dim: Fits<$other>, $other),+> SameAs<($($other,)+)> for ($($dim,)+) {}
    )* };
}
shapes! {
    1: A A2;
    2: A A2, B B2;
    3: A A2, B B2, C C2;
    4: A A2, B B2, C C2, D D2;
    5: A A2, B B2, C C2, D D2, E E2;
}
macro_rules! batches {
    ($($($dim:ident),+;)*) => { $(
        impl<N: Dim, $($dim: Dim),+> Batch<N> for ($($dim,)+) {
            type Of = (N, $($dim),+);
        }
    )* };
}
batches! { A; A, B; A, B, C; A, B, C, D; }

/// A scalar.
pub type Rank0 = ();
/// A vector of `A` elements.
pub type Rank1<const A: usize> = (Const<A>,);
/// A matrix of `A` rows and `B` columns.
pub type Rank2<const A: usize, const B: usize> = (Const<A>, Const<B>);
/// For example a picture: channels, height, width.
pub type Rank3<const A: usize, const B: usize, const C: usize> = (Const<A>, Const<B>, Const<C>);
/// For example a batch of pictures: number, channels, height, width.
pub type Rank4<const A: usize, const B: usize, const C: usize, const D: usize> =
    (Const<A>, Const<B>, Const<C>, Const<D>);
/// Five literal dimensions.
pub type Rank5<const A: usize, const B: usize, const C: usize, const D: usize, const E: usize> =
    (Const<A>, Const<B>, Const<C>, Const<D>, Const<E>);

/// Pads a list of at most [`MAX_RANK`] sizes with zeros.
pub(crate) const fn sizes(list: &[usize]) -> [usize; MAX_RANK] {
    let mut all = [0; MAX_RANK];
    let mut i = 0;
    while i < list.len() {
        all[i] = list[i];
        i += 1;
    }
    all
}

/// Output size of a convolution; panics, while compiling when the sizes are literals, if the kernel does not fit.
#[track_caller]
pub const fn conv_out(size: usize, kernel: usize, stride: usize, padding: usize) -> usize {
    if size == DYN {
        return DYN;
    }
    if size + 2 * padding < kernel {
        // Of a convolution, in one dimension or two, or of a pooling.
        let msg = Msg::new().s("a kernel or window of ").u(kernel).s(" pixels is larger than its input, ");
        panic!("{}", msg.u(size).s(" pixels with padding ").u(padding).as_str())
    }
    (size + 2 * padding - kernel) / stride + 1
}

/// Output size of a transposed convolution; panics if nothing is left.
#[track_caller]
pub const fn transposed_out(size: usize, kernel: usize, stride: usize, padding: usize, more: usize) -> usize {
    if size == DYN {
        return DYN;
    }
    let full = size.saturating_sub(1) * stride + kernel + more;
    if full <= 2 * padding {
        let msg = Msg::new().s("conv_transpose2d: a padding of ").u(padding).s(" leaves nothing of ").u(full);
        panic!("{}", msg.s(" pixels").as_str())
    }
    full - 2 * padding
}

/// Output size of a pooling window; panics if the window does not fit.
#[track_caller]
pub const fn pool_out(size: usize, window: usize) -> usize {
    if size == DYN {
        return DYN;
    }
    if size < window {
        let msg = Msg::new().s("max_pool2d: the window (").u(window).s("x").u(window);
        panic!("{}", msg.s(") is larger than its input (").u(size).s(" pixels)").as_str())
    }
    size / window
}

/// Whether sizes are those expected, [`DYN`] standing for any.
pub(crate) fn fit(sizes: &[usize], expected: &[usize]) -> bool {
    let fits = |(&size, &expected): (&usize, &usize)| expected == DYN || size == expected;
    sizes.len() == expected.len() && sizes.iter().zip(expected).all(fits)
}

/// Works out the sizes of a shape: what cannot be one panics here.
pub(crate) const fn evaluated<S: Shape>() {
    let _ = S::DIMS;
}

/// Panics unless a kernel has a middle pixel.
#[track_caller]
pub(crate) const fn odd_kernel(who: &str, kernel: usize) {
    if kernel.is_multiple_of(2) {
        let msg = Msg::new().s(who).s(" needs an odd kernel, such as 3 or 5, got ").u(kernel);
        panic!("{}", msg.as_str())
    }
}

/// Panics unless two sizes are equal or one is unknown.
#[track_caller]
pub const fn same_size(op: &str, what: &str, a: usize, b: usize) {
    if a != DYN && b != DYN && a != b {
        let msg = Msg::new().s(op).s(": ").s(what).s(" differ: ").u(a).s(" and ").u(b);
        panic!("{}", msg.as_str())
    }
}

/// Panics unless two shapes are equal wherever both are known.
#[track_caller]
pub const fn same_shape<A: Shape, B: Shape>(op: &str) {
    let mut same = A::RANK == B::RANK;
    let mut i = 0;
    while i < A::RANK && same {
        let (a, b) = (A::DIMS[i], B::DIMS[i]);
        same = a == b || a == DYN || b == DYN;
        i += 1;
    }
    if !same {
        let msg = Msg::new().s(op).s(": the shapes differ: ").shape(A::RANK, A::DIMS);
        panic!("{}", msg.s(" and ").shape(B::RANK, B::DIMS).as_str())
    }
}

/// Panics unless two shapes hold as many values, where both are known.
#[track_caller]
pub const fn same_len<A: Shape, B: Shape>() {
    let (a, b) = (len::<A>(), len::<B>());
    if a != DYN && b != DYN && a != b {
        let msg = Msg::new().s("reshape: ").shape(A::RANK, A::DIMS).s(" has ").u(a).s(" values, ");
        panic!("{}", msg.shape(B::RANK, B::DIMS).s(" has ").u(b).as_str())
    }
}

/// The number of values of a shape, or [`DYN`].
const fn len<S: Shape>() -> usize {
    let mut len = 1;
    let mut i = 0;
    while i < S::RANK {
        if S::DIMS[i] == DYN {
            return DYN;
        }
        len *= S::DIMS[i];
        i += 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_computed_from_types() {
        assert_eq!(<ConvOut<Const<32>, 3, 1, 0>>::SIZE, 30);
        assert_eq!(<ConvOut<Const<32>, 3, 2, 1>>::SIZE, 16);
        assert_eq!(<Div<ConvOut<Const<32>, 3, 1, 0>, 2>>::SIZE, 15);
        assert_eq!(<Prod<Const<64>, Prod<Const<4>, Const<4>>>>::SIZE, 1024);
        assert_eq!(<Sum<Const<3>, usize>>::SIZE, DYN);
        assert_eq!(<<Rank3<3, 32, 32> as Batch<usize>>::Of>::DIMS, [DYN, 3, 32, 32, 0, 0]);
    }

    #[test]
    #[should_panic(
        expected = "a kernel or window of 5 pixels is larger than its input, 3 pixels with padding 0"
    )]
    fn a_kernel_must_fit() {
        conv_out(3, 5, 1, 0);
    }
}
