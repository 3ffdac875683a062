//! Attention and transformer blocks for structs: [`MultiHeadAttention`], [`TransformerEncoderLayer`] and
//! [`TransformerDecoderLayer`]. What they compute is in `transformer.rs`.

use crate::axes::Sequences;
use crate::nn::module::{Module, Visitor};
use crate::nn::transformer::{self, ATTENTION, DECODER, ENCODER, Settings};
use crate::ops::{self, AttentionMask};
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

#[track_caller]
const fn divides(size: usize, heads: usize) {
    if heads == 0 || !size.is_multiple_of(heads) {
        let msg = Msg::new().s("attention: ").u(size).s(" values do not divide into ").u(heads);
        panic!("{}", msg.s(" heads").as_str())
    }
}

fn visit(names: &[&str], parameters: &[Raw], visitor: &mut dyn Visitor) {
    names.iter().zip(parameters).for_each(|(name, parameter)| visitor.parameter(name, parameter));
}

/// Attention in `HEADS` heads over sequences of `E` features (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>).
///
/// ```
/// use ferrolab::nn::{AttentionMask, MultiHeadAttention};
/// use ferrolab::prelude::*;
/// let attention = MultiHeadAttention::<8, 2>::default();
/// let x = Tensor::<(Const<2>, Dyn<'T'>, Const<8>)>::from_vec(vec![0.5; 2 * 5 * 8]);
/// let y: Tensor<(Const<2>, Dyn<'T'>, Const<8>)> = attention.forward(&x, &x, &x, &AttentionMask::causal());
/// assert_eq!(attention.weights(&x, &x, &AttentionMask::none()).shape(), [2, 2, 5, 5]);
/// ```
pub struct MultiHeadAttention<const E: usize, const HEADS: usize> {
    parameters: [Raw; 4],
    dropout: f32,
}

impl<const E: usize, const HEADS: usize> Default for MultiHeadAttention<E, HEADS> {
    /// PyTorch's initial values, no dropout.
    fn default() -> Self {
        const { divides(E, HEADS) }
        MultiHeadAttention { parameters: transformer::new_attention(E), dropout: 0.0 }
    }
}

impl<const E: usize, const HEADS: usize> MultiHeadAttention<E, HEADS> {
    /// Drops weights of attention while training, with this probability.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let attention = MultiHeadAttention::<8, 2>::default().dropout(0.1);
    /// ```
    pub fn dropout(mut self, rate: f32) -> Self {
        self.dropout = rate;
        self
    }

    /// Every query's mean of the values, weighted by how well their keys fit: from queries `[batch, T, E]`, keys and values
    /// `[batch, S, E]` to `[batch, T, E]`. A sequence attends to itself with `forward(&x, &x, &x, &mask)`.
    #[inline]
    #[track_caller]
    pub fn forward<B: Dim, T: Dim, S: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        query: &Tensor<(B, T, F)>,
        key: &Tensor<(B, S, F)>,
        value: &Tensor<(B, S, F)>,
        mask: &AttentionMask,
    ) -> Tensor<(B, T, Const<E>)> {
        const { same_size("MultiHeadAttention", "the features of the input and of the layer", F::SIZE, E) }
        let inputs = [query.raw(), key.raw(), value.raw()];
        Tensor::from_raw(transformer::multi_head(&self.parameters, HEADS, inputs, mask, self.dropout))
    }

    /// How much each query looks at each key: `[batch, HEADS, T, S]`, whose rows add up to 1. Without a gradient.
    #[inline]
    #[track_caller]
    pub fn weights<B: Dim, T: Dim, S: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        query: &Tensor<(B, T, F)>,
        key: &Tensor<(B, S, F)>,
        mask: &AttentionMask,
    ) -> Tensor<(B, Const<HEADS>, T, S)> {
        const { same_size("MultiHeadAttention", "the features of the input and of the layer", F::SIZE, E) }
        let inputs = [query.raw(), key.raw(), key.raw()];
        Tensor::from_raw(Raw::new(transformer::weights(&self.parameters, HEADS, inputs, mask)))
    }
}

/// The names are PyTorch's: `in_proj_weight`, `in_proj_bias`, `out_proj.weight`, `out_proj.bias`.
impl<const E: usize, const HEADS: usize> Module for MultiHeadAttention<E, HEADS> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visit(&ATTENTION, &self.parameters, visitor);
    }
}

macro_rules! block {
    ($(#[$docs:meta])* $Name:ident, $NAMES:ident, $attentions:literal) => {
        $(#[$docs])*
        pub struct $Name<const E: usize, const HEADS: usize, const FF: usize> {
            parameters: Vec<Raw>,
            settings: Settings,
        }

        impl<const E: usize, const HEADS: usize, const FF: usize> Default for $Name<E, HEADS, FF> {
            /// As in PyTorch: a dropout of 0.1, relu, and normalisation behind attention and dense layers.
            fn default() -> Self {
                const { divides(E, HEADS) }
                let activation = ops::relu as fn(&Raw) -> Raw;
                let settings = Settings { heads: HEADS, dropout: 0.1, norm_first: false, activation };
                $Name { parameters: transformer::new_block($attentions, E, FF), settings }
            }
        }

        impl<const E: usize, const HEADS: usize, const FF: usize> $Name<E, HEADS, FF> {
            /// The share that is dropped while training.
            ///
            /// ```
            /// use ferrolab::prelude::*;
            /// let layer = TransformerEncoderLayer::<8, 2, 16>::default().dropout(0.0).norm_first();
            /// ```
            pub fn dropout(mut self, rate: f32) -> Self {
                self.settings.dropout = rate;
                self
            }

            /// Normalises before attention and dense layers, not behind them: PyTorch's `norm_first=True`.
            pub fn norm_first(mut self) -> Self {
                self.settings.norm_first = true;
                self
            }

            /// What is between the dense layers: `.activation(ferrolab::ops::tanh)`.
            ///
            /// ```
            /// use ferrolab::ops;
            /// use ferrolab::prelude::*;
            /// let layer = TransformerEncoderLayer::<8, 2, 16>::default().activation(ops::gelu);
            /// ```
            pub fn activation(mut self, activation: fn(&Raw) -> Raw) -> Self {
                self.settings.activation = activation;
                self
            }
        }

        /// The names are PyTorch's.
        impl<const E: usize, const HEADS: usize, const FF: usize> Module for $Name<E, HEADS, FF> {
            fn visit(&self, visitor: &mut dyn Visitor) {
                visit(&$NAMES, &self.parameters, visitor);
            }
        }
    };
}

block! {
    /// A block of a transformer's encoder: attention of the sequence to itself in `HEADS` heads, then two dense layers with
    /// `FF` units between them, each with a short cut and a normalisation.
    ///
    /// ```
    /// use ferrolab::nn::{AttentionMask, TransformerEncoderLayer};
    /// use ferrolab::prelude::*;
    /// let block = TransformerEncoderLayer::<8, 2, 32>::default().norm_first();
    /// let x = Tensor::<Rank3<2, 5, 8>>::ones();
    /// assert_eq!(block.forward(&x, &AttentionMask::none().lengths(&[5, 3], 5)).shape(), [2, 5, 8]);
    /// ```
    TransformerEncoderLayer, ENCODER, 1
}

block! {
    /// A block of a transformer's decoder: attention of the sequence to itself, attention to what the encoder made, then two
    /// dense layers with `FF` units between them, each with a short cut and a normalisation.
    ///
    /// ```
    /// use ferrolab::nn::{AttentionMask, TransformerDecoderLayer};
    /// use ferrolab::prelude::*;
    /// let block = TransformerDecoderLayer::<8, 2, 32>::default();
    /// let (x, memory) = (Tensor::<Rank3<2, 5, 8>>::ones(), Tensor::<Rank3<2, 7, 8>>::ones());
    /// let y = block.forward(&x, &memory, &AttentionMask::causal(), &AttentionMask::none());
    /// assert_eq!(y.shape(), [2, 5, 8]);
    /// ```
    TransformerDecoderLayer, DECODER, 2
}

impl<const E: usize, const HEADS: usize, const FF: usize> TransformerEncoderLayer<E, HEADS, FF> {
    /// From sequences `[batch, steps, E]` to as many.
    #[inline]
    #[track_caller]
    pub fn forward<S, B: Dim, T: Dim>(&self, x: &Tensor<S>, mask: &AttentionMask) -> Tensor<(B, T, Const<E>)>
    where
        S: Sequences<Number = B, Steps = T>,
        S::Features: Fits<Const<E>>,
    {
        const {
            same_size(
                "TransformerEncoderLayer",
                "the features of the input and of the layer",
                <S::Features>::SIZE,
                E,
            )
        }
        Tensor::from_raw(transformer::encode(&self.parameters, &self.settings, x.raw(), mask))
    }

    /// How much each step looks at each other one: `[batch, HEADS, steps, steps]`, whose rows add up to 1. Without a gradient.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let block = TransformerEncoderLayer::<8, 2, 32>::default();
    /// let weights = block.attention(&Tensor::<Rank3<1, 5, 8>>::randn(), &AttentionMask::none());
    /// assert_eq!(weights.shape(), [1, 2, 5, 5]);
    /// assert!((weights.to_vec()[..5].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    /// ```
    #[inline]
    #[track_caller]
    pub fn attention<B: Dim, T: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        x: &Tensor<(B, T, F)>,
        mask: &AttentionMask,
    ) -> Tensor<(B, Const<HEADS>, T, T)> {
        const { same_size("TransformerEncoderLayer", "the features of the input and of the layer", F::SIZE, E) }
        Tensor::from_raw(Raw::new(transformer::encoder_weights(
            &self.parameters,
            &self.settings,
            x.raw(),
            mask,
        )))
    }
}

impl<const E: usize, const HEADS: usize, const FF: usize> TransformerDecoderLayer<E, HEADS, FF> {
    /// From sequences `[batch, T, E]`, and what the encoder made, `[batch, S, E]`, to `[batch, T, E]`. The masks say what a
    /// step sees of its own sequence, and of the encoder's.
    #[inline]
    #[track_caller]
    pub fn forward<B: Dim, T: Dim, S: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        x: &Tensor<(B, T, F)>,
        memory: &Tensor<(B, S, F)>,
        mask: &AttentionMask,
        memory_mask: &AttentionMask,
    ) -> Tensor<(B, T, Const<E>)> {
        const { same_size("TransformerDecoderLayer", "the features of the input and of the layer", F::SIZE, E) }
        let masks = [mask, memory_mask];
        Tensor::from_raw(transformer::decode(&self.parameters, &self.settings, x.raw(), memory.raw(), masks))
    }

    /// How much each step looks at each of the encoder's steps: `[batch, HEADS, T, S]`, whose rows add up to 1. In a model
    /// that translates, they show which words of the source a word of the translation was made of. Without a gradient.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let block = TransformerDecoderLayer::<8, 2, 32>::default();
    /// let (x, memory) = (Tensor::<Rank3<1, 5, 8>>::randn(), Tensor::<Rank3<1, 7, 8>>::randn());
    /// let weights = block.attention(&x, &memory, &AttentionMask::causal(), &AttentionMask::none());
    /// assert_eq!(weights.shape(), [1, 2, 5, 7]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn attention<B: Dim, T: Dim, S: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        x: &Tensor<(B, T, F)>,
        memory: &Tensor<(B, S, F)>,
        mask: &AttentionMask,
        memory_mask: &AttentionMask,
    ) -> Tensor<(B, Const<HEADS>, T, S)> {
        const { same_size("TransformerDecoderLayer", "the features of the input and of the layer", F::SIZE, E) }
        let masks = [mask, memory_mask];
        let weights =
            transformer::decoder_weights(&self.parameters, &self.settings, x.raw(), memory.raw(), masks);
        Tensor::from_raw(Raw::new(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::{Rank3, manual_seed};

    const E: usize = 8;

    fn attention_of(parameters: &[Raw]) -> MultiHeadAttention<E, 2> {
        let parameters = [0, 1, 2, 3].map(|i| parameters[i].clone());
        MultiHeadAttention { parameters, dropout: 0.0 }
    }

    #[test]
    fn the_weights_of_blocks_are_those_of_their_attentions() {
        manual_seed(2);
        let (x, memory) = (Tensor::<Rank3<2, 4, E>>::randn(), Tensor::<Rank3<2, 3, E>>::randn());
        let (causal, padding) = (AttentionMask::causal(), AttentionMask::none().lengths(&[3, 1], 3));
        for norm_first in [false, true] {
            let (mut encoder, mut decoder) = (
                TransformerEncoderLayer::<E, 2, 5>::default(),
                TransformerDecoderLayer::<E, 2, 5>::default(),
            );
            (encoder.settings.norm_first, decoder.settings.norm_first) = (norm_first, norm_first);
            // Norms that do something.
            for parameter in encoder.parameters[8..].iter().chain(&decoder.parameters[12..]) {
                parameter.update(|values| values.iter_mut().zip(0..).for_each(|(v, i)| *v += 0.1 * i as f32));
            }
            let norm = |x: &Tensor<Rank3<2, 4, E>>, of: &[Raw]| {
                Tensor::<Rank3<2, 4, E>>::from_raw(ops::layer_norm(x.raw(), &of[0], &of[1], 1e-5))
            };
            let asked = if norm_first { norm(&x, &encoder.parameters[8..]) } else { x.clone() };
            let expected = attention_of(&encoder.parameters).weights(&asked, &asked, &causal);
            assert_eq!(encoder.attention(&x, &causal).to_vec(), expected.to_vec());

            let [first, second] = [12, 14].map(|at| &decoder.parameters[at..]);
            let itself = attention_of(&decoder.parameters);
            let asked = if norm_first {
                let y = norm(&x, first);
                norm(&(&x + &itself.forward(&y, &y, &y, &causal)), second)
            } else {
                norm(&(&x + &itself.forward(&x, &x, &x, &causal)), first)
            };
            let expected = attention_of(&decoder.parameters[4..]).weights(&asked, &memory, &padding);
            let weights = decoder.attention(&x, &memory, &causal, &padding);
            assert_eq!(weights.to_vec(), expected.to_vec());
            assert_eq!(weights.to_vec()[4 * 2 * 3..][..3], [1.0, 0.0, 0.0]); // the second memory has one step
        }
    }
}
