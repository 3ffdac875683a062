//! `focal`: questions of yes or no of which nearly all are easy.

use super::pairs::{Pair, mean_of_pairs};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// [`Focal`] with its usual choices, `gamma` 2 and `alpha` 0.25.
///
/// ```
/// use ferrolab::prelude::*;
/// let sure = Tensor::<Rank1<1>>::from([4.0]);
/// let (focal, plain) = (loss::focal(&sure, &Tensor::from([1.0])), loss::bce_with_logits(&sure, &Tensor::from([1.0])));
/// assert!(focal.item() < 1e-3 * plain.item()); // right and sure: nothing to learn from
/// ```
#[inline]
#[track_caller]
pub fn focal<S: Shape + SameAs<R>, R: Shape>(scores: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
    Focal::new().of(scores, target)
}

/// The mean of `α_t (1 - p_t)^γ (-ln p_t)`, where `p_t` is the probability `σ(x)` of a score `x` for yes (target 1), and
/// `1 - σ(x)` for no (target 0); `α_t` is `alpha` for yes and `1 - alpha` for no. Like
/// [`bce_with_logits`](super::bce_with_logits), but what is answered right and surely hardly counts, so that many easy noes do
/// not drown a few hard yeses (Lin et al. 2017, <https://arxiv.org/abs/1708.02002>). torchvision's `sigmoid_focal_loss`.
///
/// ```
/// use ferrolab::loss::Focal;
/// use ferrolab::prelude::*;
/// let (scores, target) = (Tensor::from([0.5, -1.0]), Tensor::from([1.0, 0.0]));
/// let plain = Focal::new().gamma(0.0).alpha(0.5).of(&scores, &target);
/// assert!((2.0 * plain.item() - loss::bce_with_logits(&scores, &target).item()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Focal {
    gamma: f32,
    alpha: f32,
}

impl Default for Focal {
    fn default() -> Self {
        Focal { gamma: 2.0, alpha: 0.25 }
    }
}

impl Focal {
    /// With `gamma` 2 and `alpha` 0.25.
    pub fn new() -> Self {
        Self::default()
    }

    /// How much less easy answers count; 0 for all the same.
    ///
    /// ***Panics*** if it is negative.
    #[track_caller]
    pub fn gamma(mut self, gamma: f32) -> Self {
        assert!(gamma >= 0.0, "focal: gamma must be at least 0, got {gamma}");
        self.gamma = gamma;
        self
    }

    /// How much a yes counts; a no counts `1 - alpha`.
    ///
    /// ***Panics*** unless it is between 0 and 1.
    #[track_caller]
    pub fn alpha(mut self, alpha: f32) -> Self {
        assert!((0.0..=1.0).contains(&alpha), "focal: alpha must be between 0 and 1, got {alpha}");
        self.alpha = alpha;
        self
    }

    /// The loss of these scores; targets are 0 (no) to 1 (yes).
    #[inline]
    #[track_caller]
    pub fn of<S: Shape + SameAs<R>, R: Shape>(&self, scores: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
        const { same_shape::<S, R>("focal") }
        Tensor::from_raw(raw(scores.raw(), target.raw(), *self))
    }
}

/// What of a score and a target all three formulas need.
struct Parts {
    /// The probability of yes.
    p: f32,
    /// How far the answer is from being right: `1 - p_t`. Not quite 0, so that a power of it is a number.
    miss: f32,
    cross_entropy: f32,
    alpha: f32,
}

impl Focal {
    fn parts(&self, x: f32, t: f32) -> Parts {
        let p = 1.0 / (1.0 + (-x).exp());
        let miss = (p + t - 2.0 * p * t).max(f32::MIN_POSITIVE);
        // The cross entropy without overflow, as in `bce_with_logits`.
        let cross_entropy = (1.0 - t) * x + (-x.abs()).exp().ln_1p() + (-x).max(0.0);
        Parts { p, miss, cross_entropy, alpha: self.alpha * t + (1.0 - self.alpha) * (1.0 - t) }
    }
}

#[track_caller]
fn raw(scores: &Raw, target: &Raw, rule: Focal) -> Raw {
    let gamma = rule.gamma;
    let pair = Pair {
        value: |x: f32, t: f32| {
            let Parts { miss, cross_entropy, alpha, .. } = rule.parts(x, t);
            alpha * miss.powf(gamma) * cross_entropy
        },
        by_prediction: move |x: f32, t: f32| {
            let Parts { p, miss, cross_entropy, alpha } = rule.parts(x, t);
            let of_miss = gamma * miss.powf(gamma - 1.0) * (1.0 - 2.0 * t) * p * (1.0 - p);
            alpha * (miss.powf(gamma) * (p - t) + of_miss * cross_entropy)
        },
        by_target: move |x: f32, t: f32| {
            let Parts { p, miss, cross_entropy, alpha } = rule.parts(x, t);
            let of_miss = gamma * miss.powf(gamma - 1.0) * (1.0 - 2.0 * p);
            let of_alpha = 2.0 * rule.alpha - 1.0;
            of_alpha * miss.powf(gamma) * cross_entropy
                + alpha * (of_miss * cross_entropy - miss.powf(gamma) * x)
        },
    };
    mean_of_pairs("focal", [gamma, rule.alpha], [scores, target], scores.len(), pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 0.1]);
        let t = Array::from_vec(&[2, 2], vec![1.0, 0.0, 0.3, 0.8]);
        for rule in [Focal::new(), Focal::new().gamma(0.0), Focal::new().gamma(0.5).alpha(0.9)] {
            check_gradient(&[x.clone(), t.clone()], |x| raw(&x[0], &x[1], rule));
        }
    }

    #[test]
    fn great_scores_stay_numbers() {
        let x = Tensor::<(usize,)>::from_vec(vec![1000.0, -1000.0, 200.0, -200.0]).requires_grad();
        for gamma in [0.0, 0.5, 2.0] {
            let loss =
                Focal::new().gamma(gamma).of(&x, &Tensor::<(usize,)>::from_vec(vec![1.0, 0.0, 0.0, 1.0]));
            let gradient = loss.backward().of(&x).to_vec();
            assert!(loss.item().is_finite() && gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }

    #[test]
    #[should_panic(expected = "focal: alpha must be between 0 and 1, got 2")]
    fn alpha_is_a_share() {
        let _ = Focal::new().alpha(2.0);
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], 0.0, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1], Focal::new()));
    }
}
