//! `bce_with_logits`: questions of yes or no, each with an answer of its own.

use crate::array::Array;
use crate::cpu::buffer::Buffer;
use crate::cuda::{self, Side};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of `-y ln σ(x) - (1 - y) ln(1 - σ(x))` for scores `x`, without a sigmoid of one's own, and targets `y` from
/// 0 (no) to 1 (yes). PyTorch's `binary_cross_entropy_with_logits`; never overflows.
///
/// ```
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<1, 2>>::from([[0.0, 100.0]]);
/// let loss = loss::bce_with_logits(&scores, &Tensor::from([[1.0, 1.0]]));
/// assert!((loss.item() - 2f32.ln() / 2.0).abs() < 1e-6); // undecided, and right
/// ```
///
/// Where yes is rare: [`BceWithLogits`].
#[inline]
#[track_caller]
pub fn bce_with_logits<S: Shape, R: SameAs<S> + Shape>(scores: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
    const { same_shape::<S, R>("bce_with_logits") }
    Tensor::from_raw(raw(scores.raw(), target.raw(), &[]))
}

/// [`bce_with_logits`] with a weight for the answer yes, PyTorch's `BCEWithLogitsLoss`.
///
/// ```
/// use ferrolab::prelude::*;
/// let loss = BceWithLogits::new().pos_weight(&[3.0]); // one yes in four examples
/// let value = loss.of(&Tensor::<Rank1<2>>::zeros(), &Tensor::from([1.0, 0.0]));
/// assert!((value.item() - 2.0 * 2f32.ln()).abs() < 1e-6); // (3 ln 2 + ln 2) / 2
/// ```
#[derive(Clone, Debug, Default)]
pub struct BceWithLogits {
    pos_weight: Vec<f32>,
}

impl BceWithLogits {
    /// The plain [`bce_with_logits`].
    pub fn new() -> Self {
        Self::default()
    }

    /// How much more a yes counts than a no: one weight for all, or one for each place of the last axis.
    pub fn pos_weight(mut self, weights: &[f32]) -> Self {
        self.pos_weight = weights.to_vec();
        self
    }

    /// The loss of these scores.
    ///
    /// ***Panics*** if there are neither one weight nor as many as the last axis is long.
    #[inline]
    #[track_caller]
    pub fn of<S: Shape, R: SameAs<S> + Shape>(&self, scores: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
        const { same_shape::<S, R>("bce_with_logits") }
        Tensor::from_raw(raw(scores.raw(), target.raw(), &self.pos_weight))
    }
}

#[track_caller]
fn raw(scores: &Raw, target: &Raw, pos_weight: &[f32]) -> Raw {
    let (sizes, others) = (scores.sizes(), target.sizes());
    assert!(sizes == others, "bce_with_logits: the shapes differ: {sizes:?} and {others:?}");
    let last = sizes.last().copied().unwrap_or(1);
    let weights = match *pos_weight {
        [] => vec![1.0; last],
        [weight] => vec![weight; last],
        _ => pos_weight.to_vec(),
    };
    assert!(
        weights.len() == last,
        "bce_with_logits: {} weights for the answer yes, but the last axis of {sizes:?} is {last} long",
        weights.len()
    );
    let (x, y) = (scores.array().row_major(), target.array().row_major());
    if let Some(gpu) = cuda::active() {
        let (pairs, weights) = ([x, y], gpu.upload(&weights));
        let loss = gpu.binary_cross_entropy(pairs.each_ref(), &weights);
        return Raw::from_op("bce_with_logits", loss, &[scores, target], move |gradient, wanted| {
            let of = |side| gpu.binary_cross_entropy_slope(side, pairs.each_ref(), &weights, gradient);
            vec![wanted[0].then(|| of(Side::Prediction)), wanted[1].then(|| of(Side::Target))]
        });
    }
    let n = x.len();
    // ln(1 + exp(-x)) without overflow.
    let softplus = |x: f32| (-x.abs()).exp().ln_1p() + (-x).max(0.0);
    let mut total = 0.0f64;
    for_rows([&x, &y], &weights, |x, y, w| {
        total += f64::from((1.0 - y) * x + (1.0 + (w - 1.0) * y) * softplus(x));
    });
    let loss = Array::full(&[], (total / n as f64) as f32);
    Raw::from_op("bce_with_logits", loss, &[scores, target], move |gradient, wanted| {
        let scale = gradient.values()[0] / n as f32;
        let filled = |slope: &dyn Fn(f32, f32, f32) -> f32| {
            let mut values = Buffer::scratch(n);
            let mut next = values.iter_mut();
            for_rows([&x, &y], &weights, |x, y, w| {
                if let Some(value) = next.next() {
                    *value = scale * slope(x, y, w);
                }
            });
            Array::new(&sizes, crate::array::Layout::RowMajor, values)
        };
        // The slope of softplus(-x) is -σ(-x).
        let by_score = |x: f32, y: f32, w: f32| (1.0 - y) - (1.0 + (w - 1.0) * y) / (1.0 + x.exp());
        let by_target = |x: f32, _, w: f32| (w - 1.0) * softplus(x) - x;
        vec![wanted[0].then(|| filled(&by_score)), wanted[1].then(|| filled(&by_target))]
    })
}

/// Calls `body` with score, target and weight of every place.
fn for_rows([x, y]: [&Array; 2], weights: &[f32], mut body: impl FnMut(f32, f32, f32)) {
    let last = weights.len().max(1);
    for (x, y) in x.values().chunks_exact(last).zip(y.values().chunks_exact(last)) {
        x.iter().zip(y).zip(weights).for_each(|((&x, &y), &w)| body(x, y, w));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 0.1]);
        let y = Array::from_vec(&[2, 2], vec![1.0, 0.0, 0.3, 0.8]);
        check_gradient(&[x.clone(), y.clone()], |x| raw(&x[0], &x[1], &[]));
        check_gradient(&[x, y], |x| raw(&x[0], &x[1], &[2.0, 0.5]));
    }

    #[test]
    fn great_scores_do_not_overflow() {
        let x = Tensor::<(usize,)>::from_vec(vec![1000.0, -1000.0]).requires_grad();
        let loss = bce_with_logits(&x, &Tensor::<(usize,)>::from_vec(vec![0.0, 1.0]));
        assert_eq!(loss.item(), 1000.0);
        assert_eq!(loss.backward().of(&x).to_vec(), [0.5, -0.5]);
    }

    #[test]
    #[should_panic(
        expected = "bce_with_logits: 3 weights for the answer yes, but the last axis of [2, 2] is 2 long"
    )]
    fn there_is_a_weight_for_each_column() {
        let x = Raw::new(Array::full(&[2, 2], 0.0));
        raw(&x, &x, &[1.0, 2.0, 3.0]);
    }

    #[test]
    fn many_answers_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let (x, y) = (random.uniform(&[300, 33], -5.0, 5.0), random.uniform(&[300, 33], 0.0, 1.0));
        let weights = random.uniform(&[33], 0.5, 3.0).to_vec();
        for weights in [&[][..], &[2.0], &weights] {
            agrees_within(1e-4, &[x.clone(), y.clone()], |x| raw(&x[0], &x[1], weights));
        }
    }
}
