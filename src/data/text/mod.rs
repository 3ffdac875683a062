//! Texts as numbers: words, a [`Vocabulary`] that numbers them, [`SubWords`], which also number parts of words, and data sets of
//! those numbers; [`Characters`], for models that write letter by letter, [`NGram`], what such a model must beat, and [`sample`],
//! which draws the next token.
//!
//! | a text, or each of its tokens, has a class | becomes |
//! |---|---|
//! | text, whatever the order of its words | [`BagOfWords`], [`Dataset::from_bags`] |
//! | text, as a sequence of words | [`Dataset::from_texts`] |
//! | token | [`TokenFeatures`], [`TaggedDataset`], whose batches are [`PaddedTokens`] and [`PaddedTags`] |
//!
//! ```
//! use ferrolab::data::text::Vocabulary;
//! use ferrolab::prelude::*;
//! let texts = ["A good film!", "A bad film.", "Good, good, good.", "Bad!"];
//! let vocabulary = Vocabulary::builder().build(texts);
//! let reviews = Dataset::<Rank1<6>, 2>::from_texts(texts, vec![1, 0, 1, 0], &vocabulary)?;
//!
//! manual_seed(1);
//! let mut model = sequential!(Input([6]).embedding(10, 4).flatten().dense(2));
//! let history = Trainer::new(Adam::new(0.05)).epochs(40).fit(&mut model, &reviews);
//! assert_eq!(*history.accuracy.last().unwrap(), 1.0);
//! # Ok::<(), ferrolab::data::DatasetError>(())
//! ```

mod bag_of_words;
mod batching;
mod characters;
mod entity_view;
mod n_gram;
mod name_dictionary;
mod padded;
mod sample;
mod subwords;
mod tagged_dataset;
mod token_features;
mod token_pairs;
mod vocabulary;
mod words;

pub use bag_of_words::BagOfWords;
pub use characters::Characters;
pub use entity_view::EntityView;
pub use n_gram::NGram;
pub use name_dictionary::NameDictionary;
pub use padded::{PaddedTags, PaddedTokens};
pub use sample::sample;
pub use subwords::SubWords;
pub use tagged_dataset::TaggedDataset;
pub use token_features::{TokenFeatures, prefix, suffix, word_shape};
pub use token_pairs::{PairBatch, TokenBatch, TokenPairs};
pub use vocabulary::{Vocabulary, VocabularyBuilder, VocabularyError};
pub use words::{tokens, word_counts, words};

use super::slow::SlowBar;
use super::{Dataset, DatasetError, Rows, dataset};
use crate::raw::Raw;
use crate::shape::{Const, Dim, Rank1};
use crate::tensor::Tensor;

/// Makes numbers of a text, which an embedding looks up: a [`Vocabulary`], or a tokenizer of one's own.
pub trait TextEncoder {
    /// The numbers of the words, or parts of words, in the order of the text.
    fn encode(&self, text: &str) -> Vec<usize>;

    /// The number that fills up texts that are shorter than others.
    fn padding(&self) -> usize {
        0
    }
}

impl<const T: usize, const CLASSES: usize> Dataset<Rank1<T>, CLASSES> {
    /// From texts and their classes: the first `T` words of each as numbers, filled up with the padding's number behind. The
    /// numbers stand as floats, which is how `.embedding(…)` takes them.
    ///
    /// # Errors
    /// [`DatasetError::Texts`] if there are not as many texts as labels, [`DatasetError::Label`] if a label is not below
    /// `CLASSES`.
    pub fn from_texts<S: AsRef<str>>(
        texts: impl IntoIterator<Item = S>,
        labels: Vec<usize>,
        encoder: &impl TextEncoder,
    ) -> Result<Self, DatasetError> {
        let texts = &mut texts.into_iter();
        let next = &mut || texts.next().map(|text| encoder.encode(text.as_ref()));
        Ok(Self::from_rows(encoded(next, encoder.padding(), T, labels, CLASSES)?))
    }
}

/// The numbers of all texts, `len` of each.
fn encoded(
    next: &mut dyn FnMut() -> Option<Vec<usize>>,
    padding: usize,
    len: usize,
    labels: Vec<usize>,
    classes: usize,
) -> Result<Rows, DatasetError> {
    let mut bar = SlowBar::new(labels.len(), "encoding texts");
    let (mut values, mut texts) = (Vec::with_capacity(labels.len() * len), 0);
    while let Some(numbers) = next() {
        values.extend(padded(&numbers, len, padding).iter().map(|&number| number as f32));
        texts += 1;
        bar.inc(1);
    }
    if texts != labels.len() {
        return Err(DatasetError::Texts { texts, labels: labels.len() });
    }
    Rows::new(values, labels, &[len], dataset::numbers(classes))
}

/// The first `len` numbers, filled up behind with `padding`.
///
/// ```
/// use ferrolab::data::text::padded;
/// assert_eq!(padded(&[7, 8, 9], 5, 0), [7, 8, 9, 0, 0]);
/// assert_eq!(padded(&[7, 8, 9], 2, 0), [7, 8]);
/// ```
pub fn padded(numbers: &[usize], len: usize, padding: usize) -> Vec<usize> {
    numbers.iter().copied().chain(std::iter::repeat(padding)).take(len).collect()
}

/// How many words each text of a batch has, without the zeros that it was filled up with: 1 + the place of the last other
/// number.
///
/// ```
/// use ferrolab::data::text::lengths;
/// use ferrolab::prelude::*;
/// let batch = Tensor::<Rank2<3, 4>>::from([[5.0, 0.0, 6.0, 0.0], [1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]);
/// assert_eq!(lengths(&batch), [3, 4, 0]);
/// ```
#[inline]
pub fn lengths<N: Dim, const T: usize>(batch: &Tensor<(N, Const<T>)>) -> Vec<usize> {
    lengths_of(batch.raw(), T)
}

fn lengths_of(batch: &Raw, len: usize) -> Vec<usize> {
    let length = |text: &[f32]| text.iter().rposition(|&number| number != 0.0).map_or(0, |last| last + 1);
    batch.to_vec().chunks(len.max(1)).map(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_filled_up() {
        let vocabulary = Vocabulary::builder().build(["a b c d"]);
        let data =
            Dataset::<Rank1<3>, 2>::from_texts(["b", "d c b a", "x a"], vec![0, 1, 1], &vocabulary).unwrap();
        let (x, labels) = data.batch(&[0, 1, 2]);
        assert_eq!(x.to_vec(), [3.0, 0.0, 0.0, 5.0, 4.0, 3.0, 1.0, 2.0, 0.0]);
        assert_eq!(labels.as_slice(), [0, 1, 1]);
        assert_eq!(lengths(&x), [1, 3, 2]);
    }

    #[test]
    fn texts_and_labels_are_as_many() {
        let vocabulary = Vocabulary::builder().build(["a"]);
        for texts in [&["a"][..], &["a", "a", "a"]] {
            let error = Dataset::<Rank1<3>, 2>::from_texts(texts, vec![0, 1], &vocabulary).unwrap_err();
            assert_eq!(error, DatasetError::Texts { texts: texts.len(), labels: 2 });
        }
    }
}
