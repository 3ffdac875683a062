//! Convolution over sequences: the word `conv1d`, and [`Conv1d`] for structs.

use std::marker::PhantomData;

use crate::nn::convolution::Convolution;
use crate::nn::module::{Module, Visitor};
use crate::nn::padding::{Padding, Valid};
use crate::nn::plan::{Plan, Word};
use crate::nn::{convolution, init, padding};
use crate::ops;
use crate::shape::{Const, Dim, Fits, Rank1, Rank3, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "conv1d",
    arguments: convolution::ARGUMENTS,
    add: |plan, numbers| plan.convolve(Convolution::from_numbers(&WORD, numbers)),
    code: convolution::code,
    parameters: convolution::parameters,
    forward: |step, parameters, x| {
        ops::conv1d(x, &parameters[0], parameters.get(1), &Convolution::of(step).moves())
    },
    onnx: convolution::onnx,
};

impl Plan {
    /// A convolution over sequences of `filters` kernels with a bias, stride 1 and no padding: `[C, L]` becomes
    /// `[filters, L - kernel + 1]`. [`Plan::same`], [`Plan::padding`], [`Plan::stride`], [`Plan::dilation`],
    /// [`Plan::groups`] and [`Plan::without_bias`] after it change that.
    ///
    /// The channels come first, as in PyTorch; what an embedding or a recurrent layer makes, `[steps, features]`, is turned
    /// by [`Plan::permute`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([100]).embedding(5000, 32)
    ///     .permute([1, 0])
    ///     .conv1d(64, 5).relu()
    ///     .global_max_pool1d()
    ///     .dense(2));
    /// assert_eq!(model.forward(&Tensor::<Rank2<3, 100>>::zeros()).shape(), [3, 2]);
    /// ```
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // conv1d(64, 5): the kernel (5) is larger than its input [3, 4]
    /// let model = sequential!(Input([3, 4]).conv1d(64, 5));
    /// ```
    #[track_caller]
    pub const fn conv1d(self, filters: usize, kernel: usize) -> Plan {
        self.convolve(Convolution::new(&WORD, filters, kernel))
    }
}

/// A convolution over sequences of `I` channels to `O` by kernels of `K` steps, with a bias.
///
/// ```
/// use ferrolab::nn::Conv1d;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank3<2, 4, 20>>::ones(); // 2 sequences of 4 channels and 20 steps
/// assert_eq!(Conv1d::<4, 8, 3>::default().forward(&x).shape(), [2, 8, 18]);
/// assert_eq!(Conv1d::<4, 8, 3, Same>::default().forward(&x).shape(), [2, 8, 20]);
/// ```
pub struct Conv1d<const I: usize, const O: usize, const K: usize, P: Padding = Valid> {
    /// `[out, in, steps]`, as in PyTorch.
    pub weight: Tensor<Rank3<O, I, K>>,
    /// `[out]`; zeros that are not learnt in a layer [`without_bias`](Self::without_bias).
    pub bias: Tensor<Rank1<O>>,
    padding: PhantomData<P>,
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Default for Conv1d<I, O, K, P> {
    /// PyTorch's initial values: see [`init`].
    #[inline]
    fn default() -> Self {
        let [weight, bias] = init::uniform_by_fan_in(&[O, I, K]);
        Conv1d { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias), padding: PhantomData }
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Conv1d<I, O, K, P> {
    /// The same layer without a bias. PyTorch's `bias=False`.
    #[inline]
    pub fn without_bias(mut self) -> Self {
        self.bias = init::no_bias();
        self
    }

    /// From `[batch, I, length]` to `[batch, O, …]`. A kernel that does not fit is refused while compiling, where the
    /// length is a literal.
    #[inline]
    #[track_caller]
    pub fn forward<N: Dim, C: Dim + Fits<Const<I>>, L: Dim>(
        &self,
        x: &Tensor<(N, C, L)>,
    ) -> Tensor<(N, Const<O>, P::Out<L, K>)> {
        const {
            padding::check_kernel::<P>("Conv1d: this padding", K);
            same_size("Conv1d", "the channels of the input and of the layer", C::SIZE, I);
            let _ = <P::Out<L, K>>::SIZE;
        }
        Tensor::from_raw(padding::convolve::<P>(x.raw(), self.weight.raw(), self.bias.raw(), 1))
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Module for Conv1d<I, O, K, P> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        self.bias.visit_as("bias", visitor);
    }
}
