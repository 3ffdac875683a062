//! `smooth_l1`: the mean absolute error, rounded off at its tip.

use super::pairs::{Pair, mean_of_pairs};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of `d² / (2 beta)` where a difference `|d|` is below `beta`, and of `|d| - beta / 2` beyond (Girshick 2015,
/// <https://arxiv.org/abs/1504.08083>): what boxes of object detectors learn by. PyTorch's `smooth_l1_loss`, whose `beta` is
/// 1 unless told otherwise; [`huber`](super::huber) divided by `beta`.
///
/// ```
/// use ferrolab::prelude::*;
/// let prediction = Tensor::<Rank1<2>>::from([1.0, 5.0]);
/// let loss = loss::smooth_l1(&prediction, &Tensor::from([2.0, 2.0]), 2.0);
/// assert_eq!(loss.item(), 1.125); // (1²/4 + (3 - 1)) / 2
/// ```
///
/// ***Panics*** unless `beta` is positive.
#[inline]
#[track_caller]
pub fn smooth_l1<S: Shape + SameAs<R>, R: Shape>(
    prediction: &Tensor<S>,
    target: &Tensor<R>,
    beta: f32,
) -> Tensor<()> {
    const { same_shape::<S, R>("smooth_l1") }
    Tensor::from_raw(raw(prediction.raw(), target.raw(), beta))
}

#[track_caller]
fn raw(prediction: &Raw, target: &Raw, beta: f32) -> Raw {
    assert!(beta > 0.0, "smooth_l1: beta must be positive, got {beta}");
    let pair = Pair {
        value: |p: f32, t: f32| {
            let d = (p - t).abs();
            if d < beta { 0.5 * d * d / beta } else { d - 0.5 * beta }
        },
        by_prediction: move |p: f32, t: f32| ((p - t) / beta).clamp(-1.0, 1.0),
        by_target: move |p: f32, t: f32| -((p - t) / beta).clamp(-1.0, 1.0),
    };
    mean_of_pairs("smooth_l1", [beta, 0.0], [prediction, target], prediction.len(), pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[4], vec![1.0, -2.0, 0.5, 0.1]);
        let b = Array::from_vec(&[4], vec![0.7, 1.0, 2.0, 0.1]);
        check_gradient(&[a, b], |x| raw(&x[0], &x[1], 0.8));
    }

    #[test]
    #[should_panic(expected = "smooth_l1: beta must be positive, got 0")]
    fn beta_is_positive() {
        smooth_l1(&Tensor::<()>::from(1.0), &Tensor::<()>::from(2.0), 0.0);
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], -1.0, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1], 0.3));
    }
}
