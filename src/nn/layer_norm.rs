//! Layer normalisation: the word `layer_norm`, and [`LayerNorm`] for structs.

use crate::axes::LastAxis;
use crate::io::onnx::{Attribute, Nodes};
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::ops;
use crate::shape::{Const, Dim, Fits, Rank1, same_size};
use crate::tensor::Tensor;

/// PyTorch's default, against division by zero.
const EPSILON: f32 = 1e-5;

pub(crate) static WORD: Word = Word {
    name: "layer_norm",
    arguments: &[],
    add: |plan, _| plan.layer_norm(),
    code: |step| step.call(0),
    parameters: |step| init::ones_and_zeros(step.input.get(step.input.rank() - 1)),
    forward: |_, parameters, x| ops::layer_norm(x, &parameters[0], &parameters[1], EPSILON),
    onnx: |_, nodes, x| onnx(nodes, x, 0),
};

/// The normalisation by the parameters at `place` and behind it.
pub(super) fn onnx(nodes: &mut Nodes, x: &str, place: usize) -> String {
    let (weight, bias) = (nodes.parameter(place), nodes.parameter(place + 1));
    nodes.op("LayerNormalization", &[x, &weight, &bias], &[("epsilon", Attribute::Float(EPSILON))])
}

impl Plan {
    /// Brings every row along the last axis to mean 0 and variance 1, then scales and shifts it by learnt numbers (Ba et
    /// al. 2016, <https://arxiv.org/abs/1607.06450>).
    #[track_caller]
    pub const fn layer_norm(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}

/// Brings every row of `D` values along the last axis to mean 0 and variance 1, then scales and shifts it by learnt
/// numbers: `(x - mean) / √(variance + ε) · weight + bias`.
///
/// ```
/// use ferrolab::nn::LayerNorm;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank2<1, 2>>::from([[1.0, 3.0]]);
/// let y = LayerNorm::<2>::default().forward(&x);
/// assert!((y.to_vec()[1] - 1.0).abs() < 1e-4);
/// ```
pub struct LayerNorm<const D: usize> {
    /// `[D]`, at first ones.
    pub weight: Tensor<Rank1<D>>,
    /// `[D]`, at first zeros.
    pub bias: Tensor<Rank1<D>>,
    /// Added to the variance, against division by zero: 1e-5.
    pub epsilon: f32,
}

impl<const D: usize> Default for LayerNorm<D> {
    fn default() -> Self {
        let [weight, bias] = init::one_and_zero(D);
        LayerNorm { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias), epsilon: EPSILON }
    }
}

impl<const D: usize> LayerNorm<D> {
    /// The same shape, `[.., D]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: LastAxis>(&self, x: &Tensor<S>) -> Tensor<S>
    where
        S::Last: Fits<Const<D>>,
    {
        const { same_size("LayerNorm", "the last sizes of the input and of the layer", <S::Last>::SIZE, D) }
        Tensor::from_raw(ops::layer_norm(x.raw(), self.weight.raw(), self.bias.raw(), self.epsilon))
    }
}

impl<const D: usize> Module for LayerNorm<D> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        visitor.parameter("bias", self.bias.raw());
    }
}
