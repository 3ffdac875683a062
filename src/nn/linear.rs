//! A fully connected layer: the word `dense` (or `linear`), and [`Linear`] for structs.

use crate::axes::Matrix;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank1, Rank2, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "dense",
    arguments: &["units"],
    add: |plan, &[units, ..]| plan.dense(units as usize),
    code: |step| step.call(1),
    parameters: |step| init::weight_and_bias(&[step.size(0), step.input.get(0)]),
    forward: |_, parameters, x| ops::linear(x, &parameters[0], Some(&parameters[1])),
};

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
        let name = Msg::new().s("dense(").u(units).s(")");
        let arguments = arguments(&[units as f64]);
        if units == 0 {
            return self.fail(name.s(": every size must be at least 1")).then(
                &WORD,
                arguments,
                Sizes::new(&[1]),
            );
        }
        let output = Sizes::new(&[units]);
        if self.output().rank() != 1 {
            let plan =
                self.fail_on_input(name.s(" needs a flat input, got "), ": add `.flatten()` before it");
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
    /// `[out]`
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
    /// From `[batch, I]` to `[batch, O]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: Matrix>(&self, x: &Tensor<S>) -> Tensor<(S::Rows, Const<O>)>
    where
        S::Columns: Fits<Const<I>>,
    {
        const { same_size("Linear", "the features of the input and of the layer", <S::Columns>::SIZE, I) }
        Tensor::from_raw(ops::linear(x.raw(), self.weight.raw(), Some(self.bias.raw())))
    }
}

impl<const I: usize, const O: usize> Module for Linear<I, O> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        visitor.parameter("bias", self.bias.raw());
    }
}
