//! Initial values of parameters, the same distributions as PyTorch's defaults.

use crate::array::Array;
use crate::random;
use crate::raw::Raw;
use crate::shape::Rank1;
use crate::tensor::Tensor;

/// Weight and bias of a linear layer or a convolution: evenly from ±1/√fan_in, where fan_in is the number of inputs
/// of one output.
///
/// That is what PyTorch's `kaiming_uniform_(a = √5)` (He et al. 2015, <https://arxiv.org/abs/1502.01852>) amounts to.
/// `sizes` are those of the weight, outputs first.
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
    fn values_fill_the_interval_of_the_fan_in() {
        let [weight, bias] = uniform_by_fan_in(&[64, 25, 2, 2]);
        assert_eq!((weight.sizes(), bias.sizes()), (vec![64, 25, 2, 2], vec![64]));
        let values = weight.to_vec();
        let (low, high) = values.iter().fold((0f32, 0f32), |(low, high), &v| (low.min(v), high.max(v)));
        assert!((-0.1..-0.098).contains(&low) && (0.098..=0.1).contains(&high), "{low} {high}");
        assert!(weight.is_tracked() && bias.is_tracked());
    }
}
