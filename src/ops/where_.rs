//! `where_`, `masked_fill`: values chosen by a mask.

use super::broadcast::fits_into;
use super::operator::same_sizes;
use crate::array::Array;
use crate::dtype::{Stored, Values};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The value of `a` where `condition` is true, else that of `b`. The underscore is there because `where` is a word
    /// of Rust.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([-1.0, 2.0, -3.0]);
    /// let y = Tensor::where_(&x.gt(0.0), &x, &(&x * 0.5));
    /// assert_eq!(y.to_vec(), [-0.5, 2.0, -1.5]);
    /// ```
    ///
    /// ***Panics*** if the shapes differ; when they are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn where_<A: Shape, B: Shape>(condition: &Tensor<S, bool>, a: &Tensor<A>, b: &Tensor<B>) -> Self
    where
        S: SameAs<A> + SameAs<B>,
    {
        const {
            same_shape::<S, A>("where_");
            same_shape::<S, B>("where_")
        }
        Tensor::from_raw(where_(condition.stored(), a.raw(), b.raw()))
    }

    /// `value` where `mask` is true, else what was there. A mask of fewer axes, or with axes of size 1, is broadcast.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let padding = Tensor::from([false, true]);
    /// let y = scores.masked_fill(&padding, f32::NEG_INFINITY).softmax();
    /// assert_eq!(y.to_vec(), [1.0, 0.0, 1.0, 0.0]);
    /// ```
    ///
    /// ***Panics*** if the mask does not fit; when its shape is known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn masked_fill<R: Shape>(&self, mask: &Tensor<R, bool>, value: f32) -> Self {
        const { fits_into::<R, S>() }
        Tensor::from_raw(masked_fill(self.raw(), mask.stored(), value))
    }
}

/// The value of `a` where `condition` is true, else that of `b`.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn where_(condition: &Values<bool>, a: &Raw, b: &Raw) -> Raw {
    same_sizes("where_", a, b);
    let mask = condition.clone();
    let y = chosen("where_", &mask, &a.array(), Other::Values(&b.array()));
    Raw::from_op("where_", y, &[a, b], move |gradient, wanted| {
        let of_a = || chosen("where_", &mask, gradient, Other::Number(0.0));
        let of_b = || chosen("where_", &mask.map(|&chosen| !chosen), gradient, Other::Number(0.0));
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// `value` where `mask`, broadcast to the sizes of `x`, is true, else what was there.
///
/// ***Panics*** if the mask cannot be broadcast.
#[track_caller]
pub fn masked_fill(x: &Raw, mask: &Values<bool>, value: f32) -> Raw {
    let sizes = x.sizes();
    let mask = if mask.sizes() == sizes { mask.clone() } else { mask.broadcast_to(&sizes) };
    let kept = mask.map(|&filled| !filled);
    let y = chosen("masked_fill", &kept, &x.array(), Other::Number(value));
    Raw::from_op("masked_fill", y, &[x], move |gradient, _| {
        vec![Some(chosen("masked_fill", &kept, gradient, Other::Number(0.0)))]
    })
}

/// What stands where the mask is false.
enum Other<'a> {
    Values(&'a Array),
    Number(f32),
}

/// The value where the mask is true, else the other one.
#[track_caller]
fn chosen(operation: &str, mask: &Values<bool>, values: &Array, other: Other) -> Array {
    let (found, expected) = (mask.sizes(), values.sizes());
    assert!(found == expected, "{operation}: the shapes differ: {found:?} and {expected:?}");
    let mut result = values.row_major();
    let chosen = result.values_mut().iter_mut().zip(mask.as_slice());
    match other {
        Other::Number(number) => {
            chosen.for_each(|(value, &keep)| *value = if keep { *value } else { number });
        }
        Other::Values(other) => {
            let other = other.row_major();
            let pairs = chosen.zip(other.values());
            pairs.for_each(|((value, &keep), &other)| *value = if keep { *value } else { other });
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 3.0]);
        let b = Array::from_vec(&[2, 2], vec![2.0, 0.0, -1.0, 1.0]);
        let mask = Values::new(&[2, 2], vec![true, false, false, true]);
        check_gradient(&[a.clone(), b], |x| where_(&mask, &x[0], &x[1]));
        let column = Values::new(&[2, 1], vec![true, false]);
        check_gradient(&[a], |x| masked_fill(&x[0], &column, 7.0));
    }

    #[test]
    fn what_is_not_chosen_does_not_matter() {
        let x = Raw::new(Array::from_vec(&[2], vec![f32::NAN, 1.0])).requires_grad();
        let y = masked_fill(&x, &Values::new(&[2], vec![true, false]), 0.0);
        assert_eq!(y.to_vec(), [0.0, 1.0]);
        assert_eq!(crate::autograd::backward(&crate::ops::sum(&y)).of_raw(&x).to_vec(), [0.0, 1.0]);
    }
}
