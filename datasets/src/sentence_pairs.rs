//! Sentences with their translations: `SentencePairs`.

use std::fmt;

use crate::Card;
use crate::describe::{Description, spread};

/// Sentences in one language, each with its translation.
///
/// ```
/// let data = ferrolab_datasets::english_french()?;
/// assert_eq!(data.train.source[0], "What is Access2Base?");
/// assert_eq!(data.train.target[0], "Qu'est-ce que Access2Base ?");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentencePairs {
    /// The sentences.
    pub source: Vec<String>,
    /// Their translations, as many.
    pub target: Vec<String>,
    /// The languages of both, such as `["English", "French"]`.
    pub languages: [&'static str; 2],
    /// Which set it is.
    pub card: Option<&'static Card>,
}

impl SentencePairs {
    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Every sentence with its translation, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.source.iter().map(String::as_str).zip(self.target.iter().map(String::as_str))
    }

    /// The pairs with at most `words` words on each side; words are what stands between white space.
    #[must_use]
    pub fn up_to_words(&self, words: usize) -> Self {
        let fits = |text: &str| text.split_whitespace().count() <= words;
        self.pick(self.iter().filter(|(source, target)| fits(source) && fits(target)))
    }

    /// The first `count` pairs, or all.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        self.pick(self.iter().take(count))
    }

    fn pick<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (source, target) = pairs.map(|(source, target)| (source.to_owned(), target.to_owned())).unzip();
        Self { source, target, ..*self }
    }

    /// What is in the set, for people.
    pub fn describe(&self) -> Description {
        self.facts(Description::new(self.card, "sentence pairs"), "rows").card(self.card)
    }

    /// Adds what is in this part to a description.
    pub(crate) fn facts(&self, text: Description, part: &str) -> Description {
        let mut text = text.line(part, &format!("{} sentence pairs", self.len()));
        for (language, side) in self.languages.iter().zip([&self.source, &self.target]) {
            let words = spread(side.iter().map(|sentence| sentence.split_whitespace().count()));
            text = text.example("", &format!("{language}: {words} words"));
        }
        for (source, target) in self.iter().step_by((self.len() / 2).max(1)).take(2) {
            text = text.example("", source).example("→ ", target);
        }
        text
    }
}

/// A summary, not the sentences: `SentencePairs(36209 pairs, English → French)`.
impl fmt::Debug for SentencePairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [source, target] = self.languages;
        write!(f, "SentencePairs({} pairs, {source} → {target})", self.len())
    }
}
