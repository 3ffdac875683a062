//! Transposed convolution, which makes pictures larger: [`ConvTranspose2d`] for structs.

use crate::axes::Pictures;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::ops::{self, Moves};
use crate::shape::{Const, Dim, Fits, Rank1, Rank4, TransposedOut, same_size};
use crate::tensor::Tensor;

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
        let bound = 1.0 / ((O * K * K).max(1) as f32).sqrt();
        let [weight, bias] = [&[I, O, K, K][..], &[O]].map(|sizes| init::even(sizes, bound));
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
