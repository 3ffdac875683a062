//! Sums, means and extremes of tensors of `f64` and `i64`.

use super::{Dtype, Values};
use crate::axes::Axis;
use crate::ops::axis::{around, without};
use crate::shape::Shape;
use crate::tensor::Tensor;

macro_rules! reductions {
    ($($dtype:ident: $max:expr, $min:expr, $suffix:literal;)*) => { $(
        impl<S: Shape> Tensor<S, $dtype> {
            /// The sum of all values.
            ///
            /// ```
            /// use ferrolab::prelude::*;
            #[doc = concat!("let x = Tensor::<Rank1<3>, ", stringify!($dtype), ">::from_vec(vec![1", $suffix, ", 2", $suffix, ", 4", $suffix, "]);")]
            #[doc = concat!("assert_eq!(x.sum().item(), 7", $suffix, ");")]
            /// ```
            #[inline]
            pub fn sum(&self) -> Tensor<(), $dtype> {
                Tensor::from_vec(vec![self.stored().as_slice().iter().sum()])
            }

            /// The sums along axis `A`.
            ///
            /// ```
            /// use ferrolab::prelude::*;
            #[doc = concat!("let x = Tensor::<Rank2<1, 2>, ", stringify!($dtype), ">::from_vec(vec![1", $suffix, ", 2", $suffix, "]);")]
            #[doc = concat!("assert_eq!(x.sum_axis::<1>().to_vec(), [3", $suffix, "]);")]
            /// ```
            #[inline]
            pub fn sum_axis<const A: usize>(&self) -> Tensor<S::Rest, $dtype>
            where
                S: Axis<A>,
            {
                Tensor::from_stored(folded(self.stored(), A, $dtype::ZERO, |a, b| a + b))
            }

            /// The greatest of all values; a NaN counts as the greatest.
            ///
            /// ***Panics*** if there is none.
            #[inline]
            #[track_caller]
            pub fn max(&self) -> Tensor<(), $dtype> {
                Tensor::from_vec(vec![extreme("max", self.stored(), $max)])
            }

            /// The smallest of all values; a NaN counts as the smallest.
            ///
            /// ***Panics*** if there is none.
            #[inline]
            #[track_caller]
            pub fn min(&self) -> Tensor<(), $dtype> {
                Tensor::from_vec(vec![extreme("min", self.stored(), $min)])
            }

            /// The mean of all values, in double precision; NaN if there is none.
            #[inline]
            pub fn mean(&self) -> Tensor<(), f64> {
                Tensor::from_vec(vec![mean(self.stored())])
            }
        }
    )* };
}
reductions! {
    f64: |a, b| if b.is_nan() || b > a { b } else { a }, |a, b| if b.is_nan() || b < a { b } else { a }, ".0";
    i64: |a, b| a.max(b), |a, b| a.min(b), "";
}

#[track_caller]
fn extreme<E: Dtype>(operation: &str, x: &Values<E>, f: fn(E, E) -> E) -> E {
    let extreme = x.as_slice().iter().copied().reduce(f);
    extreme.unwrap_or_else(|| panic!("{operation}: the shape {:?} has no values", x.sizes()))
}

fn mean<E: Dtype>(x: &Values<E>) -> f64 {
    let sum: f64 = x.as_slice().iter().map(|value| value.number().float()).sum();
    sum / x.as_slice().len() as f64
}

fn folded<E: Dtype>(x: &Values<E>, axis: usize, start: E, f: impl Fn(E, E) -> E) -> Values<E> {
    let [outer, size, inner] = around("sum_axis", x.sizes(), axis);
    let mut result = vec![start; outer * inner];
    let blocks = x.as_slice().chunks_exact((size * inner).max(1));
    for (to, block) in result.chunks_exact_mut(inner.max(1)).zip(blocks) {
        for row in block.chunks_exact(inner) {
            to.iter_mut().zip(row).for_each(|(to, &value)| *to = f(*to, value));
        }
    }
    Values::new(&without(x.sizes(), axis), result)
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn sums_do_not_lose_small_values() {
        let x = Tensor::<Rank1<3>, f64>::from_vec(vec![1e15, 0.5, -1e15]);
        assert_eq!(x.sum().item(), 0.5);
        let ids = Tensor::<Rank2<2, 2>, i64>::from([[1 << 53, 1], [0, 2]]);
        assert_eq!((ids.sum().item(), ids.sum_axis::<1>().to_vec()), ((1 << 53) + 3, vec![(1 << 53) + 1, 2]));
        assert_eq!((ids.min().item(), ids.max().item()), (0, 1 << 53));
        assert_eq!(Tensor::<Rank1<2>, i64>::from([1, 2]).mean().item(), 1.5);
    }

    #[test]
    fn a_nan_is_not_overlooked() {
        let x = Tensor::<Rank1<3>, f64>::from_vec(vec![1.0, f64::NAN, 3.0]);
        assert!(x.max().item().is_nan() && x.min().item().is_nan());
    }

    #[test]
    #[should_panic(expected = "max: the shape [0] has no values")]
    fn of_no_values_none_is_greatest() {
        Tensor::<(usize,), i64>::from_vec(vec![]).max();
    }
}
