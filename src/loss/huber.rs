//! `huber`: squares near the target, straight lines far from it.

use super::pairs::{Pair, mean_of_pairs};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of `d² / 2` where a difference `|d|` is at most `delta`, and of `delta (|d| - delta / 2)` beyond: smooth like
/// [`mse`](crate::loss::mse), patient with outliers like [`mae`](crate::loss::mae) (Huber 1964). PyTorch's
/// `huber_loss`, whose `delta` is 1 unless told otherwise.
///
/// ```
/// use ferrolab::prelude::*;
/// let prediction = Tensor::<Rank1<2>>::from([1.0, 5.0]);
/// let loss = loss::huber(&prediction, &Tensor::from([2.0, 2.0]), 1.0);
/// assert_eq!(loss.item(), 1.5); // (1²/2 + (3 - 1/2)) / 2
/// ```
///
/// ***Panics*** unless `delta` is positive.
#[inline]
#[track_caller]
pub fn huber<S: Shape, R: SameAs<S> + Shape>(
    prediction: &Tensor<S>,
    target: &Tensor<R>,
    delta: f32,
) -> Tensor<()> {
    const { same_shape::<S, R>("huber") }
    Tensor::from_raw(raw(prediction.raw(), target.raw(), delta))
}

#[track_caller]
fn raw(prediction: &Raw, target: &Raw, delta: f32) -> Raw {
    assert!(delta > 0.0, "huber: delta must be positive, got {delta}");
    let pair = Pair {
        value: |p: f32, t: f32| {
            let d = (p - t).abs();
            if d <= delta { 0.5 * d * d } else { delta * (d - 0.5 * delta) }
        },
        by_prediction: move |p: f32, t: f32| (p - t).clamp(-delta, delta),
        by_target: move |p: f32, t: f32| -(p - t).clamp(-delta, delta),
    };
    mean_of_pairs("huber", [delta, 0.0], [prediction, target], prediction.len(), pair)
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
    #[should_panic(expected = "huber: delta must be positive, got 0")]
    fn delta_is_positive() {
        huber(&Tensor::<()>::from(1.0), &Tensor::<()>::from(2.0), 0.0);
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], -1.0, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1], 0.3));
    }
}
