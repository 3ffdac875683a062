//! What an operation asks of a shape, by name: two axes, pictures, a last axis. Their messages are what a user reads.

use crate::shape::{Const, ConvOut, Dim, Div, Fits, Prod, Shape, same_size};

/// The shape of one number.
#[diagnostic::on_unimplemented(
    message = "expected one number, such as a loss, got a tensor of shape `{Self}`",
    label = "`.mean()` or `.sum()` makes one number of many"
)]
pub trait Scalar: Shape {}

/// A shape of one dimension.
#[diagnostic::on_unimplemented(
    message = "expected a vector, a tensor of one dimension, got shape `{Self}`",
    label = "this needs a shape such as `Rank1<3>`"
)]
pub trait Vector: Shape {
    type Len: Dim;
}

/// Sequences of steps with features.
#[diagnostic::on_unimplemented(
    message = "expected sequences `[batch, steps, features]`, got shape `{Self}`",
    label = "this needs a shape such as `Rank3<8, 20, 4>` or `(usize, Dyn<'T'>, Const<4>)`"
)]
pub trait Sequences: Shape {
    type Number: Dim;
    type Steps: Dim;
    type Features: Dim;
}

/// A shape of two dimensions.
#[diagnostic::on_unimplemented(
    message = "expected a matrix, a tensor of two dimensions, got shape `{Self}`",
    label = "this needs a shape such as `Rank2<3, 4>`"
)]
pub trait Matrix: Shape {
    type Rows: Dim;
    type Columns: Dim;
}

/// A matrix, a batch of them or a vector that can be multiplied with `R`.
#[diagnostic::on_unimplemented(
    message = "tensors of the shapes `{Self}` and `{R}` cannot be multiplied as matrices",
    label = "expected `[.., M, K]` times `[.., K, N]` with the same one or two sizes in front, or times `[K, N]`"
)]
pub trait Product<R>: Shape {
    /// The shape of the product.
    type Of: Shape;

    /// Evaluating it compares the sizes that are computed.
    const FITS: ();
}

/// A shape of four dimensions: number of pictures, channels, height, width.
#[diagnostic::on_unimplemented(
    message = "expected pictures `[batch, channels, height, width]`, got shape `{Self}`",
    label = "this needs a shape such as `Rank4<1, 3, 32, 32>`"
)]
pub trait Pictures: Shape {
    type Number: Dim;
    type Channels: Dim;
    type Height: Dim;
    type Width: Dim;
}

/// Pictures under windows of `K x K`, window beside window.
#[diagnostic::on_unimplemented(
    message = "expected pictures `[batch, channels, height, width]`, got shape `{Self}`",
    label = "this needs a shape such as `Rank4<1, 3, 32, 32>`"
)]
pub trait PooledBy<const K: usize>: Shape {
    /// `[N, C, H / K, W / K]`
    type Of: Shape;
}

/// Pictures under windows of `K x K` that move by `STRIDE`, with `PADDING` pixels on each side.
#[diagnostic::on_unimplemented(
    message = "expected pictures `[batch, channels, height, width]`, got shape `{Self}`",
    label = "this needs a shape such as `Rank4<1, 3, 32, 32>`"
)]
pub trait WindowedBy<const K: usize, const STRIDE: usize, const PADDING: usize>: Shape {
    /// The dimension of the channels.
    type Channels: Dim;
    /// `[N, C, (H + 2 PADDING - K) / STRIDE + 1, ..]`
    type Of: Shape;
    /// The same with `O` channels.
    type With<O: Dim>: Shape;
}

/// Pictures `FACTOR` times as high and wide.
#[diagnostic::on_unimplemented(
    message = "expected pictures `[batch, channels, height, width]`, got shape `{Self}`",
    label = "this needs a shape such as `Rank4<1, 3, 32, 32>`"
)]
pub trait EnlargedBy<const FACTOR: usize>: Shape {
    /// `[N, C, FACTOR · H, FACTOR · W]`
    type Of: Shape;
}

/// A shape with at least one dimension.
#[diagnostic::on_unimplemented(
    message = "expected a tensor with at least one dimension, got shape `{Self}`",
    label = "a scalar has no last axis"
)]
pub trait LastAxis: Shape {
    /// The last dimension.
    type Last: Dim;
    /// The shape without it.
    type Rest: Shape;
    /// The shape with another last dimension.
    type WithLast<N: Dim>: Shape;
}

/// A shape with an axis number `A`, counted from 0.
#[diagnostic::on_unimplemented(
    message = "there is no axis {A} in the shape `{Self}`",
    label = "axes are counted from 0, the first one"
)]
pub trait Axis<const A: usize>: Shape {
    /// The dimension along that axis.
    type Size: Dim;
    /// The shape without it.
    type Rest: Shape;
    /// The shape with another dimension there.
    type With<N: Dim>: Shape;
}

/// A shape that a new axis can be put into, as number `A`.
#[diagnostic::on_unimplemented(
    message = "a new axis cannot become number {A} of the shape `{Self}`",
    label = "axes are counted from 0; a tensor has at most five of them"
)]
pub trait Insert<const A: usize>: Shape {
    /// The shape with a dimension `N` in that place.
    type Of<N: Dim>: Shape;
}

/// Rows of features: `[batch, features]`, or sequences of them, `[batch, steps, features]`.
#[diagnostic::on_unimplemented(
    message = "expected rows `[batch, features]` or `[batch, steps, features]`, got shape `{Self}`",
    label = "pictures are made rows by `.flatten()`"
)]
pub trait Rows: Shape {
    type Features: Dim;
    /// The shape with another number of features.
    type With<D: Dim>: Shape;
}

/// A shape with the channels behind the batch dimension: `[batch, channels]`, `[batch, channels, length]` or pictures.
#[diagnostic::on_unimplemented(
    message = "expected a batch with channels, `[batch, channels, ..]`, got shape `{Self}`",
    label = "this needs a shape such as `(usize, Const<8>)` or `Rank4<1, 3, 32, 32>`"
)]
pub trait Channelled: Shape {
    type Channels: Dim;
}

/// A shape that another dimension can be put behind.
#[diagnostic::on_unimplemented(message = "shape `{Self}` cannot have one more dimension")]
pub trait Append<D: Dim>: Shape {
    /// The shape with `D` as its last dimension.
    type Of: Shape;
}

/// A shape of a batch, whose dimensions behind the first can be laid out in one.
#[diagnostic::on_unimplemented(
    message = "expected a batch to flatten, of two dimensions or more, got shape `{Self}`",
    label = "nothing to flatten here"
)]
pub trait Flatten: Shape {
    /// The batch dimension and the product of the others.
    type Of: Shape;
}

impl Scalar for () {}

impl<N: Dim> Vector for (N,) {
    type Len = N;
}

impl<N: Dim, T: Dim, F: Dim> Sequences for (N, T, F) {
    type Number = N;
    type Steps = T;
    type Features = F;
}

impl<M: Dim, N: Dim> Matrix for (M, N) {
    type Rows = M;
    type Columns = N;
}

macro_rules! products {
    ($([$($left:ident)*] [$($right:ident)*];)*) => { $(
        impl<$($left: Dim + Fits<$right>, $right: Dim,)* M: Dim, K: Dim + Fits<K2>, K2: Dim, N: Dim>
            Product<($($right,)* K2, N)> for ($($left,)* M, K)
        {
            type Of = ($($left,)* M, N);
            const FITS: () = {
                same_size("matmul", "the inner sizes", K::SIZE, K2::SIZE);
                $(same_size("matmul", "the sizes in front of the matrices", $left::SIZE, $right::SIZE);)*
            };
        }
    )* };
}
products! { [] []; [A] [B]; [A C] [B D]; }

macro_rules! products_with_one {
    ($([$($dim:ident)*] $left:ty, $right:ty, $product:ty;)*) => { $(
        impl<K: Dim + Fits<K2>, K2: Dim, $($dim: Dim),*> Product<$right> for $left {
            type Of = $product;
            const FITS: () = same_size("matmul", "the inner sizes", K::SIZE, K2::SIZE);
        }
    )* };
}
products_with_one! {
    [A M N] (A, M, K), (K2, N), (A, M, N);
    [A B M N] (A, B, M, K), (K2, N), (A, B, M, N);
    [N] (K,), (K2, N), (N,);
    [M] (M, K), (K2,), (M,);
    [A M] (A, M, K), (K2,), (A, M);
    [] (K,), (K2,), ();
}

impl<N: Dim, C: Dim, H: Dim, W: Dim> Pictures for (N, C, H, W) {
    type Number = N;
    type Channels = C;
    type Height = H;
    type Width = W;
}

impl<N: Dim, C: Dim, H: Dim, W: Dim, const K: usize> PooledBy<K> for (N, C, H, W) {
    type Of = (N, C, Div<H, K>, Div<W, K>);
}
impl<N: Dim, C: Dim, H: Dim, W: Dim, const K: usize, const S: usize, const P: usize> WindowedBy<K, S, P>
    for (N, C, H, W)
{
    type Channels = C;
    type Of = (N, C, ConvOut<H, K, S, P>, ConvOut<W, K, S, P>);
    type With<O: Dim> = (N, O, ConvOut<H, K, S, P>, ConvOut<W, K, S, P>);
}
impl<N: Dim, C: Dim, H: Dim, W: Dim, const F: usize> EnlargedBy<F> for (N, C, H, W) {
    type Of = (N, C, Prod<H, Const<F>>, Prod<W, Const<F>>);
}

/// Decoys. While the compiler looks for a method it does not know the numbers of the window yet, but it wants a type of the
/// result: without these it would stop there and say only that "trait bounds were not satisfied". Two, so that it does not
/// take the number from the only one. No window is so large.
macro_rules! other_ranks {
    ($($number:expr => $([$($dim:ident)*])*;)*) => { $($(
        #[diagnostic::do_not_recommend]
        impl<$($dim: Dim),*> PooledBy<{ $number }> for ($($dim,)*) {
            type Of = ();
        }
        #[diagnostic::do_not_recommend]
        impl<$($dim: Dim,)* const S__: usize, const P__: usize> WindowedBy<{ $number }, S__, P__> for ($($dim,)*) {
            type Channels = usize;
            type Of = ();
            type With<O: Dim> = ();
        }
        #[diagnostic::do_not_recommend]
        impl<$($dim: Dim),*> EnlargedBy<{ $number }> for ($($dim,)*) {
            type Of = ();
        }
    )*)* };
}
other_ranks! {
    usize::MAX => [] [A] [A B] [A B C] [A B C D E];
    usize::MAX - 1 => [] [A] [A B] [A B C] [A B C D E];
}

macro_rules! last_axis {
    ($([$($rest:ident)*] $last:ident;)*) => { $(
        impl<$($rest: Dim,)* $last: Dim> LastAxis for ($($rest,)* $last,) {
            type Last = $last;
            type Rest = ($($rest,)*);
            type WithLast<N__: Dim> = ($($rest,)* N__,);
        }
    )* };
}
last_axis! { [] A; [A] B; [A B] C; [A B C] D; [A B C D] E; }

macro_rules! axes {
    ($($axis:literal: [$($before:ident)*] $size:ident [$($after:ident)*];)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($before: Dim,)* $size: Dim, $($after: Dim,)*> Axis<$axis> for ($($before,)* $size, $($after,)*) {
            type Size = $size;
            type Rest = ($($before,)* $($after,)*);
            type With<N__: Dim> = ($($before,)* N__, $($after,)*);
        }

        #[diagnostic::do_not_recommend]
        impl<$($before: Dim,)* $($after: Dim,)*> Insert<$axis> for ($($before,)* $($after,)*) {
            type Of<N__: Dim> = ($($before,)* N__, $($after,)*);
        }
    )* };
}
axes! {
    0: [] A []; 0: [] A [B]; 0: [] A [B C]; 0: [] A [B C D]; 0: [] A [B C D E];
    1: [A] B []; 1: [A] B [C]; 1: [A] B [C D]; 1: [A] B [C D E];
    2: [A B] C []; 2: [A B] C [D]; 2: [A B] C [D E];
    3: [A B C] D []; 3: [A B C] D [E];
    4: [A B C D] E [];
}

macro_rules! append {
    ($([$($dim:ident)*];)*) => { $(
        impl<$($dim: Dim,)* Z: Dim> Append<Z> for ($($dim,)*) {
            type Of = ($($dim,)* Z,);
        }
    )* };
}
append! { []; [A]; [A B]; [A B C]; [A B C D]; }

impl<N: Dim, F: Dim> Rows for (N, F) {
    type Features = F;
    type With<D: Dim> = (N, D);
}
impl<N: Dim, T: Dim, F: Dim> Rows for (N, T, F) {
    type Features = F;
    type With<D: Dim> = (N, T, D);
}

impl<N: Dim, C: Dim> Channelled for (N, C) {
    type Channels = C;
}
impl<N: Dim, C: Dim, L: Dim> Channelled for (N, C, L) {
    type Channels = C;
}
impl<N: Dim, C: Dim, H: Dim, W: Dim> Channelled for (N, C, H, W) {
    type Channels = C;
}

impl<N: Dim, A: Dim> Flatten for (N, A) {
    type Of = (N, A);
}
impl<N: Dim, A: Dim, B: Dim> Flatten for (N, A, B) {
    type Of = (N, Prod<A, B>);
}
impl<N: Dim, A: Dim, B: Dim, C: Dim> Flatten for (N, A, B, C) {
    type Of = (N, Prod<A, Prod<B, C>>);
}
impl<N: Dim, A: Dim, B: Dim, C: Dim, D: Dim> Flatten for (N, A, B, C, D) {
    type Of = (N, Prod<A, Prod<B, Prod<C, D>>>);
}
