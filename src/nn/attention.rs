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
        Tensor::from_raw(transformer::multi_head(&self.parameters, HEADS, inputs, mask, self.dropout).0)
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
        Tensor::from_raw(Raw::new(transformer::multi_head(&self.parameters, HEADS, inputs, mask, 0.0).1))
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
}
