//! `kl_div`: how far a predicted distribution is from the true one.

use super::pairs::{Pair, mean_of_pairs};
use crate::axes::LastAxis;
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The Kullback-Leibler divergence `Σ t (ln t - x)` of predicted **logarithms** of probabilities `x` (of
/// [`log_softmax`](Tensor::log_softmax)) from the true probabilities `t`, summed along the last axis and averaged over
/// everything before it. For batches `[B, C]` that is PyTorch's `kl_div(…, reduction="batchmean")`; PyTorch's default
/// reduction divides by the number of classes as well, and is not the divergence.
///
/// ```
/// use ferrolab::prelude::*;
/// let truth = Tensor::<Rank2<1, 2>>::from([[0.5, 0.5]]);
/// let same = Tensor::<Rank2<1, 2>>::zeros().log_softmax();
/// assert!(loss::kl_div(&same, &truth).item().abs() < 1e-6);
/// ```
///
/// A true probability of 0 adds nothing, and gets the gradient 0.
#[inline]
#[track_caller]
pub fn kl_div<S: LastAxis, R: SameAs<S> + Shape>(
    log_probabilities: &Tensor<S>,
    target: &Tensor<R>,
) -> Tensor<()> {
    const { same_shape::<S, R>("kl_div") }
    Tensor::from_raw(raw(log_probabilities.raw(), target.raw()))
}

#[track_caller]
fn raw(log_probabilities: &Raw, target: &Raw) -> Raw {
    let sizes = log_probabilities.sizes();
    let rows = sizes.split_last().map_or(1, |(_, rows)| rows.iter().product());
    let pair = Pair {
        value: |x: f32, t: f32| if t > 0.0 { t * (t.ln() - x) } else { 0.0 },
        by_prediction: |_, t: f32| -t,
        by_target: |x: f32, t: f32| if t > 0.0 { t.ln() + 1.0 - x } else { 0.0 },
    };
    mean_of_pairs("kl_div", [0.0; 2], [log_probabilities, target], rows, pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::shape::Rank2;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2], vec![-0.3, -1.4, -0.7, -0.6]);
        let t = Array::from_vec(&[2, 2], vec![0.25, 0.75, 0.4, 0.6]);
        check_gradient(&[x, t], |x| raw(&x[0], &x[1]));
    }

    #[test]
    fn an_impossible_class_adds_nothing() {
        let x = Tensor::<Rank2<1, 2>>::from([[0.0, -1000.0]]).requires_grad();
        let t = Tensor::<Rank2<1, 2>>::from([[1.0, 0.0]]).requires_grad();
        let loss = kl_div(&x, &t);
        assert_eq!(loss.item(), 0.0);
        assert_eq!(loss.backward().of(&t).to_vec(), [1.0, 0.0]);
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], -0.5, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1]));
    }
}
