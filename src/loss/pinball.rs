//! `pinball`: the loss whose best prediction is a quantile.

use super::pairs::{Pair, mean_of_pairs};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of `q d` where the target is above the prediction by `d`, and of `(1 - q) d` where it is below by `d`. What makes it
/// smallest is the `quantile` q of the targets (Koenker and Bassett 1978): with 0.9, a value that nine of ten targets stay
/// below. Two of them, 0.05 and 0.95, are an interval that should hold nine of ten targets. At 0.5 it is half the
/// [`mae`](crate::loss::mae). Scikit-learn's `mean_pinball_loss`.
///
/// ```
/// use ferrolab::prelude::*;
/// let prediction = Tensor::<Rank1<2>>::from([1.0, 5.0]);
/// let loss = loss::pinball(&prediction, &Tensor::from([3.0, 4.0]), 0.9);
/// assert!((loss.item() - 0.95).abs() < 1e-6); // (0.9 · 2 + 0.1 · 1) / 2
/// ```
///
/// ***Panics*** unless `quantile` lies between 0 and 1.
#[inline]
#[track_caller]
pub fn pinball<S: Shape, R: SameAs<S> + Shape>(
    prediction: &Tensor<S>,
    target: &Tensor<R>,
    quantile: f32,
) -> Tensor<()> {
    const { same_shape::<S, R>("pinball") }
    Tensor::from_raw(raw(prediction.raw(), target.raw(), quantile))
}

/// The gradient is 0 where prediction and target are equal.
#[track_caller]
fn raw(prediction: &Raw, target: &Raw, quantile: f32) -> Raw {
    assert!(
        quantile > 0.0 && quantile < 1.0,
        "pinball: the quantile must lie between 0 and 1, got {quantile}"
    );
    let slope = move |p: f32, t: f32| match t.partial_cmp(&p) {
        Some(std::cmp::Ordering::Greater) => -quantile,
        Some(std::cmp::Ordering::Less) => 1.0 - quantile,
        _ => 0.0,
    };
    let pair = Pair {
        value: move |p: f32, t: f32| (quantile * (t - p)).max((quantile - 1.0) * (t - p)),
        by_prediction: slope,
        by_target: move |p: f32, t: f32| -slope(p, t),
    };
    mean_of_pairs("pinball", [quantile, 0.0], [prediction, target], prediction.len(), pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[4], vec![1.0, -2.0, 0.5, 3.0]);
        let b = Array::from_vec(&[4], vec![0.0, 1.0, 2.0, -1.0]);
        check_gradient(&[a, b], |x| raw(&x[0], &x[1], 0.9));
    }

    #[test]
    fn the_best_prediction_is_the_quantile() {
        let targets = Tensor::<(usize,)>::from_vec((1..=10).map(|t| t as f32).collect());
        let loss = |p: f32| pinball(&targets.full_like(p), &targets, 0.75).item();
        let best = (0..=110).map(|p| p as f32 / 10.0).min_by(|&a, &b| loss(a).total_cmp(&loss(b)));
        assert_eq!(best, Some(8.0));
    }

    #[test]
    #[should_panic(expected = "pinball: the quantile must lie between 0 and 1, got 90")]
    fn a_quantile_is_a_share() {
        pinball(&Tensor::<()>::from(1.0), &Tensor::<()>::from(2.0), 90.0);
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], -1.0, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1], 0.7));
    }
}
