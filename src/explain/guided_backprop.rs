//! Guided backpropagation: gradients that only go through what is active and speaks for the class.

use super::model::{Classes, Model, count, input_gradient};
use crate::ops::guided;
use crate::shape::{Batch, Dim};
use crate::tensor::Tensor;

/// The gradient of the score of `class`, where every `relu` and `relu6` lets through only what is positive (Springenberg et al. 2015,
/// <https://arxiv.org/abs/1412.6806>). The maps are sharp, but [sanity checks](super::sanity) show that they depend on the
/// picture's edges more than on the model: do not trust them alone.
///
/// From inputs `[batch, ..]` to gradients of the same shape.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// assert_eq!(explain::guided_backprop(&model, &image, 7).shape(), [1, 3, 8, 8]);
/// ```
///
/// ***Panics*** if there is no such class.
#[track_caller]
pub fn guided_backprop<X: Batch<N>, N: Dim>(
    model: &impl Model<X>,
    inputs: &Tensor<X::Of>,
    class: impl Classes,
) -> Tensor<X::Of> {
    let classes = class.classes(count(inputs.raw()));
    Tensor::from_raw(guided(|| input_gradient(&|x| model.scores(x), inputs.raw(), &classes)))
}
