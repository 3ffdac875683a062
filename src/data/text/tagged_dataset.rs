//! [`TaggedDataset`]: sentences whose tokens have tags, to train a tagger on.

use std::sync::Arc;

use ferrolab_datasets::TaggedSentences;

use super::super::{DatasetError, Source};
use super::batching::alike;
use super::{PaddedTags, PaddedTokens, TokenFeatures};
use crate::random;

/// Sentences of different lengths, `F` numbers for each token, and one of `L` tags. A batch is as wide as its longest
/// sentence; while training, sentences that are nearly equally long come together. Cloning is cheap.
///
/// ```
/// use ferrolab::data::Source;
/// use ferrolab::data::text::{TaggedDataset, TokenFeatures};
/// use ferrolab::prelude::*;
/// let verses = datasets::ner_kjv()?.dev;
/// let sentences = verses.sentences.iter().map(|verse| &verse.tokens[..]);
/// let features = TokenFeatures::fit([|token| token.to_lowercase(), text::word_shape], [2000, 50], sentences);
/// let data = TaggedDataset::<2, 7>::new(&verses, &features)?;
///
/// let (batch, tags) = data.batch(&[0, 1]);
/// let [words, shapes] = &batch.features;
/// assert_eq!(words.shape(), [2, batch.steps()]);
/// assert_eq!(tags.lengths(), batch.lengths);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TaggedDataset<const F: usize, const L: usize> {
    sentences: Arc<Vec<Sentence<F>>>,
    word_dropout: f32,
}

struct Sentence<const F: usize> {
    features: [Vec<usize>; F],
    tags: Vec<usize>,
}

impl<const F: usize, const L: usize> TaggedDataset<F, L> {
    /// From tagged sentences; those without a token are left out.
    ///
    /// # Errors
    /// [`DatasetError::Label`] if a tag of the sentence `row` is not below `L`.
    pub fn new(data: &TaggedSentences, features: &TokenFeatures<F>) -> Result<Self, DatasetError> {
        let mut sentences = Vec::with_capacity(data.len());
        for (row, sentence) in data.sentences.iter().enumerate().filter(|(_, s)| !s.tokens.is_empty()) {
            if let Some(&label) = sentence.tags.iter().find(|&&tag| tag >= L) {
                return Err(DatasetError::Label { row, label, classes: L });
            }
            let features = features.encode(&sentence.tokens);
            sentences.push(Sentence { features, tags: sentence.tags.clone() });
        }
        Ok(TaggedDataset { sentences: Arc::new(sentences), word_dropout: 0.0 })
    }

    /// While batches are made, takes a word for an unknown one (number 1 of the first feature) with this probability, anew
    /// each time: so a model learns what to do with words it has never seen. For training only.
    ///
    /// ***Panics*** unless `rate` is at least 0 and below 1.
    #[track_caller]
    pub fn word_dropout(mut self, rate: f32) -> Self {
        assert!(
            (0.0..1.0).contains(&rate),
            "word_dropout: the rate must be at least 0 and below 1, got {rate}"
        );
        self.word_dropout = rate;
        self
    }

    /// Number of sentences.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    #[track_caller]
    fn sentence(&self, position: usize) -> &Sentence<F> {
        assert!(position < self.len(), "there is no sentence {position} in a data set of {}", self.len());
        &self.sentences[position]
    }
}

impl<const F: usize, const L: usize> Source for TaggedDataset<F, L> {
    type Input = PaddedTokens<F>;
    type Target = PaddedTags<L>;

    fn len(&self) -> usize {
        self.len()
    }

    fn batch(&self, positions: &[usize]) -> (PaddedTokens<F>, PaddedTags<L>) {
        let sentences: Vec<&Sentence<F>> =
            positions.iter().map(|&position| self.sentence(position)).collect();
        let tags: Vec<&[usize]> = sentences.iter().map(|sentence| &sentence.tags[..]).collect();
        let tokens = if self.word_dropout > 0.0 {
            let features = sentences.iter().map(|sentence| hidden(&sentence.features, self.word_dropout));
            PaddedTokens::new(&features.collect::<Vec<_>>().iter().collect::<Vec<_>>())
        } else {
            PaddedTokens::new(&sentences.iter().map(|sentence| &sentence.features).collect::<Vec<_>>())
        };
        (tokens, PaddedTags::new(&tags))
    }

    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        alike(order, batch_size, |position| self.sentences[position].tags.len())
    }

    /// Numbers only have to be copied.
    fn is_lazy(&self) -> bool {
        false
    }
}

/// A sentence in which some words are unknown.
fn hidden<const F: usize>(features: &[Vec<usize>; F], rate: f32) -> [Vec<usize>; F] {
    let mut features = features.clone();
    if let Some(words) = features.first_mut() {
        let coins = random::bernoulli(&[words.len()], rate);
        words
            .iter_mut()
            .zip(coins.values())
            .filter(|(_, coin)| **coin == 1.0)
            .for_each(|(word, _)| *word = 1);
    }
    features
}

/// `TaggedDataset(9291 sentences, 4 features a token, 7 tags)`
impl<const F: usize, const L: usize> std::fmt::Debug for TaggedDataset<F, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TaggedDataset({} sentences, {F} features a token, {L} tags)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verses() -> (TaggedSentences, TokenFeatures<1>) {
        let mut verses = ferrolab_datasets::ner_kjv().unwrap().dev;
        verses.sentences.truncate(20);
        let features = TokenFeatures::fit(
            [str::to_owned],
            [1000],
            verses.sentences.iter().map(|verse| &verse.tokens[..]),
        );
        (verses, features)
    }

    #[test]
    fn word_dropout_hides_words_but_no_padding() {
        crate::manual_seed(1);
        let (verses, features) = verses();
        let data = TaggedDataset::<1, 7>::new(&verses, &features).unwrap();
        let all: Vec<usize> = (0..20).collect();
        let plain = data.batch(&all).0.features[0].to_vec();
        let dropped = data.word_dropout(0.5).batch(&all).0.features[0].to_vec();
        let words = plain.iter().filter(|&&word| word > 1).count();
        let hidden = plain.iter().zip(&dropped).filter(|(a, b)| a != b).count();
        assert!(plain.iter().zip(&dropped).all(|(&a, &b)| a == b || (a > 0 && b == 1)));
        assert!(hidden > words / 3 && hidden < 2 * words / 3, "{hidden} of {words}");
    }

    #[test]
    fn an_epoch_has_every_sentence_once_and_little_padding() {
        let (verses, features) = verses();
        let data = TaggedDataset::<1, 7>::new(&verses, &features).unwrap();
        let order = data.arrange((0..20).rev().collect(), 3);
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<_>>());
        let padding = |order: &[usize]| -> usize {
            let batches = order.chunks(3).map(|batch| data.batch(batch).0.features[0].to_vec());
            batches.flatten().filter(|&word| word == 0).count()
        };
        assert!(padding(&order) < padding(&all) / 2, "{} of {}", padding(&order), padding(&all));
    }

    #[test]
    fn tags_beyond_the_type_are_refused() {
        let (verses, features) = verses();
        let error = TaggedDataset::<1, 1>::new(&verses, &features).unwrap_err();
        assert!(matches!(error, DatasetError::Label { row: 0, classes: 1, .. }), "{error}");
    }
}
