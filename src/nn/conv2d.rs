//! Convolution over pictures: the word `conv2d`, and [`Conv2d`] for structs.

use std::marker::PhantomData;

use crate::axes::Pictures;
use crate::nn::convolution::Convolution;
use crate::nn::module::{Module, Visitor};
use crate::nn::padding::{Padding, Valid};
use crate::nn::plan::{Plan, Word};
use crate::nn::{convolution, init, padding};
use crate::ops;
use crate::shape::{Const, Dim, Fits, Rank1, Rank4, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "conv2d",
    arguments: convolution::ARGUMENTS,
    add: |plan, numbers| plan.convolve(Convolution::from_numbers(&WORD, numbers)),
    code: convolution::code,
    parameters: convolution::parameters,
    forward: |step, parameters, x| {
        ops::convolve(x, &parameters[0], parameters.get(1), &Convolution::of(step).moves())
    },
    onnx: convolution::onnx,
};

impl Plan {
    /// A convolution of `filters` square kernels with a bias, stride 1 and no padding: `[C, H, W]` becomes
    /// `[filters, H - kernel + 1, W - kernel + 1]`. [`Plan::same`], [`Plan::padding`], [`Plan::stride`],
    /// [`Plan::dilation`], [`Plan::groups`] and [`Plan::without_bias`] after it change that.
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // conv2d(64, 5): the kernel (5x5) is larger than its input [3, 3, 3]
    /// let model = sequential!(Input([3, 3, 3]).conv2d(64, 5));
    /// ```
    #[track_caller]
    pub const fn conv2d(self, filters: usize, kernel: usize) -> Plan {
        self.convolve(Convolution::new(&WORD, filters, kernel))
    }

    /// A convolution of each channel by a kernel of its own: `conv2d(C, kernel).groups(C)`.
    #[track_caller]
    pub const fn depthwise_conv2d(self, kernel: usize) -> Plan {
        let groups = self.output().get(0);
        self.convolve(Convolution { groups, ..Convolution::new(&WORD, groups, kernel) })
    }
}

/// A convolution of `I` channels to `O` by kernels of `K` x `K`, with a bias.
///
/// ```
/// use ferrolab::prelude::*;
///
/// /// Two convolutions and a short cut around them: generic in the number of channels, no `where` clauses.
/// #[derive(Default, Module)]
/// struct Residual<const C: usize> {
///     conv1: Conv2d<C, C, 3, Same>,
///     conv2: Conv2d<C, C, 3, Same>,
/// }
///
/// impl<const C: usize> Residual<C> {
///     fn forward<B: Dim, H: Dim, W: Dim>(&self, x: &Tensor<(B, Const<C>, H, W)>) -> Tensor<(B, Const<C>, H, W)> {
///         let y = self.conv1.forward(x).relu();
///         (self.conv2.forward(&y) + x).relu()
///     }
/// }
///
/// let x = Tensor::<Rank4<2, 8, 16, 16>>::ones();
/// assert_eq!(Residual::<8>::default().forward(&x).shape(), [2, 8, 16, 16]);
/// let halved = <Conv2d<8, 12, 3, Strided<2, 1>>>::default().forward(&x);
/// assert_eq!(halved.shape(), [2, 12, 8, 8]);
/// ```
pub struct Conv2d<const I: usize, const O: usize, const K: usize, P: Padding = Valid> {
    /// `[out, in, height, width]`, as in PyTorch.
    pub weight: Tensor<Rank4<O, I, K, K>>,
    /// `[out]`; zeros that are not learnt in a layer [`without_bias`](Self::without_bias).
    pub bias: Tensor<Rank1<O>>,
    padding: PhantomData<P>,
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Default for Conv2d<I, O, K, P> {
    /// PyTorch's initial values: see [`init`].
    #[inline]
    fn default() -> Self {
        let [weight, bias] = init::uniform_by_fan_in(&[O, I, K, K]);
        Conv2d { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias), padding: PhantomData }
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Conv2d<I, O, K, P> {
    /// The same layer without a bias: what a normalisation behind it makes superfluous. PyTorch's `bias=False`.
    #[inline]
    pub fn without_bias(mut self) -> Self {
        self.bias = init::no_bias();
        self
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Conv2d<I, O, K, P> {
    /// From `[batch, I, height, width]` to `[batch, O, …]`. A kernel that does not fit is refused while compiling,
    /// where the sizes are literals.
    #[inline]
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn forward<S: Pictures>(
        &self,
        x: &Tensor<S>,
    ) -> Tensor<(S::Number, Const<O>, P::Out<S::Height, K>, P::Out<S::Width, K>)>
    where
        S::Channels: Fits<Const<I>>,
    {
        const {
            padding::check_kernel::<P>("Conv2d: this padding", K);
            same_size("Conv2d", "the channels of the input and of the layer", <S::Channels>::SIZE, I);
            // The sizes of the result, so that a kernel that does not fit is found here.
            let _ = (<P::Out<S::Height, K>>::SIZE, <P::Out<S::Width, K>>::SIZE);
        }
        Tensor::from_raw(padding::convolve::<P>(x.raw(), self.weight.raw(), self.bias.raw(), 1))
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Module for Conv2d<I, O, K, P> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        self.bias.visit_as("bias", visitor);
    }
}
