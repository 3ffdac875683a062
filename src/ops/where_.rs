//! `where_`, `masked_fill`: values chosen by a mask.

use super::broadcast::fits_into;
use super::operator::same_sizes;
use crate::array::Array;
use crate::cuda::{self, Memory};
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
    let mask = Mask::new(condition.clone());
    let y = mask.chosen("where_", true, &a.array(), Ok(&b.array()));
    Raw::from_op("where_", y, &[a, b], move |gradient, wanted| {
        let of_a = || mask.chosen("where_", true, gradient, Err(0.0));
        let of_b = || mask.chosen("where_", false, gradient, Err(0.0));
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// `value` where `mask`, broadcast to the sizes of `x`, is true, else what was there.
///
/// ***Panics*** if the mask cannot be broadcast.
#[track_caller]
pub fn masked_fill(x: &Raw, mask: &Values<bool>, value: f32) -> Raw {
    let sizes = x.sizes();
    let mask = Mask::new(if mask.sizes() == sizes { mask.clone() } else { mask.broadcast_to(&sizes) });
    let y = mask.chosen("masked_fill", false, &x.array(), Err(value));
    Raw::from_op("masked_fill", y, &[x], move |gradient, _| {
        vec![Some(mask.chosen("masked_fill", false, gradient, Err(0.0)))]
    })
}

/// A mask, and the same on a GPU if that is where it is used.
struct Mask {
    values: Values<bool>,
    on_gpu: Option<Memory<u8>>,
}

impl Mask {
    fn new(values: Values<bool>) -> Mask {
        let bytes = || values.as_slice().iter().map(|&value| u8::from(value)).collect::<Vec<u8>>();
        let on_gpu = cuda::active().map(|gpu| gpu.upload(&bytes()));
        Mask { values, on_gpu }
    }

    /// The values where the mask is `chosen`, elsewhere the other values, or the number.
    #[track_caller]
    fn chosen(&self, operation: &str, chosen: bool, values: &Array, other: Result<&Array, f32>) -> Array {
        let (found, expected) = (self.values.sizes(), values.sizes());
        assert!(found == expected, "{operation}: the shapes differ: {found:?} and {expected:?}");
        if let Some(mask) = &self.on_gpu {
            return mask.gpu().choose(mask, chosen, values, other);
        }
        let mut result = values.row_major();
        let masked = result.values_mut().iter_mut().zip(self.values.as_slice());
        match other {
            Err(number) => {
                masked.for_each(|(value, &mask)| *value = if mask == chosen { *value } else { number });
            }
            Ok(other) => {
                let other = other.row_major();
                let pairs = masked.zip(other.values());
                pairs.for_each(|((value, &mask), &other)| {
                    *value = if mask == chosen { *value } else { other }
                });
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

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

    #[test]
    fn choices_agree_on_every_device() {
        let mask = Values::new(&[3, 200], (0..600).map(|i| i % 7 < 3).collect());
        let inputs = [scattered(&[3, 200]), scattered(&[3, 200])];
        agrees_with_the_cpu(&inputs, |x| where_(&mask, &x[0], &x[1]));
        agrees_with_the_cpu(&inputs[..1], |x| masked_fill(&x[0], &mask, -7.5));
    }
}
