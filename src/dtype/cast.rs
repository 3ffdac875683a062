//! `to_dtype`: the same values in another element type.

use super::{Dtype, Stored};
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// The same values in another element type, as near as it has them: fractions are cut off for `i64`, everything but
    /// 0 is `true`, and `true` is 1. No gradient flows through; `f32` to `f32` gives a cut-off copy too.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([0.5, -2.7, 0.0]);
    /// assert_eq!(x.to_dtype::<i64>().to_vec(), [0, -2, 0]);
    /// assert_eq!(x.to_dtype::<bool>().to_vec(), [true, true, false]);
    /// let small: Tensor<Rank1<3>, bf16> = x.to_dtype(); // 8 bits of precision
    /// assert_eq!(small.to_dtype::<f32>().to_vec(), [0.5, -2.703125, 0.0]);
    /// ```
    #[inline]
    pub fn to_dtype<F: Dtype>(&self) -> Tensor<S, F> {
        Tensor::from_stored(cast::<E, F>(self.stored()))
    }
}

/// Each value by way of [`Number`](super::Number): exact where the new type holds it.
pub(crate) fn cast<E: Dtype, F: Dtype>(values: &E::Stored) -> F::Stored {
    let cast = values.to_vec().into_iter().map(|value| F::from_number(value.number())).collect();
    F::Stored::from_vec(&values.sizes(), cast)
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use crate::{bf16, f16};

    #[test]
    fn floats_are_rounded_to_the_nearest_and_to_even() {
        // bf16 has 8 bits: beside 1 lie 1 + 1/128 and 1 - 1/256.
        let x = Tensor::<Rank1<3>>::from([1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0, 1.0 + 1.1 / 256.0]);
        let rounded = x.to_dtype::<bf16>().to_dtype::<f32>().to_vec();
        assert_eq!(rounded, [1.0, 1.0 + 4.0 / 256.0, 1.0 + 2.0 / 256.0]);
        let huge = Tensor::<Rank1<2>>::from([65_504.0, 1e6]);
        assert_eq!(huge.to_dtype::<f16>().to_dtype::<f32>().to_vec(), [65_504.0, f32::INFINITY]);
    }

    #[test]
    fn whole_numbers_and_masks_keep_their_values() {
        let ids = Tensor::<Rank1<2>, i64>::from([i64::MAX, -1]);
        assert_eq!(ids.to_dtype::<i64>().to_vec(), [i64::MAX, -1]);
        assert_eq!(ids.to_dtype::<bool>().to_dtype::<f32>().to_vec(), [1.0, 1.0]);
        assert_eq!(Tensor::<Rank1<1>>::from([f32::NAN]).to_dtype::<i64>().to_vec(), [0]);
    }

    #[test]
    fn no_gradient_flows_through() {
        let x = Tensor::<Rank1<1>>::ones().requires_grad();
        assert!(!x.to_dtype::<f64>().to_dtype::<f32>().is_tracked());
    }
}
