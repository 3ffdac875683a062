//! `relu` with a learnt slope: the word `prelu`, and [`PRelu`] for structs.

use crate::array::Array;
use crate::axes::Channelled;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Fits, Rank1, same_size};
use crate::tensor::Tensor;

/// What the slope starts with, as in PyTorch.
const SLOPE: f32 = 0.25;

pub(crate) static WORD: Word = Word {
    name: "prelu",
    arguments: &[],
    add: |plan, _| plan.prelu(),
    code: |step| step.call(0),
    parameters: |_| vec![("weight", slopes(1))],
    forward: |_, parameters, x| ops::prelu(x, &parameters[0]),
    onnx: |_, nodes, x| nodes.op_of_parameters("PRelu", x, &[]),
};

impl Plan {
    /// `x` above zero, `slope · x` below, where the one slope is learnt (He et al. 2015,
    /// <https://arxiv.org/abs/1502.01852>). It starts at 0.25, as in PyTorch.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([2]).prelu());
    /// assert_eq!(model.forward(&Tensor::<Rank2<1, 2>>::from([[-1.0, 2.0]])).to_vec(), [-0.25, 2.0]); // the slope is learnt
    /// ```
    #[track_caller]
    pub const fn prelu(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}

/// `x` above zero, `slope · x` below, with a learnt slope for each of `C` channels; see [`Plan::prelu`].
///
/// ```
/// use ferrolab::nn::PRelu;
/// use ferrolab::prelude::*;
/// let y = PRelu::<2>::default().forward(&Tensor::<Rank2<1, 2>>::from([[-4.0, 3.0]]));
/// assert_eq!(y.to_vec(), [-1.0, 3.0]);
/// ```
pub struct PRelu<const C: usize> {
    /// `[C]`, at first 0.25.
    pub weight: Tensor<Rank1<C>>,
}

impl<const C: usize> Default for PRelu<C> {
    fn default() -> Self {
        PRelu { weight: Tensor::from_raw(slopes(C)) }
    }
}

impl<const C: usize> PRelu<C> {
    /// The same shape, `[batch, C]`, `[batch, C, length]` or `[batch, C, height, width]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: Channelled>(&self, x: &Tensor<S>) -> Tensor<S>
    where
        S::Channels: Fits<Const<C>>,
    {
        const { same_size("PRelu", "the channels of the input and of the layer", <S::Channels>::SIZE, C) }
        Tensor::from_raw(ops::prelu(x.raw(), self.weight.raw()))
    }
}

impl<const C: usize> Module for PRelu<C> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
    }
}

fn slopes(count: usize) -> Raw {
    Raw::new(Array::full(&[count], SLOPE)).requires_grad()
}
