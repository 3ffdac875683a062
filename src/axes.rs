//! What an operation asks of a shape, by name: two axes, pictures, a last axis. Their messages are what a user reads.

use crate::shape::{Dim, Prod, Shape};

/// A shape of two dimensions.
#[diagnostic::on_unimplemented(
    message = "expected a matrix, a tensor of two dimensions, got shape `{Self}`",
    label = "this needs a shape such as `Rank2<3, 4>`"
)]
pub trait Matrix: Shape {
    type Rows: Dim;
    type Columns: Dim;
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
        }
    )* };
}
last_axis! { [] A; [A] B; [A B] C; [A B C] D; [A B C D] E; }

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
