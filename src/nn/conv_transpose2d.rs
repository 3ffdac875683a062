//! Transposed convolution, which makes pictures larger: the word `conv_transpose2d`, and [`ConvTranspose2d`] for structs.

use crate::axes::Pictures;
use crate::io::onnx::Attribute;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Step, Word, arguments};
use crate::ops::{self, Moves};
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank1, Rank4, TransposedOut, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "conv_transpose2d",
    arguments: &["filters", "kernel", "stride", "padding", "output_padding=0", "bias=1"],
    add: |plan, &[filters, kernel, stride, padding, output_padding, bias, ..]| {
        let [filters, kernel, stride, padding] =
            [filters, kernel, stride, padding].map(|number| number as usize);
        let (output_padding, bias) = (output_padding as usize, bias == 1.0);
        plan.transposed(Transposed { filters, kernel, stride, padding, output_padding, bias, same: false })
    },
    code: |step| {
        let it = Transposed::of(step);
        let same = it.stride > 1 && it.padding > 0 && it == (Transposed { same: it.same, ..it.made_same() });
        let mut code = step.call(2);
        if it.stride != 1 {
            code.push_str(&format!(".stride({})", it.stride));
        }
        if same {
            code.push_str(".same()");
        }
        for (name, number) in [("padding", it.padding), ("output_padding", it.output_padding)] {
            if number > 0 && !same {
                code.push_str(&format!(".{name}({number})"));
            }
        }
        if !it.bias {
            code.push_str(".without_bias()");
        }
        code
    },
    parameters: |step| {
        let Transposed { filters, kernel, bias, .. } = Transposed::of(step);
        let [weight, of_bias] = new_parameters(step.input.get(0), filters, kernel);
        let mut all = vec![("weight", weight), ("bias", of_bias)];
        all.truncate(if bias { 2 } else { 1 });
        all
    },
    forward: |step, parameters, x| {
        let Transposed { stride, padding, output_padding, .. } = Transposed::of(step);
        let moves = Moves::square(stride, padding, 1, 1);
        ops::conv_transpose2d(x, &parameters[0], parameters.get(1), &moves, [output_padding; 2])
    },
    onnx: |step, nodes, x| {
        let Transposed { kernel, stride, padding, output_padding, .. } = Transposed::of(step);
        let attributes = [
            ("kernel_shape", Attribute::Ints(vec![kernel; 2])),
            ("output_padding", Attribute::Ints(vec![output_padding; 2])),
            ("pads", Attribute::Ints(vec![padding; 4])),
            ("strides", Attribute::Ints(vec![stride; 2])),
        ];
        nodes.op_of_parameters("ConvTranspose", x, &attributes)
    },
};

/// The numbers of a transposed convolution in a plan.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Transposed {
    pub(super) filters: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) output_padding: usize,
    pub(super) bias: bool,
    /// Both paddings follow from kernel and stride. Not in files, which hold the paddings themselves.
    pub(super) same: bool,
}

impl Transposed {
    pub(super) const fn of(step: &Step) -> Transposed {
        Transposed {
            filters: step.size(0),
            kernel: step.size(1),
            stride: step.size(2),
            padding: step.size(3),
            output_padding: step.size(4),
            bias: step.size(5) == 1,
            same: step.size(7) == 1,
        }
    }

    /// With the paddings that make the result `stride` times as large as its input, which needs a kernel at least as
    /// large as the stride.
    const fn made_same(self) -> Transposed {
        let more = self.kernel.saturating_sub(self.stride);
        Transposed { padding: more.div_ceil(2), output_padding: more % 2, same: true, ..self }
    }

    /// `conv_transpose2d(16, 3)`: the beginning of a message.
    const fn call(&self) -> Msg {
        Msg::call("conv_transpose2d", &[self.filters, self.kernel])
    }
}

impl Plan {
    /// A transposed convolution to `filters` channels, with a bias and stride 1: each pixel writes a square kernel. `[C, H,
    /// W]` becomes `[filters, (H - 1) stride + kernel - 2 padding + output_padding, ..]`. After it, [`Plan::stride`]
    /// enlarges the picture, and [`Plan::same`] makes it exactly that many times as large (Keras's
    /// `Conv2DTranspose(padding="same")`); [`Plan::padding`] and [`Plan::output_padding`] are PyTorch's.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let decoder = sequential!(Input([32, 7, 7])
    ///     .conv_transpose2d(16, 3).stride(2).same().relu()
    ///     .conv_transpose2d(1, 3).stride(2).same().sigmoid());
    /// assert_eq!(decoder.forward(&Tensor::<Rank4<2, 32, 7, 7>>::ones()).shape(), [2, 1, 28, 28]);
    /// ```
    #[track_caller]
    pub const fn conv_transpose2d(self, filters: usize, kernel: usize) -> Plan {
        let (stride, padding, output_padding) = (1, 0, 0);
        self.transposed(Transposed {
            filters,
            kernel,
            stride,
            padding,
            output_padding,
            bias: true,
            same: false,
        })
    }

    #[track_caller]
    pub(super) const fn transposed(self, it: Transposed) -> Plan {
        let it = if it.same { it.made_same() } else { it };
        let Transposed { filters, kernel, stride, padding, output_padding, bias, same } = it;
        let input = self.output();
        let numbers = arguments(&[
            filters as f64,
            kernel as f64,
            stride as f64,
            padding as f64,
            output_padding as f64,
            bias as usize as f64,
            0.0,
            same as usize as f64,
        ]);
        let harmless = Sizes::new(&[if filters == 0 { 1 } else { filters }, 1, 1]);
        let wrong = if filters == 0 || kernel == 0 || stride == 0 {
            Some(it.call().s(": every size must be at least 1"))
        } else if input.rank() != 3 {
            let message = it.call().s(WORD.needs());
            return self.fail_on_input(message, "").then(&WORD, numbers, harmless);
        } else if same && kernel < stride {
            Some(it.call().s(": same() needs a kernel at least as large as the stride, got ").u(stride))
        } else if output_padding > 0 && output_padding >= stride {
            let message = it.call().s(": the output padding, ").u(output_padding);
            Some(message.s(", must be below the stride, which is ").u(stride).s(": `.stride(2)` goes first"))
        } else if grown(input.get(1), &it) <= 2 * padding || grown(input.get(2), &it) <= 2 * padding {
            let message = it.call().s(": a padding of ").u(padding).s(" leaves nothing of its input ");
            return self.fail_on_input(message, "").then(&WORD, numbers, harmless);
        } else {
            None
        };
        match wrong {
            Some(message) => self.fail(message).then(&WORD, numbers, harmless),
            None => {
                let (height, width) = (grown(input.get(1), &it), grown(input.get(2), &it));
                self.then(&WORD, numbers, Sizes::new(&[filters, height - 2 * padding, width - 2 * padding]))
            }
        }
    }

    /// Adds rows and columns at the end of what the transposed convolution before it makes: fewer than its stride.
    #[track_caller]
    pub const fn output_padding(self, output_padding: usize) -> Plan {
        match self.last() {
            Some(step) if is_transposed(&step) => {
                let it = Transposed { output_padding, same: false, ..Transposed::of(&step) };
                self.without_last().transposed(it)
            }
            _ => self.fail(Msg::new().s(
                "output_padding() follows a transposed convolution: `.conv_transpose2d(64, 3).output_padding(1)`",
            )),
        }
    }
}

/// Whether a step is a transposed convolution.
pub(super) const fn is_transposed(step: &Step) -> bool {
    matches!(step.word.name.as_bytes(), b"conv_transpose2d")
}

/// The size of the result before its padding is cut off.
const fn grown(size: usize, it: &Transposed) -> usize {
    (size - 1) * it.stride + it.kernel + it.output_padding
}

/// PyTorch's initial values of weight and bias: evenly from ±1/√(O K K).
fn new_parameters(inputs: usize, outputs: usize, kernel: usize) -> [Raw; 2] {
    let bound = 1.0 / ((outputs * kernel * kernel).max(1) as f32).sqrt();
    [&[inputs, outputs, kernel, kernel][..], &[outputs]].map(|sizes| init::even(sizes, bound))
}

/// A transposed convolution of `I` channels to `O`: each pixel writes a kernel of `K` x `K`, `S` pixels from its
/// neighbour's; `P` pixels are cut off on each side, and `M` rows and columns are added at the end (PyTorch's
/// `output_padding`).
///
/// ```
/// use ferrolab::nn::ConvTranspose2d;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 8, 7, 7>>::ones();
/// let doubled = ConvTranspose2d::<8, 4, 2, 2>::default().forward(&x);
/// assert_eq!(doubled.shape(), [1, 4, 14, 14]);
/// ```
pub struct ConvTranspose2d<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize = 1,
    const P: usize = 0,
    const M: usize = 0,
> {
    /// `[in, out, height, width]`, as in PyTorch.
    pub weight: Tensor<Rank4<I, O, K, K>>,
    /// `[out]`
    pub bias: Tensor<Rank1<O>>,
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const M: usize> Default
    for ConvTranspose2d<I, O, K, S, P, M>
{
    /// PyTorch's initial values: evenly from ±1/√(O K K).
    #[inline]
    fn default() -> Self {
        let [weight, bias] = new_parameters(I, O, K);
        ConvTranspose2d { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias) }
    }
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const M: usize>
    ConvTranspose2d<I, O, K, S, P, M>
{
    /// From `[batch, I, H, W]` to `[batch, O, (H - 1) S + K - 2 P + M, …]`.
    #[inline]
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn forward<X: Pictures>(
        &self,
        x: &Tensor<X>,
    ) -> Tensor<(
        X::Number,
        Const<O>,
        TransposedOut<X::Height, K, S, P, M>,
        TransposedOut<X::Width, K, S, P, M>,
    )>
    where
        X::Channels: Fits<Const<I>>,
    {
        const {
            let what = "the channels of the input and of the layer";
            same_size("ConvTranspose2d", what, <X::Channels>::SIZE, I);
            assert!(S > 0 && M < S, "ConvTranspose2d: the output padding must be below the stride");
            let _ = <TransposedOut<X::Height, K, S, P, M>>::SIZE;
            let _ = <TransposedOut<X::Width, K, S, P, M>>::SIZE;
        }
        let moves = Moves::square(S, P, 1, 1);
        Tensor::from_raw(ops::conv_transpose2d(
            x.raw(),
            self.weight.raw(),
            Some(self.bias.raw()),
            &moves,
            [M, M],
        ))
    }
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const M: usize> Module
    for ConvTranspose2d<I, O, K, S, P, M>
{
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        visitor.parameter("bias", self.bias.raw());
    }
}
