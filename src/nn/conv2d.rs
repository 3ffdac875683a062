//! Convolution over pictures: the word `conv2d`, and [`Conv2d`] for structs.

use std::marker::PhantomData;

use crate::axes::Pictures;
use crate::nn::module::{Module, Visitor};
use crate::nn::padding::{Padding, Valid};
use crate::nn::plan::{Plan, Sizes, Step, Word, arguments};
use crate::nn::{init, padding};
use crate::ops::{self, Moves};
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank1, Rank4, conv_out, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "conv2d",
    arguments: &["filters", "kernel", "stride", "padding", "dilation=1", "groups=1", "bias=1"],
    add: |plan, numbers| {
        let size = |position: usize| numbers[position] as usize;
        let convolution = Convolution {
            filters: size(0),
            kernel: size(1),
            stride: size(2),
            padding: size(3),
            dilation: size(4),
            groups: size(5),
            bias: size(6) == 1,
            same: false,
        };
        plan.convolve(convolution)
    },
    code: |step| {
        let Convolution { kernel, stride, padding, dilation, groups, bias, .. } = Convolution::of(step);
        let mut code = step.call(2);
        if groups != 1 {
            code.push_str(&format!(".groups({groups})"));
        }
        let same = padding > 0 && kernel % 2 == 1 && padding == dilation * (kernel / 2);
        if same {
            code.push_str(".same()");
        }
        let mut modifier = |name: &str, number: usize, usual: usize| {
            if number != usual {
                code.push_str(&format!(".{name}({number})"));
            }
        };
        modifier("padding", if same { 0 } else { padding }, 0);
        modifier("dilation", dilation, 1);
        modifier("stride", stride, 1);
        if !bias {
            code.push_str(".without_bias()");
        }
        code
    },
    parameters: |step| {
        let Convolution { filters, kernel, groups, bias, .. } = Convolution::of(step);
        let mut all = init::weight_and_bias(&[filters, step.input.get(0) / groups, kernel, kernel]);
        all.truncate(if bias { 2 } else { 1 });
        all
    },
    forward: |step, parameters, x| {
        let Convolution { stride, padding, dilation, groups, .. } = Convolution::of(step);
        let moves = Moves::square(stride, padding, dilation, groups);
        ops::convolve(x, &parameters[0], parameters.get(1), &moves)
    },
};

/// The numbers of the word `conv2d`.
#[derive(Clone, Copy)]
pub(super) struct Convolution {
    pub(super) filters: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) dilation: usize,
    pub(super) groups: usize,
    pub(super) bias: bool,
    /// The padding follows from the kernel. Not in files, which hold the padding itself.
    pub(super) same: bool,
}

impl Convolution {
    pub(super) const fn of(step: &Step) -> Convolution {
        Convolution {
            filters: step.size(0),
            kernel: step.size(1),
            stride: step.size(2),
            padding: step.size(3),
            dilation: step.size(4),
            groups: step.size(5),
            bias: step.size(6) == 1,
            same: step.size(7) == 1,
        }
    }

    /// How many pixels the dilated kernel spans.
    const fn reach(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }
}

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
        let (stride, padding, dilation) = (1, 0, 1);
        self.convolve(Convolution {
            filters,
            kernel,
            stride,
            padding,
            dilation,
            groups: 1,
            bias: true,
            same: false,
        })
    }

    /// A convolution of each channel by a kernel of its own: `conv2d(C, kernel).groups(C)`.
    #[track_caller]
    pub const fn depthwise_conv2d(self, kernel: usize) -> Plan {
        let filters = self.output().get(0);
        let (stride, padding, dilation) = (1, 0, 1);
        self.convolve(Convolution {
            filters,
            kernel,
            stride,
            padding,
            dilation,
            groups: filters,
            bias: true,
            same: false,
        })
    }

    #[track_caller]
    pub(super) const fn convolve(self, it: Convolution) -> Plan {
        let Convolution { filters, kernel, stride, padding, dilation, groups, bias, same } = it;
        let input = self.output();
        let numbers = [filters, kernel, stride, padding, dilation, groups, bias as usize, same as usize];
        let mut arguments = arguments(&[]);
        let mut i = 0;
        while i < numbers.len() {
            arguments[i] = numbers[i] as f64;
            i += 1;
        }
        // Some size that later layers can go on with, when this one is wrong.
        let harmless = Sizes::new(&[if filters == 0 { 1 } else { filters }, 1, 1]);
        if filters == 0 || kernel == 0 || stride == 0 || dilation == 0 || groups == 0 {
            return self
                .fail(Msg::call("conv2d", &[filters, kernel]).s(": every size must be at least 1"))
                .then(&WORD, arguments, harmless);
        }
        if input.rank() != 3 {
            let message =
                Msg::call("conv2d", &[filters, kernel]).s(" needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        if !input.get(0).is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            let message =
                Msg::call("conv2d", &[filters, kernel]).s(": ").u(input.get(0)).s(" channels to ").u(filters);
            let message = message.s(" do not divide into ").u(groups).s(" groups");
            return self.fail(message).then(&WORD, arguments, harmless);
        }
        let (height, width) = (input.get(1), input.get(2));
        if height + 2 * padding < it.reach() || width + 2 * padding < it.reach() {
            let message =
                Msg::call("conv2d", &[filters, kernel]).s(": the kernel (").u(kernel).s("x").u(kernel);
            let message = if dilation == 1 { message } else { message.s(", with dilation ").u(dilation) };
            let message = message.s(") is larger than its input ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        let height = conv_out(height, it.reach(), stride, padding);
        let width = conv_out(width, it.reach(), stride, padding);
        self.then(&WORD, arguments, Sizes::new(&[filters, height, width]))
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
            assert!(!P::NEEDS_ODD_KERNEL || K % 2 == 1, "Conv2d: the padding `Same` needs an odd kernel");
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
