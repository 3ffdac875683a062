//! A fully connected layer: the word `dense` (or `linear`), and [`Linear`] for structs.

use crate::axes::Rows;
use crate::io::onnx::Attribute;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Arguments, Plan, Sizes, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank1, Rank2, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "dense",
    arguments: &["units", "bias=1"],
    add: |plan, &[units, bias, ..]| {
        let plan = plan.dense(units as usize);
        if bias == 0.0 { plan.without_bias() } else { plan }
    },
    code: |step| {
        let without = if step.size(1) == 1 { "" } else { ".without_bias()" };
        format!("{}{without}", step.call(1))
    },
    parameters: |step| {
        let mut all = init::weight_and_bias(&[step.size(0), step.input.get(0)]);
        all.truncate(1 + step.size(1));
        all
    },
    forward: |_, parameters, x| ops::linear(x, &parameters[0], parameters.get(1)),
    onnx: |_, nodes, x| nodes.op_of_parameters("Gemm", x, &[("transB", Attribute::Int(1))]),
};

/// The numbers of the word.
pub(super) const fn numbers(units: usize, bias: bool) -> Arguments {
    arguments(&[units as f64, if bias { 1.0 } else { 0.0 }])
}

impl Plan {
    /// A fully connected layer with a bias: `[inputs]` becomes `[units]`.
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // dense(64) needs a flat input, got [32, 15, 15]: add `.flatten()` before it
    /// let model = sequential!(Input([32, 15, 15]).dense(64));
    /// ```
    #[track_caller]
    pub const fn dense(self, units: usize) -> Plan {
        let arguments = numbers(units, true);
        if units == 0 {
            return self.fail(Msg::call("dense", &[units]).s(": every size must be at least 1")).then(
                &WORD,
                arguments,
                Sizes::new(&[1]),
            );
        }
        let output = Sizes::new(&[units]);
        if self.output().rank() != 1 {
            let plan = self.fail_on_input(
                Msg::call("dense", &[units]).s(" needs a flat input, got "),
                ": add `.flatten()` before it",
            );
            return plan.then(&WORD, arguments, output);
        }
        self.then(&WORD, arguments, output)
    }

    /// Another name of [`Plan::dense`].
    #[track_caller]
    pub const fn linear(self, units: usize) -> Plan {
        self.dense(units)
    }
}

/// A fully connected layer from `I` to `O` features: x Wᵀ + b.
///
/// ```
/// use ferrolab::prelude::*;
/// let layer = Linear::<3, 2>::default();
/// let x = Tensor::<Rank2<5, 3>>::ones();
/// let y: Tensor<Rank2<5, 2>> = layer.forward(&x);
/// assert_eq!(layer.parameter_count(), 3 * 2 + 2);
/// ```
///
/// Sizes that differ are refused before the program runs:
///
/// ```compile_fail
/// use ferrolab::prelude::*;
/// let (hidden, output) = (Linear::<20, 64>::default(), Linear::<32, 10>::default());
/// let x = Tensor::<Rank2<5, 20>>::ones();
/// let y = output.forward(&hidden.forward(&x)); // the sizes `Const<64>` and `Const<32>` differ
/// ```
pub struct Linear<const I: usize, const O: usize> {
    /// `[out, in]`, as in PyTorch.
    pub weight: Tensor<Rank2<O, I>>,
    /// `[out]`; zeros that are not learnt in a layer [`without_bias`](Self::without_bias).
    pub bias: Tensor<Rank1<O>>,
}

impl<const I: usize, const O: usize> Default for Linear<I, O> {
    /// PyTorch's initial values: see [`init`].
    #[inline]
    fn default() -> Self {
        let [weight, bias] = init::uniform_by_fan_in(&[O, I]);
        Linear { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias) }
    }
}

impl<const I: usize, const O: usize> Linear<I, O> {
    /// The same layer without a bias. PyTorch's `bias=False`.
    #[inline]
    pub fn without_bias(mut self) -> Self {
        self.bias = init::no_bias();
        self
    }

    /// From rows `[batch, I]` to `[batch, O]`, or sequences of rows, `[batch, steps, I]`, to as many.
    #[inline]
    #[track_caller]
    pub fn forward<S: Rows>(&self, x: &Tensor<S>) -> Tensor<S::With<Const<O>>>
    where
        S::Features: Fits<Const<I>>,
    {
        const { same_size("Linear", "the features of the input and of the layer", <S::Features>::SIZE, I) }
        Tensor::from_raw(ops::linear_rows(x.raw(), self.weight.raw(), Some(self.bias.raw())))
    }
}

impl<const I: usize, const O: usize> Module for Linear<I, O> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        self.bias.visit_as("bias", visitor);
    }
}
