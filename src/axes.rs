//! What an operation asks of a shape, by name: two axes, pictures, a last axis. Their messages are what a user reads.

use crate::shape::{Dim, Fits, Prod, Shape, same_size};

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
