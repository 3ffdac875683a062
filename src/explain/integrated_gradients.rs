//! Integrated gradients: shares of a score that add up to it.

use super::model::{Classes, Forward, Model, chosen, count, input_gradient};
use crate::array::Array;
use crate::autograd::no_grad;
use crate::nn::evaluation;
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Batch, Dim, Shape};
use crate::tensor::Tensor;

/// From what, and how finely, gradients are integrated.
///
/// ```
/// use ferrolab::prelude::*;
/// let options = explain::Path { steps: 100, ..Default::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// The value that every value of the baseline has: 0. It should mean "nothing there": black, or after a normalisation the
    /// mean.
    pub baseline: f32,
    /// At how many points the gradient is taken: 50.
    pub steps: usize,
}

impl Default for Path {
    fn default() -> Self {
        Path { baseline: 0.0, steps: 50 }
    }
}

/// What each value of the inputs adds to the score, and how far the sum is from what it should be.
#[derive(Clone, Debug)]
pub struct Attributions<S: Shape> {
    /// In the shape of the inputs: positive where a value speaks for the class.
    pub values: Tensor<S>,
    /// For each input, the sum of the attributions less the score's difference to that of the baseline. Small, unless the
    /// path needs more steps: the completeness check.
    pub delta: Vec<f32>,
}

/// What each value of the inputs adds to the score of `class`: the gradient, averaged over the way from a baseline to the
/// input, times the way (Sundararajan et al. 2017, <https://arxiv.org/abs/1703.01365>). The attributions of one input add up
/// to the difference of its score and the baseline's. The mean over the way is a Gauss-Legendre quadrature.
///
/// From inputs `[batch, ..]` to attributions of the same shape.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([4]).dense(8).tanh().dense(3));
/// let x = Tensor::<Rank2<1, 4>>::from([[1.0, -2.0, 0.5, 3.0]]);
/// let shares = explain::integrated_gradients(&model, &x, 2, explain::Path::default());
/// let zero = Tensor::<Rank2<1, 4>>::zeros();
/// let difference = model.forward(&x).to_vec()[2] - model.forward(&zero).to_vec()[2];
/// assert!((shares.values.sum().item() - difference).abs() < 1e-3);
/// assert!(shares.delta[0].abs() < 1e-3);
/// ```
///
/// ***Panics*** if there is no such class, or no steps are asked for.
#[track_caller]
pub fn integrated_gradients<X: Batch<N>, N: Dim>(
    model: &impl Model<X>,
    inputs: &Tensor<X::Of>,
    class: impl Classes,
    path: Path,
) -> Attributions<X::Of> {
    let classes = class.classes(count(inputs.raw()));
    let baseline = Raw::new(Array::full(&inputs.shape(), path.baseline));
    let (values, delta) = integrated(&|x| model.scores(x), inputs.raw(), &baseline, &classes, path.steps);
    Attributions { values: Tensor::from_raw(values), delta }
}

/// The attributions, and for each input how far their sum is from the score's difference to the baseline's.
#[track_caller]
pub(super) fn integrated(
    forward: &Forward,
    inputs: &Raw,
    baseline: &Raw,
    classes: &[usize],
    steps: usize,
) -> (Raw, Vec<f32>) {
    assert!(steps > 0, "integrated_gradients needs at least one step");
    let way = ops::sub(inputs, baseline);
    let gradients = gauss_legendre(steps).into_iter().map(|(at, weight)| {
        ferrolab_display::poll();
        let between = ops::add(baseline, &ops::mul_scalar(&way, at as f32));
        ops::mul_scalar(&input_gradient(forward, &between, classes), weight as f32)
    });
    let mean = gradients.reduce(|sum, part| ops::add(&sum, &part)).expect("at least one step");
    let values = ops::mul(&mean, &way);
    let score = |x: &Raw| chosen(&no_grad(|| evaluation(|| forward(x))), classes).to_vec();
    let differences =
        score(inputs).into_iter().zip(score(baseline)).map(|(input, baseline)| input - baseline);
    let row = values.len() / classes.len().max(1);
    let sums = values.to_vec();
    let sums = sums.chunks_exact(row.max(1)).map(|row| row.iter().map(|&v| f64::from(v)).sum::<f64>() as f32);
    let delta = sums.zip(differences).map(|(sum, difference)| sum - difference).collect();
    (values, delta)
}

/// Points between 0 and 1 and their weights, which add up to 1: the roots of the Legendre polynomial of this degree, found by
/// Newton's method from their asymptotic places (Press et al., Numerical Recipes, section 4.6).
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let point = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        loop {
            // The polynomial and the one before it, by their recurrence.
            let (mut now, mut before) = (1.0, 0.0);
            for k in 0..count {
                let k = k as f64;
                (now, before) = (((2.0 * k + 1.0) * x * now - k * before) / (k + 1.0), now);
            }
            let slope = n * (x * now - before) / (x * x - 1.0);
            let step = now / slope;
            x -= step;
            if step.abs() < 1e-14 {
                // From -1..1 to 0..1, which halves the weight.
                return ((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope));
            }
        }
    };
    (0..count).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrature_is_exact_for_polynomials() {
        for count in [1, 2, 5, 50] {
            let points = gauss_legendre(count);
            for power in 0..2 * count.min(6) as i32 {
                let sum: f64 = points.iter().map(|(x, weight)| weight * x.powi(power)).sum();
                assert!((sum - 1.0 / f64::from(power + 1)).abs() < 1e-12, "{count} points, x^{power}: {sum}");
            }
        }
    }

    #[test]
    fn more_steps_make_the_shares_more_complete() {
        use crate::prelude::*;
        manual_seed(3);
        let model = sequential!(Input([5]).dense(16).relu().dense(16).relu().dense(3));
        let x = Tensor::<Rank2<4, 5>>::normal(0.0, 2.0);
        let worst = |steps| {
            let path = explain::Path { steps, ..Default::default() };
            explain::integrated_gradients(&model, &x, 1, path)
                .delta
                .iter()
                .fold(0.0f32, |a, d| a.max(d.abs()))
        };
        assert!(worst(200) < worst(2) && worst(200) < 2e-3, "{} and {}", worst(2), worst(200));
    }
}
