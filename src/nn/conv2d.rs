//! Convolution over pictures: the word `conv2d` with its modifiers, and [`Conv2d`] for structs.

use std::marker::PhantomData;

use crate::axes::Pictures;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::{Const, ConvOut, Dim, Fits, Rank1, Rank4, conv_out, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "conv2d",
    arguments: &["filters", "kernel", "stride", "padding"],
    add: |plan, &[filters, kernel, stride, padding, ..]| {
        plan.convolve(filters as usize, kernel as usize, stride as usize, padding as usize)
    },
    code: |step| {
        let [_, _, stride, padding, ..] = step.arguments;
        let same = if padding > 0.0 { ".same()" } else { "" };
        let stride = if stride > 1.0 { format!(".stride({stride})") } else { String::new() };
        format!("{}{same}{stride}", step.call(2))
    },
    parameters: |step| {
        let (filters, channels, kernel) = (step.size(0), step.input.get(0), step.size(1));
        init::weight_and_bias(&[filters, channels, kernel, kernel])
    },
    forward: |step, parameters, x| {
        ops::conv2d(x, &parameters[0], Some(&parameters[1]), step.size(2), step.size(3))
    },
};

impl Plan {
    /// A convolution of `filters` square kernels with a bias, stride 1 and no padding: `[C, H, W]` becomes
    /// `[filters, H - kernel + 1, W - kernel + 1]`. [`Plan::same`] and [`Plan::stride`] after it change that.
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // conv2d(64, 5): the kernel (5x5) is larger than its input [3, 3, 3]
    /// let model = sequential!(Input([3, 3, 3]).conv2d(64, 5));
    /// ```
    #[track_caller]
    pub const fn conv2d(self, filters: usize, kernel: usize) -> Plan {
        self.convolve(filters, kernel, 1, 0)
    }

    /// Pads the convolution before it with zeros so that, at stride 1, height and width stay. Needs an odd kernel.
    #[track_caller]
    pub const fn same(self) -> Plan {
        match self.last() {
            Some(conv) if matches!(conv.word.name.as_bytes(), b"conv2d") => {
                if conv.size(1).is_multiple_of(2) {
                    return self.fail(Msg::new().s("same() needs an odd kernel, got ").u(conv.size(1)));
                }
                self.without_last().convolve(conv.size(0), conv.size(1), conv.size(2), conv.size(1) / 2)
            }
            _ => self.fail(Msg::new().s("same() follows a convolution: `.conv2d(64, 3).same()`")),
        }
    }

    /// Moves the kernel of the convolution before it by `stride` pixels at a time.
    #[track_caller]
    pub const fn stride(self, stride: usize) -> Plan {
        match self.last() {
            Some(conv) if matches!(conv.word.name.as_bytes(), b"conv2d") => {
                self.without_last().convolve(conv.size(0), conv.size(1), stride, conv.size(3))
            }
            _ => self.fail(Msg::new().s("stride() follows a convolution: `.conv2d(64, 3).stride(2)`")),
        }
    }

    #[track_caller]
    const fn convolve(self, filters: usize, kernel: usize, stride: usize, padding: usize) -> Plan {
        let name = Msg::new().s("conv2d(").u(filters).s(", ").u(kernel).s(")");
        let input = self.output();
        let arguments = arguments(&[filters as f64, kernel as f64, stride as f64, padding as f64]);
        // Some size that later layers can go on with, when this one is wrong.
        let harmless = Sizes::new(&[if filters == 0 { 1 } else { filters }, 1, 1]);
        if filters == 0 || kernel == 0 || stride == 0 {
            return self.fail(name.s(": every size must be at least 1")).then(&WORD, arguments, harmless);
        }
        if input.rank() != 3 {
            let message = name.s(" needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        let (height, width) = (input.get(1), input.get(2));
        if height + 2 * padding < kernel || width + 2 * padding < kernel {
            let message =
                name.s(": the kernel (").u(kernel).s("x").u(kernel).s(") is larger than its input ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        let height = conv_out(height, kernel, stride, padding);
        let width = conv_out(width, kernel, stride, padding);
        self.then(&WORD, arguments, Sizes::new(&[filters, height, width]))
    }
}

/// How a convolution treats the border of the picture, and how far its kernel moves.
pub trait Padding: 'static {
    /// Height or width of the result.
    type Out<H: Dim, const K: usize>: Dim;
    /// How far the kernel moves.
    const STRIDE: usize;
    /// Whether only a kernel with a middle pixel will do.
    const NEEDS_ODD_KERNEL: bool = false;

    /// How many zeros are put on each side, for a kernel of this size.
    fn padding(kernel: usize) -> usize;
}

/// No padding: the result is smaller than the picture by the size of the kernel minus 1.
pub struct Valid;

/// Zeros on each side, so that height and width stay. Needs an odd kernel.
pub struct Same;

/// The kernel moves by `S`, with `P` zeros on each side.
pub struct Strided<const S: usize, const P: usize = 0>;

impl Padding for Valid {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, 1, 0>;
    const STRIDE: usize = 1;

    fn padding(_: usize) -> usize {
        0
    }
}

impl Padding for Same {
    type Out<H: Dim, const K: usize> = H;
    const STRIDE: usize = 1;
    const NEEDS_ODD_KERNEL: bool = true;

    fn padding(kernel: usize) -> usize {
        kernel / 2
    }
}

impl<const S: usize, const P: usize> Padding for Strided<S, P> {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, S, P>;
    const STRIDE: usize = S;

    fn padding(_: usize) -> usize {
        P
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
    /// `[out]`
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
        Tensor::from_raw(ops::conv2d(
            x.raw(),
            self.weight.raw(),
            Some(self.bias.raw()),
            P::STRIDE,
            P::padding(K),
        ))
    }
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Module for Conv2d<I, O, K, P> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        visitor.parameter("bias", self.bias.raw());
    }
}
