//! Data sets in parts: `Split` for training and test, `DevSplit` with one more to choose between models.

use crate::describe::Description;
use crate::{ImageSet, SentencePairs, TaggedSentences, TextSet};

/// A data set in two parts: rows to learn from and rows to test with, never seen in training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<T = ImageSet> {
    pub train: T,
    pub test: T,
}

/// A data set in three parts: to learn from, to choose between models, to test the chosen one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevSplit<T> {
    pub train: T,
    pub dev: T,
    pub test: T,
}

impl<T> Split<T> {
    /// Both parts, changed by `f`.
    ///
    /// ```
    /// let short = ferrolab_datasets::english_french()?.map(|pairs| pairs.up_to_words(6));
    /// assert!(short.train.source.iter().all(|sentence| sentence.split_whitespace().count() <= 6));
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Split<U> {
        Split { train: f(self.train), test: f(self.test) }
    }
}

/// `describe` for both parts at once; a macro in place of a public trait that users would have to import.
macro_rules! describe_split {
    ($($part:ty)*) => {$(
        impl Split<$part> {
            /// What is in the set, for people.
            pub fn describe(&self) -> Description {
                let card = self.train.card;
                let text = Description::new(card, "a data set in two parts");
                self.test.facts(self.train.facts(text, "train"), "test").card(card)
            }
        }
    )*};
}
describe_split! { ImageSet TextSet SentencePairs TaggedSentences }

impl DevSplit<TaggedSentences> {
    /// What is in the set, for people.
    pub fn describe(&self) -> Description {
        let card = self.train.card;
        let text = self.train.facts(Description::new(card, "a data set in three parts"), "train");
        self.test.facts(self.dev.facts(text, "dev"), "test").card(card)
    }
}

/// Which of `len` rows are for training and which for testing: every fifth is for testing. A rule rather than chance, so that
/// everyone tests with the same rows.
pub(crate) fn every_fifth(len: usize) -> Split<Vec<usize>> {
    let (test, train) = (0..len).partition(|row| row % 5 == 4);
    Split { train, test }
}
