//! [`Tensors`]: several tensors as one argument, in a tuple, an array, a slice or a vector.

use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

/// Several tensors: `(&a, &b)` of various shapes, `[a, b, c]` of the same one, or a slice of them.
pub trait Tensors {
    /// Their shapes: a tuple of shapes, or [`List`].
    type Shapes;

    /// The tensors of run-time shape underneath.
    fn raws(&self) -> Vec<Raw>;
}

/// So many tensors of one shape: `N` is a dimension.
pub struct List<S, N>(std::marker::PhantomData<(S, N)>);

macro_rules! tuples {
    ($($($shape:ident $tensor:ident),+;)*) => { $(
        impl<$($shape: Shape),+> Tensors for ($(&Tensor<$shape>,)+) {
            type Shapes = ($($shape,)+);

            fn raws(&self) -> Vec<Raw> {
                let ($($tensor,)+) = self;
                vec![$($tensor.raw().clone()),+]
            }
        }
    )* };
}
tuples! { A a; A a, B b; A a, B b, C c; A a, B b, C c, D d; }

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $count:ty;)*) => { $(
        impl<S: Shape, $($generics)*> Tensors for $list {
            type Shapes = List<S, $count>;

            fn raws(&self) -> Vec<Raw> {
                self.iter().map(|tensor| tensor.raw().clone()).collect()
            }
        }
    )* };
}
lists! {
    [const N: usize] [Tensor<S>; N], Const<N>;
    [const N: usize] [&Tensor<S>; N], Const<N>;
    [] [Tensor<S>], usize;
    [] [&Tensor<S>], usize;
    [] Vec<Tensor<S>>, usize;
}
