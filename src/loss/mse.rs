//! `mse`: the mean squared error.

use crate::ops;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of the squared differences.
///
/// ```
/// use ferrolab::prelude::*;
/// let prediction = Tensor::<Rank1<2>>::from([1.0, 5.0]);
/// assert_eq!(mse(&prediction, &Tensor::from([2.0, 3.0])).item(), 2.5); // (1 + 4) / 2
/// ```
#[inline]
#[track_caller]
pub fn mse<S: Shape, R: SameAs<S> + Shape>(prediction: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
    const { same_shape::<S, R>("mse") }
    Tensor::from_raw(ops::mse(prediction.raw(), target.raw()))
}
