//! [`Crf`]: a linear chain over the tags of a sequence, learnt with the network that scores the tags.

use crate::dtype::Indices;
use crate::nn::module::{Module, Visitor};
use crate::ops::{self, Chain};
use crate::raw::Raw;
use crate::shape::{Const, Dim, Rank1, Rank2};
use crate::tensor::Tensor;

/// A conditional random field of `L` tags (Lafferty et al. 2001): scores how likely a tag follows another, so that a tagger
/// chooses whole sequences, not one tag after the other. `I-PER` behind `B-LOC` becomes unlikely by what it has seen.
///
/// ```
/// use ferrolab::prelude::*;
/// use ferrolab::nn::Crf;
/// let crf = Crf::<5>::default();
/// let emissions = Tensor::<Rank3<2, 7, 5>>::randn(); // two sentences of at most 7 tokens, scores of 5 tags
/// let tags = vec![0; 2 * 7];
/// let loss = crf.loss(&emissions, &tags, &[7, 4]);
/// let best: Vec<Vec<usize>> = crf.decode(&emissions, &[7, 4]);
/// assert_eq!((best[0].len(), best[1].len()), (7, 4));
/// assert!(loss.item() > 0.0);
/// ```
pub struct Crf<const L: usize> {
    /// `[L, L]`: from the row's tag to the column's.
    pub transitions: Tensor<Rank2<L, L>>,
    /// `[L]`: how a sequence begins.
    pub start_transitions: Tensor<Rank1<L>>,
    /// `[L]`: how it ends.
    pub end_transitions: Tensor<Rank1<L>>,
}

impl<const L: usize> Default for Crf<L> {
    /// Evenly from -0.1 to 0.1.
    fn default() -> Self {
        let small = |sizes: &[usize]| Raw::new(crate::random::uniform(sizes, -0.1, 0.1)).requires_grad();
        Crf {
            transitions: Tensor::from_raw(small(&[L, L])),
            start_transitions: Tensor::from_raw(small(&[L])),
            end_transitions: Tensor::from_raw(small(&[L])),
        }
    }
}

impl<const L: usize> Crf<L> {
    /// The mean negative log-likelihood of the tags, given scores `[batch, steps, L]`. Of each sequence the first `lengths`
    /// steps count; `tags` holds one for every step, whatever stands behind the length.
    ///
    /// ***Panics*** if there are not as many tags, one is not below `L`, or a length is 0 or more than the steps.
    #[track_caller]
    pub fn loss<B: Dim, T: Dim>(
        &self,
        emissions: &Tensor<(B, T, Const<L>)>,
        tags: &(impl Indices + ?Sized),
        lengths: &[usize],
    ) -> Tensor<()> {
        Tensor::from_raw(ops::crf(emissions.raw(), self.chain(), &tags.indices(), lengths))
    }

    /// The likeliest tags of each sequence, as many as its length says.
    ///
    /// ***Panics*** if a length is 0 or more than the steps.
    #[track_caller]
    pub fn decode<B: Dim, T: Dim>(
        &self,
        emissions: &Tensor<(B, T, Const<L>)>,
        lengths: &[usize],
    ) -> Vec<Vec<usize>> {
        ops::crf_decode(emissions.raw(), self.chain(), lengths)
    }

    fn chain(&self) -> Chain<'_> {
        Chain {
            transitions: self.transitions.raw(),
            start: self.start_transitions.raw(),
            end: self.end_transitions.raw(),
        }
    }
}

/// The names are those of pytorch-crf.
impl<const L: usize> Module for Crf<L> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("start_transitions", self.start_transitions.raw());
        visitor.parameter("end_transitions", self.end_transitions.raw());
        visitor.parameter("transitions", self.transitions.raw());
    }
}
