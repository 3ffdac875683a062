//! [`PaddedTokens`] and [`PaddedTags`]: sentences of different lengths in one batch.

use std::borrow::Cow;

use super::padded;
use crate::dtype::{Indices, Values};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Dyn};
use crate::tensor::Tensor;

/// Sentences of different lengths as tensors: shorter ones are filled up behind with 0, the number of `<pad>`.
///
/// ```
/// use ferrolab::data::text::PaddedTokens;
/// let batch = PaddedTokens::new(&[&[vec![5, 6, 7]], &[vec![8]]]);
/// assert_eq!(batch.features[0].to_vec(), [5, 6, 7, 8, 0, 0]);
/// assert_eq!((batch.lengths, batch.features[0].shape()), (vec![3, 1], vec![2, 3]));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PaddedTokens<const F: usize> {
    /// Of each feature the numbers, `[sentences, tokens of the longest]`: what an [`Embedding`](crate::Embedding) takes.
    pub features: [Tensor<(usize, Dyn<'T'>), i64>; F],
    /// How many tokens each sentence has.
    pub lengths: Vec<usize>,
}

impl<const F: usize> PaddedTokens<F> {
    /// From the numbers of sentences: of each sentence `F` lists of equal length.
    ///
    /// ***Panics*** if there is no sentence, one has no token, or its lists differ in length.
    #[track_caller]
    pub fn new(sentences: &[&[Vec<usize>; F]]) -> Self {
        let lengths: Vec<usize> = sentences.iter().map(|lists| lists.first().map_or(0, Vec::len)).collect();
        let steps = steps(&lengths);
        let features = std::array::from_fn(|feature| {
            let mut values = Vec::with_capacity(lengths.len() * steps);
            for (lists, &length) in sentences.iter().zip(&lengths) {
                let found = lists[feature].len();
                assert!(
                    found == length,
                    "a sentence of {length} tokens has {found} numbers of feature {feature}"
                );
                values.extend(padded(&lists[feature], steps, 0).into_iter().map(|number| number as i64));
            }
            Tensor::from_stored(Values::new(&[lengths.len(), steps], values))
        });
        PaddedTokens { features, lengths }
    }

    /// How many tokens the longest sentence has.
    pub fn steps(&self) -> usize {
        steps(&self.lengths)
    }

    /// Of numbers that belong to the places of this batch, such as tags that a model found, those of each sentence without
    /// those of the padding.
    ///
    /// ```
    /// use ferrolab::data::text::PaddedTokens;
    /// use ferrolab::prelude::*;
    /// let batch = PaddedTokens::new(&[&[vec![5, 6, 7]], &[vec![8]]]);
    /// let scores = Tensor::<Rank3<2, 3, 4>>::zeros(); // of four tags
    /// assert_eq!(batch.unpadded(&scores.argmax()), [vec![0, 0, 0], vec![0]]);
    /// ```
    ///
    /// ***Panics*** if there is not a number for each place.
    #[track_caller]
    pub fn unpadded(&self, numbers: &(impl Indices + ?Sized)) -> Vec<Vec<usize>> {
        let (numbers, steps) = (numbers.indices(), self.steps());
        let (expected, found) = (self.lengths.len() * steps, numbers.len());
        assert!(found == expected, "unpadded: the batch has {expected} places, got {found} numbers");
        numbers.chunks(steps).zip(&self.lengths).map(|(row, &length)| row[..length].to_vec()).collect()
    }
}

/// The tags of a batch of sentences, numbers below `L`: what a tagger should say of [`PaddedTokens`]. A
/// [`Crf`](crate::nn::Crf) takes them as they are.
///
/// ```
/// use ferrolab::data::text::PaddedTags;
/// use ferrolab::nn::Crf;
/// use ferrolab::prelude::*;
/// let tags = PaddedTags::<5>::new(&[&[0, 1, 2], &[4]]);
/// let scores = Tensor::<Rank3<2, 3, 5>>::zeros(); // two sentences, three tokens, five tags
/// assert!((tags.cross_entropy(&scores).item() - 5f32.ln()).abs() < 1e-6);
/// let loss = Crf::<5>::default().loss(&scores, &tags, tags.lengths());
/// ```
#[derive(Clone, Debug)]
pub struct PaddedTags<const L: usize> {
    tags: Vec<usize>,
    lengths: Vec<usize>,
}

impl<const L: usize> PaddedTags<L> {
    /// From the tags of each sentence.
    ///
    /// ***Panics*** if there is no sentence, one has no tag, or a tag is not below `L`.
    #[track_caller]
    pub fn new(sentences: &[&[usize]]) -> Self {
        let lengths: Vec<usize> = sentences.iter().map(|tags| tags.len()).collect();
        let steps = steps(&lengths);
        if let Some(tag) = sentences.iter().copied().flatten().find(|&&tag| tag >= L) {
            panic!("expected tags below {L}, got {tag}");
        }
        PaddedTags { tags: sentences.iter().flat_map(|tags| padded(tags, steps, 0)).collect(), lengths }
    }

    /// How many tags each sentence has.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The mean over all tokens of the [`cross_entropy`](crate::cross_entropy) of their scores `[sentences, tokens, L]`. The
    /// padding does not count.
    ///
    /// ***Panics*** if there are not scores of as many sentences and tokens as there are tags.
    #[track_caller]
    pub fn cross_entropy<B: Dim, T: Dim>(&self, scores: &Tensor<(B, T, Const<L>)>) -> Tensor<()> {
        Tensor::from_raw(self.loss(scores.raw(), L))
    }

    #[track_caller]
    fn loss(&self, scores: &Raw, tags: usize) -> Raw {
        let (sentences, steps) = (self.lengths.len(), steps(&self.lengths));
        let (expected, found) = ([sentences, steps, tags], scores.sizes());
        assert!(
            found == expected,
            "cross_entropy: the tags need scores of shape {expected:?}, got {found:?}"
        );
        let places: Vec<usize> =
            (0..sentences).flat_map(|i| (0..self.lengths[i]).map(move |step| i * steps + step)).collect();
        let labels: Vec<usize> = places.iter().map(|&place| self.tags[place]).collect();
        let rows = ops::reshape(scores, &[sentences * steps, tags]);
        ops::cross_entropy(&ops::index_select(&rows, 0, &places), &labels)
    }
}

/// One tag for each place of the batch, 0 where there is padding.
impl<const L: usize> Indices for PaddedTags<L> {
    fn indices(&self) -> Cow<'_, [usize]> {
        Cow::Borrowed(&self.tags)
    }
}

#[track_caller]
fn steps(lengths: &[usize]) -> usize {
    assert!(
        !lengths.is_empty() && !lengths.contains(&0),
        "a batch has at least one sentence, a sentence one token"
    );
    lengths.iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rank3;

    #[test]
    fn the_padding_has_no_loss_and_no_gradient() {
        let tags = PaddedTags::<2>::new(&[&[0, 1], &[1]]);
        let scores =
            Tensor::<Rank3<2, 2, 2>>::from_vec(vec![1.0, 0.0, 0.0, 3.0, 0.0, 2.0, 9.0, -9.0]).requires_grad();
        let loss = tags.cross_entropy(&scores);
        let mean: f32 = [-1.0f32, -3.0, -2.0].iter().map(|x| x.exp().ln_1p()).sum::<f32>() / 3.0;
        assert!((loss.item() - mean).abs() < 1e-6);
        let gradient = loss.backward().of(&scores).to_vec();
        assert!(gradient[0] < 0.0 && gradient[6..] == [0.0, 0.0], "{gradient:?}");
    }

    #[test]
    #[should_panic(expected = "the tags need scores of shape [1, 2, 3], got [1, 4, 3]")]
    fn scores_and_tags_are_as_many() {
        PaddedTags::<3>::new(&[&[0, 2]]).cross_entropy(&Tensor::<Rank3<1, 4, 3>>::zeros());
    }

    #[test]
    #[should_panic(expected = "expected tags below 3, got 3")]
    fn tags_are_below_their_number() {
        PaddedTags::<3>::new(&[&[3]]);
    }

    #[test]
    #[should_panic(expected = "unpadded: the batch has 2 places, got 3 numbers")]
    fn there_is_a_number_for_each_place() {
        PaddedTokens::new(&[&[vec![1, 2]]]).unpadded(&[0, 0, 0]);
    }

    #[test]
    #[should_panic(expected = "a sentence of 2 tokens has 1 numbers of feature 1")]
    fn features_are_as_long_as_the_sentence() {
        PaddedTokens::new(&[&[vec![1, 2], vec![1]]]);
    }
}
