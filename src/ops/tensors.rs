//! [`Tensors`]: several tensors as one argument, in a tuple, an array, a slice or a vector.

use crate::dtype::Dtype;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

/// Several tensors: `(&a, &b)` of various shapes, `[a, b, c]` of the same one, or a slice of them.
pub trait Tensors {
    /// Their shapes: a tuple of shapes, or [`List`].
    type Shapes;

    /// The element type of them all.
    type Element: Dtype;

    /// The tensors of run-time shape underneath.
    fn all_stored(&self) -> Vec<<Self::Element as Dtype>::Stored>;
}

/// So many tensors of one shape: `N` is a dimension.
pub struct List<S, N>(std::marker::PhantomData<(S, N)>);

macro_rules! tuples {
    ($($($shape:ident $tensor:ident),+;)*) => { $(
        impl<$($shape: Shape,)+ Z: Dtype> Tensors for ($(&Tensor<$shape, Z>,)+) {
            type Shapes = ($($shape,)+);
            type Element = Z;

            fn all_stored(&self) -> Vec<Z::Stored> {
                let ($($tensor,)+) = self;
                vec![$($tensor.stored().clone()),+]
            }
        }
    )* };
}
tuples! { A a; A a, B b; A a, B b, C c; A a, B b, C c, D d; }

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $count:ty;)*) => { $(
        impl<S: Shape, E: Dtype, $($generics)*> Tensors for $list {
            type Shapes = List<S, $count>;
            type Element = E;

            fn all_stored(&self) -> Vec<E::Stored> {
                self.iter().map(|tensor| tensor.stored().clone()).collect()
            }
        }
    )* };
}
lists! {
    [const N: usize] [Tensor<S, E>; N], Const<N>;
    [const N: usize] [&Tensor<S, E>; N], Const<N>;
    [] [Tensor<S, E>], usize;
    [] [&Tensor<S, E>], usize;
    [] Vec<Tensor<S, E>>, usize;
}
