//! `transpose`: rows for columns; `permute`: the axes in another order.

use crate::array::Array;
use crate::axes::{Axis, Matrix};
use crate::compute;
use crate::cpu::strided;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Rows for columns: `[M, N]` becomes `[N, M]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    #[inline]
    pub fn transpose<M: Dim, N: Dim>(&self) -> Tensor<(N, M), E>
    where
        S: Matrix<Rows = M, Columns = N>,
    {
        Tensor::from_stored(self.stored().permute(&[1, 0]))
    }
}

macro_rules! permute {
    ($([$($dim:ident)*] $shape:tt $example:literal [$($to:ident)*];)*) => { $(
        impl<$($dim: Dim,)* Z: Dtype> Tensor<$shape, Z> {
            /// The axes in another order: axis `i` of the result is the one of this tensor whose number stands at place
            /// `i`.
            ///
            /// ```
            /// use ferrolab::prelude::*;
            #[doc = $example]
            /// ```
            #[inline]
            pub fn permute<$(const $to: usize),*>(&self) -> Tensor<($(<$shape as Axis<$to>>::Size,)*), Z>
            where
                $($shape: Axis<$to>,)*
            {
                const { assert!(each_once(&[$($to),*]), "permute: every axis must be named once") }
                Tensor::from_stored(self.stored().permute(&[$($to),*]))
            }
        }
    )* };
}
permute! {
    [A B] (A, B) "let y: Tensor<Rank2<3, 2>> = Tensor::<Rank2<2, 3>>::ones().permute::<1, 0>();" [P Q];
    [A B C] (A, B, C) "let y: Tensor<Rank3<4, 2, 3>> = Tensor::<Rank3<2, 3, 4>>::ones().permute::<2, 0, 1>();" [P Q R];
    [A B C D] (A, B, C, D)
        "let y: Tensor<Rank4<2, 4, 3, 5>> = Tensor::<Rank4<2, 3, 4, 5>>::ones().permute::<0, 2, 1, 3>();" [P Q R T];
    [A B C D E] (A, B, C, D, E)
        "let y: Tensor<Rank5<1, 2, 4, 3, 5>> = Tensor::<Rank5<1, 2, 3, 4, 5>>::ones().permute::<0, 1, 3, 2, 4>();"
        [P Q R T U];
}

/// Whether no number stands twice.
const fn each_once(order: &[usize]) -> bool {
    let mut seen = 0u64;
    let mut i = 0;
    while i < order.len() {
        seen |= 1 << order[i];
        i += 1;
    }
    seen.count_ones() as usize == order.len()
}

/// Rows for columns.
///
/// ***Panics*** unless `x` has two dimensions.
#[track_caller]
pub fn transpose(x: &Raw) -> Raw {
    assert!(x.sizes().len() == 2, "transpose: expected a matrix, got shape {:?}", x.sizes());
    permute(x, &[1, 0])
}

/// The axes in another order: axis `i` of the result is axis `order[i]` of `x`.
///
/// ***Panics*** unless `order` names every axis once.
#[track_caller]
pub fn permute(x: &Raw, order: &[usize]) -> Raw {
    let inverse = inverse(order, &x.sizes());
    Raw::from_op("permute", x.kept().rearranged(|x| permuted(x, order)), &[x], move |gradient, _| {
        vec![Some(permuted(gradient, &inverse))]
    })
}

/// The order that brings the axes back.
///
/// ***Panics*** unless `order` names every axis once.
#[track_caller]
pub(crate) fn inverse(order: &[usize], sizes: &[usize]) -> Vec<usize> {
    let rank = sizes.len();
    let mut inverse = vec![rank; rank];
    for (to, &from) in order.iter().enumerate() {
        if from < rank {
            inverse[from] = to;
        }
    }
    assert!(
        order.len() == rank && inverse.iter().all(|&to| to < rank),
        "permute: {order:?} is not an order of the axes of shape {sizes:?}"
    );
    inverse
}

fn permuted(x: &Array, order: &[usize]) -> Array {
    let x = x.row_major();
    let from = x.sizes();
    let sizes: Vec<usize> = order.iter().map(|&axis| from[axis]).collect();
    if order == [1, 0] {
        return compute::transposed(&x);
    }
    let strides = strided::row_major(from);
    let strides: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
    compute::strided(&x, 0, &sizes, &strides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    fn counting(sizes: &[usize]) -> Array {
        Array::from_vec(sizes, (0..sizes.iter().product()).map(|i: usize| i as f32 / 4.0).collect())
    }

    #[test]
    fn gradient() {
        check_gradient(&[counting(&[2, 3])], |x| transpose(&x[0]));
        check_gradient(&[counting(&[2, 3, 2])], |x| permute(&x[0], &[2, 0, 1]));
    }

    #[test]
    fn axes_change_places() {
        let x = counting(&[20, 35, 3]);
        let y = permute(&Raw::new(x.clone()), &[2, 0, 1]).array();
        assert_eq!(y.sizes(), [3, 20, 35]);
        for (i, j, k) in [(0, 0, 0), (2, 19, 34), (1, 7, 30)] {
            assert_eq!(y.values()[(i * 20 + j) * 35 + k], x.values()[(j * 35 + k) * 3 + i]);
        }
    }

    #[test]
    #[should_panic(expected = "permute: [0, 0] is not an order of the axes of shape [2, 3]")]
    fn every_axis_is_named_once() {
        permute(&Raw::new(counting(&[2, 3])), &[0, 0]);
    }
}
