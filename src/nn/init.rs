//! Initial values of parameters: PyTorch's defaults, and the initialisers of Keras and PyTorch by name. Sizes are those of a
//! weight, outputs first.

use crate::array::Array;
use crate::nn::Module;
use crate::random;
use crate::raw::Raw;
use crate::shape::Rank1;
use crate::tensor::Tensor;

/// Weight and bias of a linear layer or a convolution: evenly from ±1/√fan_in, where fan_in is the number of inputs
/// of one output.
///
/// That is what PyTorch's `kaiming_uniform_(a = √5)` (He et al. 2015, <https://arxiv.org/abs/1502.01852>) amounts to.
/// `sizes` are those of the weight, outputs first.
///
/// ```
/// use ferrolab::nn::init;
/// let [weight, bias] = init::uniform_by_fan_in(&[3, 4]);
/// assert_eq!((weight.sizes(), bias.sizes()), (vec![3, 4], vec![3]));
/// assert!(weight.to_vec().iter().all(|w| w.abs() <= 0.5));
/// ```
pub fn uniform_by_fan_in(sizes: &[usize]) -> [Raw; 2] {
    let fan_in: usize = sizes[1..].iter().product();
    let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
    [sizes, &sizes[..1]].map(|sizes| parameter(random::uniform(sizes, -bound, bound)))
}

/// [`uniform_by_fan_in`] by the names that plans use.
pub(crate) fn weight_and_bias(sizes: &[usize]) -> Vec<(&'static str, Raw)> {
    let [weight, bias] = uniform_by_fan_in(sizes);
    vec![("weight", weight), ("bias", bias)]
}

/// Inputs and outputs of a weight, outputs first: the numbers that `fan_in` and `fan_out` are in Keras and PyTorch.
fn fans(sizes: &[usize]) -> (f32, f32) {
    let inner: usize = sizes.iter().skip(2).product();
    let at = |axis: usize| sizes.get(axis).copied().unwrap_or(1);
    ((at(1) * inner).max(1) as f32, (at(0) * inner).max(1) as f32)
}

/// Values drawn evenly from `low..high`.
pub fn uniform(sizes: &[usize], low: f32, high: f32) -> Array {
    random::uniform(sizes, low, high)
}

/// Values of a normal distribution.
pub fn normal(sizes: &[usize], mean: f32, deviation: f32) -> Array {
    random::normal(sizes, mean, deviation)
}

/// Values of a normal distribution, drawn again while they are more than two deviations from the mean: Keras's
/// `TruncatedNormal`.
pub fn truncated_normal(sizes: &[usize], mean: f32, deviation: f32) -> Array {
    let mut values = random::normal(sizes, 0.0, 1.0);
    for value in values.values_mut() {
        while value.abs() > 2.0 {
            *value = random::normal(&[1], 0.0, 1.0).values()[0];
        }
        *value = mean + deviation * *value;
    }
    values
}

/// Evenly from ±√(6 / (fan_in + fan_out)) (Glorot and Bengio 2010,
/// <https://proceedings.mlr.press/v9/glorot10a.html>). Keras's `GlorotUniform`, its default.
///
/// ```
/// use ferrolab::nn::init;
/// use ferrolab::prelude::*;
/// let layer = Linear::<4, 2>::default();
/// // Each of them in turn; a bias can be set in the same way.
/// let all = [init::xavier_uniform, init::xavier_normal, init::kaiming_uniform, init::kaiming_normal, init::lecun_uniform];
/// for initialiser in all.into_iter().chain([init::lecun_normal, init::orthogonal]) {
///     layer.weight.raw().set(initialiser(&[2, 4]));
/// }
/// layer.weight.raw().set(init::uniform(&[2, 4], -0.1, 0.1));
/// layer.bias.raw().set(init::normal(&[2], 0.0, 0.01));
/// ```
pub fn xavier_uniform(sizes: &[usize]) -> Array {
    let (fan_in, fan_out) = fans(sizes);
    let bound = (6.0 / (fan_in + fan_out)).sqrt();
    random::uniform(sizes, -bound, bound)
}

/// From a normal distribution of deviation √(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).
pub fn xavier_normal(sizes: &[usize]) -> Array {
    let (fan_in, fan_out) = fans(sizes);
    random::normal(sizes, 0.0, (2.0 / (fan_in + fan_out)).sqrt())
}

/// Evenly from ±√(6 / fan_in): for layers with a relu behind them (He et al. 2015, <https://arxiv.org/abs/1502.01852>).
/// PyTorch's `kaiming_uniform_(nonlinearity='relu')`, Keras's `HeUniform`.
pub fn kaiming_uniform(sizes: &[usize]) -> Array {
    let bound = (6.0 / fans(sizes).0).sqrt();
    random::uniform(sizes, -bound, bound)
}

/// From a normal distribution of deviation √(2 / fan_in): for layers with a relu behind them (He et al. 2015).
pub fn kaiming_normal(sizes: &[usize]) -> Array {
    random::normal(sizes, 0.0, (2.0 / fans(sizes).0).sqrt())
}

/// Evenly from ±√(3 / fan_in) (LeCun et al. 1998, *Efficient BackProp*). Keras's `LecunUniform`.
pub fn lecun_uniform(sizes: &[usize]) -> Array {
    let bound = (3.0 / fans(sizes).0).sqrt();
    random::uniform(sizes, -bound, bound)
}

/// From a normal distribution of deviation √(1 / fan_in) (LeCun et al. 1998). For `selu`.
pub fn lecun_normal(sizes: &[usize]) -> Array {
    random::normal(sizes, 0.0, (1.0 / fans(sizes).0).sqrt())
}

/// A matrix whose rows, or columns if they are fewer, are orthogonal and of length 1 (Saxe et al. 2014,
/// <https://arxiv.org/abs/1312.6120>). Of a weight of more than two dimensions, those behind the first count as columns.
pub fn orthogonal(sizes: &[usize]) -> Array {
    let rows = sizes.first().copied().unwrap_or(1);
    let columns = sizes.iter().skip(1).product::<usize>();
    let (few, many) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(few);
    while vectors.len() < few {
        let drawn = random::normal(&[many], 0.0, 1.0);
        let mut vector: Vec<f64> = drawn.values().iter().map(|&value| f64::from(value)).collect();
        // Gram-Schmidt, twice: what rounding leaves of the others after the first time goes with the second.
        for known in vectors.iter().chain(&vectors) {
            let along: f64 = known.iter().zip(&vector).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(known).for_each(|(value, known)| *value -= along * known);
        }
        let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        // A vector that lay among the others is drawn again.
        if length > 1e-6 {
            vector.iter_mut().for_each(|value| *value /= length);
            vectors.push(vector);
        }
    }
    let at = |i: usize| {
        let (row, column) = (i / columns.max(1), i % columns.max(1));
        if rows <= columns { vectors[row][column] } else { vectors[column][row] }
    };
    Array::from_vec(sizes, (0..rows * columns).map(|i| at(i) as f32).collect())
}

/// Gives every weight of a module, those of its parameters that have two dimensions or more, new values.
///
/// ```
/// use ferrolab::nn::init;
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([20]).dense(50).relu().dense(10));
/// init::weights(&model, init::kaiming_normal);
/// init::weights(&model, |sizes| init::truncated_normal(sizes, 0.0, 0.02));
/// assert!(model.parameters()[0].1.to_vec().iter().all(|weight| weight.abs() <= 0.04));
/// ```
pub fn weights(module: &dyn Module, values: impl Fn(&[usize]) -> Array) {
    for (_, parameter) in module.parameters() {
        let sizes = parameter.sizes();
        if sizes.len() >= 2 {
            parameter.set(values(&sizes));
        }
    }
}

/// A parameter drawn evenly from ±`bound`.
pub(crate) fn even(sizes: &[usize], bound: f32) -> Raw {
    parameter(random::uniform(sizes, -bound, bound))
}

/// A parameter from the standard normal distribution.
pub(crate) fn standard_normal(sizes: &[usize]) -> Raw {
    parameter(random::normal(sizes, 0.0, 1.0))
}

/// Weight and bias of a normalisation: ones and zeros.
pub(crate) fn one_and_zero(size: usize) -> [Raw; 2] {
    [1.0, 0.0].map(|value| parameter(Array::full(&[size], value)))
}

/// [`one_and_zero`] by the names that plans use.
pub(crate) fn ones_and_zeros(size: usize) -> Vec<(&'static str, Raw)> {
    let [weight, bias] = one_and_zero(size);
    vec![("weight", weight), ("bias", bias)]
}

/// Mean and variance that a normalisation starts with, which are not learnt.
pub(crate) fn running(size: usize) -> [Raw; 2] {
    [0.0, 1.0].map(|value| Raw::new(Array::full(&[size], value)))
}

/// A bias of zeros that is not learnt: a layer without one.
pub(crate) fn no_bias<const N: usize>() -> Tensor<Rank1<N>> {
    Tensor::zeros()
}

fn parameter(values: Array) -> Raw {
    Raw::new(values).requires_grad()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initialisers_have_the_deviation_of_their_formula() {
        random::manual_seed(1);
        let sizes = [60, 30, 3, 2];
        let (fan_in, fan_out) = (180.0f32, 360.0f32);
        type Initialiser = fn(&[usize]) -> Array;
        let known: [(Initialiser, f32); 6] = [
            (xavier_uniform, 2.0 / (fan_in + fan_out)),
            (xavier_normal, 2.0 / (fan_in + fan_out)),
            (kaiming_uniform, 2.0 / fan_in),
            (kaiming_normal, 2.0 / fan_in),
            (lecun_uniform, 1.0 / fan_in),
            (lecun_normal, 1.0 / fan_in),
        ];
        for (i, (initialiser, variance)) in known.into_iter().enumerate() {
            let values = initialiser(&sizes).to_vec();
            let found = values.iter().map(|value| value * value).sum::<f32>() / values.len() as f32;
            assert!((found / variance - 1.0).abs() < 0.05, "{i}: {found}, expected {variance}");
        }
        let values = truncated_normal(&[5000], 1.0, 0.5).to_vec();
        assert!(values.iter().all(|value| (0.0..=2.0).contains(value)));
    }

    #[test]
    fn the_rows_of_an_orthogonal_matrix_are_orthogonal() {
        random::manual_seed(1);
        for [rows, columns] in [[4, 7], [7, 4], [5, 5]] {
            let values = orthogonal(&[rows, columns]).to_vec();
            let at = |i: usize, j: usize| {
                if rows <= columns { values[i * columns + j] } else { values[j * columns + i] }
            };
            for i in 0..rows.min(columns) {
                for j in 0..rows.min(columns) {
                    let product: f32 = (0..rows.max(columns)).map(|k| at(i, k) * at(j, k)).sum();
                    assert!((product - f32::from(u8::from(i == j))).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn values_fill_the_interval_of_the_fan_in() {
        let [weight, bias] = uniform_by_fan_in(&[64, 25, 2, 2]);
        assert_eq!((weight.sizes(), bias.sizes()), (vec![64, 25, 2, 2], vec![64]));
        let values = weight.to_vec();
        let (low, high) = values.iter().fold((0f32, 0f32), |(low, high), &v| (low.min(v), high.max(v)));
        assert!((-0.1..-0.098).contains(&low) && (0.098..=0.1).contains(&high), "{low} {high}");
        assert!(weight.is_tracked() && bias.is_tracked());
    }
}
