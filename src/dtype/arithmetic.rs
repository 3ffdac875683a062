//! `+ - * /`, `%` and the sign of tensors of `f64` and `i64`, with a tensor or a number on the right.

use super::Values;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

macro_rules! operators {
    ($($Operator:ident $method:ident $operator:tt: $($dtype:ident by $f:expr),+;)*) => { $( $(
        operators!(@tensors $Operator, $method, $dtype, $f, Tensor<S, $dtype>, Tensor<R, $dtype>);
        operators!(@tensors $Operator, $method, $dtype, $f, Tensor<S, $dtype>, &Tensor<R, $dtype>);
        operators!(@tensors $Operator, $method, $dtype, $f, &Tensor<S, $dtype>, Tensor<R, $dtype>);
        operators!(@tensors $Operator, $method, $dtype, $f, &Tensor<S, $dtype>, &Tensor<R, $dtype>);
        operators!(@number $Operator, $method, $dtype, $f, Tensor<S, $dtype>);
        operators!(@number $Operator, $method, $dtype, $f, &Tensor<S, $dtype>);
    )+ )* };
    (@tensors $Operator:ident, $method:ident, $dtype:ident, $f:expr, $left:ty, $right:ty) => {
        impl<S: Shape + SameAs<R>, R: Shape> std::ops::$Operator<$right> for $left {
            type Output = Tensor<S, $dtype>;

            #[inline]
            #[track_caller]
            fn $method(self, other: $right) -> Tensor<S, $dtype> {
                const { same_shape::<S, R>(stringify!($method)) }
                let f: fn($dtype, $dtype) -> $dtype = $f;
                Tensor::from_stored($dtype::pairs(stringify!($method), self.stored(), other.stored(), f))
            }
        }
    };
    (@number $Operator:ident, $method:ident, $dtype:ident, $f:expr, $left:ty) => {
        impl<S: Shape> std::ops::$Operator<$dtype> for $left {
            type Output = Tensor<S, $dtype>;

            #[inline]
            #[track_caller]
            fn $method(self, number: $dtype) -> Tensor<S, $dtype> {
                let f: fn($dtype, $dtype) -> $dtype = $f;
                Tensor::from_stored($dtype::each(self.stored(), f, number))
            }
        }
    };
}
operators! {
    Add add +: f64 by |a, b| a + b, i64 by |a, b| a + b;
    Sub sub -: f64 by |a, b| a - b, i64 by |a, b| a - b;
    Mul mul *: f64 by |a, b| a * b, i64 by |a, b| a * b;
    Div div /: f64 by |a, b| a / b, i64 by whole_quotient;
    Rem rem %: f64 by |a, b| a % b, i64 by remainder;
}

#[track_caller]
fn whole_quotient(a: i64, b: i64) -> i64 {
    assert!(b != 0, "div: {a} / 0 is not a whole number: use `to_dtype::<f64>()` for infinities");
    a / b
}

#[track_caller]
fn remainder(a: i64, b: i64) -> i64 {
    assert!(b != 0, "rem: {a} % 0 is not a number");
    a % b
}

/// Not generic, so that cells compile none of it.
trait Pairwise: Sized {
    #[track_caller]
    fn pairs(operation: &str, a: &Values<Self>, b: &Values<Self>, f: fn(Self, Self) -> Self) -> Values<Self>;
    fn each(a: &Values<Self>, f: fn(Self, Self) -> Self, number: Self) -> Values<Self>;
}

macro_rules! pairwise {
    ($($dtype:ident)*) => { $(
        impl Pairwise for $dtype {
            fn pairs(operation: &str, a: &Values<Self>, b: &Values<Self>, f: fn(Self, Self) -> Self) -> Values<Self> {
                a.zip(operation, b, |&a, &b| f(a, b))
            }

            fn each(a: &Values<Self>, f: fn(Self, Self) -> Self, number: Self) -> Values<Self> {
                a.map(|&a| f(a, number))
            }
        }

        impl<S: Shape> std::ops::Neg for &Tensor<S, $dtype> {
            type Output = Tensor<S, $dtype>;

            #[inline]
            fn neg(self) -> Tensor<S, $dtype> {
                Tensor::from_stored($dtype::each(self.stored(), |a, _| -a, $dtype::default()))
            }
        }

        impl<S: Shape> std::ops::Neg for Tensor<S, $dtype> {
            type Output = Tensor<S, $dtype>;

            #[inline]
            fn neg(self) -> Tensor<S, $dtype> {
                -&self
            }
        }
    )* };
}
pairwise! { f64 i64 }

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn whole_numbers_are_computed_exactly() {
        let x = Tensor::<Rank1<3>, i64>::from([7, -7, 1 << 60]);
        assert_eq!((&x + 1).to_vec(), [8, -6, (1 << 60) + 1]);
        assert_eq!((&x / 2).to_vec(), [3, -3, 1 << 59]);
        assert_eq!((&x % 4).to_vec(), [3, -3, 0]);
        assert_eq!((-(&x - &x * 2)).to_vec(), x.to_vec());
    }

    #[test]
    fn doubles_have_sixteen_digits() {
        let x = Tensor::<Rank1<1>, f64>::from_vec(vec![1.0]);
        assert_eq!((&x / 3.0 * 3.0 - 1e-12).to_vec(), [1.0 - 1e-12]);
    }

    #[test]
    #[should_panic(expected = "div: 7 / 0 is not a whole number: use `to_dtype::<f64>()` for infinities")]
    fn whole_numbers_have_no_infinity() {
        let _ = Tensor::<Rank1<1>, i64>::from([7]) / 0;
    }

    #[test]
    #[should_panic(expected = "add: the shapes differ: [1] and [2]")]
    fn sizes_must_be_equal() {
        let of = |len: usize| Tensor::<(usize,), f64>::from_vec(vec![1.0; len]);
        let _ = of(1) + of(2);
    }
}
