//! [`BagOfWords`]: a text as one number for each word of a vocabulary, whatever the order of the words.

use std::collections::BTreeMap;

use super::super::slow::SlowBar;
use super::super::{Dataset, DatasetError};
use super::Vocabulary;
use crate::shape::Rank1;

/// A text as `V` numbers, one for each word of a vocabulary: how often the word occurs, or that number weighted by how rare the
/// word is. Column `i` belongs to the word with the number `i`; `<pad>` and `<unk>`, numbers 0 and 1, are not counted.
///
/// ```
/// use ferrolab::data::text::{BagOfWords, Vocabulary};
/// let vocabulary = Vocabulary::builder().build(["a good film", "a bad film"]);
/// assert_eq!(vocabulary.words()[2..], ["a", "film", "bad", "good"]);
/// let bag = BagOfWords::<6>::counts(&vocabulary);
/// assert_eq!(bag.encode("Good, good film!"), [0.0, 0.0, 0.0, 1.0, 0.0, 2.0]);
/// ```
///
/// The numbers are those of scikit-learn's `CountVectorizer` and `TfidfVectorizer` for the same words.
#[derive(Clone, Debug)]
pub struct BagOfWords<const V: usize> {
    vocabulary: Vocabulary,
    /// Of each column, by [`tf_idf`](Self::tf_idf).
    idf: Option<Vec<f32>>,
}

impl<const V: usize> BagOfWords<V> {
    /// How often each word occurs.
    ///
    /// ***Panics*** if the vocabulary has more than `V` words: build it with `.max_size(V)`.
    #[track_caller]
    pub fn counts(vocabulary: &Vocabulary) -> Self {
        let words = vocabulary.len();
        assert!(words <= V, "a bag of {V} words is too small for a vocabulary of {words}: `.max_size({V})`");
        BagOfWords { vocabulary: vocabulary.clone(), idf: None }
    }

    /// How often each word occurs, times how rare it is in these texts, as a vector of length 1. The weight of a word that is in
    /// `d` of `n` texts is its inverse document frequency, `ln((1 + n) / (1 + d)) + 1` (Spärck Jones 1972, with the
    /// smoothing of scikit-learn).
    ///
    /// ```
    /// use ferrolab::data::text::{BagOfWords, Vocabulary};
    /// let texts = ["a good film", "a bad film", "a long book"];
    /// let vocabulary = Vocabulary::builder().build(texts);
    /// let bag = BagOfWords::<10>::tf_idf(&vocabulary, texts);
    /// let number = |word| vocabulary.number(word).unwrap();
    /// assert_eq!(bag.idf()[number("a")], 1.0); // it is in all texts
    /// assert!(bag.idf()[number("book")] > bag.idf()[number("film")]);
    /// ```
    ///
    /// ***Panics*** if the vocabulary has more than `V` words.
    #[track_caller]
    pub fn tf_idf<S: AsRef<str>>(vocabulary: &Vocabulary, texts: impl IntoIterator<Item = S>) -> Self {
        let mut bag = Self::counts(vocabulary);
        let (mut count, mut with_word) = (0, vec![0; V]);
        for text in texts {
            bag.counted(text.as_ref()).keys().for_each(|&word| with_word[word] += 1);
            count += 1;
        }
        bag.idf = Some(with_word.into_iter().map(|with_word| rarity(count, with_word)).collect());
        bag
    }

    /// The inverse document frequency of each column; empty unless the bag was made by [`tf_idf`](Self::tf_idf).
    pub fn idf(&self) -> &[f32] {
        self.idf.as_deref().unwrap_or_default()
    }

    /// The `V` numbers of a text.
    pub fn encode(&self, text: &str) -> Vec<f32> {
        dense(&self.sparse(text), V)
    }

    /// How often each word of the vocabulary is in a text.
    fn counted(&self, text: &str) -> BTreeMap<usize, f32> {
        let mut counts = BTreeMap::new();
        for word in self.vocabulary.encode(text).into_iter().filter(|&word| word > 1) {
            *counts.entry(word).or_default() += 1.0;
        }
        counts
    }

    /// The columns that are not zero.
    fn sparse(&self, text: &str) -> Vec<(u32, f32)> {
        let mut row: Vec<(u32, f32)> =
            self.counted(text).into_iter().map(|(word, n)| (word as u32, n)).collect();
        if let Some(idf) = &self.idf {
            row.iter_mut().for_each(|(word, value)| *value *= idf[*word as usize]);
            let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            row.iter_mut().for_each(|(_, value)| *value /= length);
        }
        row
    }
}

fn rarity(texts: usize, with_word: usize) -> f32 {
    ((1 + texts) as f32 / (1 + with_word) as f32).ln() + 1.0
}

fn dense(row: &[(u32, f32)], len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    row.iter().for_each(|&(word, value)| values[word as usize] = value);
    values
}

impl<const V: usize, const CLASSES: usize> Dataset<Rank1<V>, CLASSES> {
    /// From texts and their classes: the [bag of words](BagOfWords) of each. Only the words that occur are kept; rows of `V`
    /// numbers are made of them when they are needed.
    ///
    /// ```
    /// use ferrolab::data::text::{BagOfWords, Vocabulary};
    /// use ferrolab::prelude::*;
    /// let texts = ["A good film!", "A bad film.", "Good, good, good.", "Bad!"];
    /// let bag = BagOfWords::<10>::tf_idf(&Vocabulary::builder().build(texts), texts);
    /// let reviews = Dataset::<Rank1<10>, 2>::from_bags(texts, vec![1, 0, 1, 0], &bag)?;
    ///
    /// let mut model = sequential!(Input([10]).dense(2));
    /// let history = Trainer::new(Adam::new(0.05)).epochs(40).fit(&mut model, &reviews);
    /// assert_eq!(*history.accuracy.last().unwrap(), 1.0);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError::Texts`] if there are not as many texts as labels, [`DatasetError::Label`] if a label is not below
    /// `CLASSES`.
    pub fn from_bags<S: AsRef<str>>(
        texts: impl IntoIterator<Item = S>,
        labels: Vec<usize>,
        bag: &BagOfWords<V>,
    ) -> Result<Self, DatasetError> {
        let mut bar = SlowBar::new(labels.len(), "counting words");
        let mut rows = Vec::with_capacity(labels.len());
        for text in texts {
            rows.push(bag.sparse(text.as_ref()));
            bar.inc(1);
        }
        if rows.len() != labels.len() {
            return Err(DatasetError::Texts { texts: rows.len(), labels: labels.len() });
        }
        Self::lazy(labels, move |row| dense(&rows[row], V))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_known_words_is_all_zeros() {
        let vocabulary = Vocabulary::builder().build(["a b"]);
        let bag = BagOfWords::<4>::tf_idf(&vocabulary, ["a", "b"]);
        assert_eq!(bag.encode("x y"), [0.0; 4]);
        let data = Dataset::<Rank1<4>, 2>::from_bags(["a a", "?"], vec![0, 1], &bag).unwrap();
        assert_eq!(data.batch(&[0, 1]).0.to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn texts_and_labels_are_as_many() {
        let bag = BagOfWords::<3>::counts(&Vocabulary::builder().build(["a"]));
        let error = Dataset::<Rank1<3>, 2>::from_bags(["a"], vec![0, 1], &bag).unwrap_err();
        assert_eq!(error, DatasetError::Texts { texts: 1, labels: 2 });
    }

    #[test]
    #[should_panic(expected = "a bag of 3 words is too small for a vocabulary of 4: `.max_size(3)`")]
    fn the_vocabulary_fits() {
        BagOfWords::<3>::counts(&Vocabulary::builder().build(["a b"]));
    }
}
