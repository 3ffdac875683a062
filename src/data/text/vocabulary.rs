//! [`Vocabulary`]: a number for each word.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::words::{by_count, count};
use super::{TextEncoder, words};
use crate::io::files::replace;

/// What short texts are filled up with, number 0.
const PADDING: &str = "<pad>";
/// Words that have no number of their own, number 1.
const UNKNOWN: &str = "<unk>";

/// Why a vocabulary could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The file cannot be written.
    #[error("cannot write the vocabulary `{path}`: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read the vocabulary `{path}`: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds no vocabulary.
    #[error("`{path}` is not a vocabulary: {problem}", path = .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// Words and their numbers: `<pad>`, which fills up short texts, is 0; `<unk>`, which stands for all words that are not in it,
/// is 1; then come the words, the most frequent first.
///
/// ```
/// use ferrolab::data::text::Vocabulary;
/// let vocabulary = Vocabulary::builder().min_count(2).build(["one fish", "two fish", "red fish, blue fish"]);
/// assert_eq!(vocabulary.words(), ["<pad>", "<unk>", "fish"]);
/// let numbers = vocabulary.encode("A fish!");
/// assert_eq!(numbers, [1, 2, 1]);
/// assert_eq!(vocabulary.decode(&numbers), "<unk> fish <unk>");
/// ```
#[derive(Clone)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, usize>,
}

/// Which words a vocabulary takes. Made by [`Vocabulary::builder`].
#[derive(Clone, Copy, Debug)]
pub struct VocabularyBuilder {
    min_count: usize,
    max_size: usize,
}

impl VocabularyBuilder {
    /// Only words that occur at least so often.
    pub fn min_count(mut self, count: usize) -> Self {
        self.min_count = count;
        self
    }

    /// At most so many words, `<pad>` and `<unk>` among them: those that occur most often.
    ///
    /// ***Panics*** if that is less than 2.
    #[track_caller]
    pub fn max_size(mut self, words: usize) -> Self {
        assert!(words >= 2, "max_size: <pad> and <unk> alone are 2 words, got {words}");
        self.max_size = words;
        self
    }

    /// Counts the [`words`] of texts. Among equally frequent ones, the first in the alphabet comes first, so that the same texts
    /// give the same numbers.
    pub fn build<S: AsRef<str>>(self, texts: impl IntoIterator<Item = S>) -> Vocabulary {
        let mut counts = HashMap::new();
        texts.into_iter().for_each(|text| count(words(text.as_ref()), &mut counts));
        self.chosen(counts)
    }

    /// Counts tokens that are cut already and stay as they are, capitals and all: endings of words, letters, tags.
    ///
    /// ```
    /// use ferrolab::data::text::Vocabulary;
    /// let endings = Vocabulary::builder().build_tokens(["ite", "iah", "ite"]);
    /// assert_eq!(endings.words(), ["<pad>", "<unk>", "ite", "iah"]);
    /// ```
    pub fn build_tokens<S: Into<String>>(self, tokens: impl IntoIterator<Item = S>) -> Vocabulary {
        let mut counts = HashMap::new();
        tokens.into_iter().for_each(|token| *counts.entry(token.into()).or_default() += 1);
        self.chosen(counts)
    }

    fn chosen(self, counts: HashMap<String, usize>) -> Vocabulary {
        let counts = by_count(counts).into_iter().filter(|(_, count)| *count >= self.min_count);
        let words = counts.map(|(word, _)| word).take(self.max_size - 2);
        Vocabulary::of([PADDING, UNKNOWN].map(String::from).into_iter().chain(words).collect())
    }
}

/// The file: a list of the words, in the order of their numbers.
#[derive(Serialize, Deserialize)]
struct File {
    words: Vec<String>,
}

impl Vocabulary {
    /// All words, unless the builder is told otherwise.
    pub fn builder() -> VocabularyBuilder {
        VocabularyBuilder { min_count: 1, max_size: usize::MAX }
    }

    fn of(words: Vec<String>) -> Self {
        let numbers = words.iter().enumerate().map(|(number, word)| (word.clone(), number)).collect();
        Vocabulary { words, numbers }
    }

    /// The words in the order of their numbers.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How many words there are, `<pad>` and `<unk>` among them: the first size of an embedding.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Never: `<pad>` and `<unk>` are always there.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of a word, if it has one of its own.
    pub fn number(&self, word: &str) -> Option<usize> {
        self.numbers.get(word).copied()
    }

    /// The numbers of the [`words`] of a text, 1 for those that have none.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        words(text).iter().map(|word| self.number(word).unwrap_or(1)).collect()
    }

    /// The words of these numbers with spaces between, without the padding.
    ///
    /// ***Panics*** if a number has no word.
    #[track_caller]
    pub fn decode(&self, numbers: &[usize]) -> String {
        let words: Vec<&str> =
            numbers.iter().filter(|&&number| number != 0).map(|&number| self.word(number)).collect();
        words.join(" ")
    }

    #[track_caller]
    fn word(&self, number: usize) -> &str {
        assert!(number < self.len(), "there is no word {number} in a vocabulary of {}", self.len());
        &self.words[number]
    }

    /// Writes the words to a JSON file: `{"words": ["<pad>", "<unk>", …]}`.
    ///
    /// # Errors
    /// [`VocabularyError::Write`] if the folder is missing, read-only or full.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), VocabularyError> {
        let path = path.as_ref();
        let failed = |source| VocabularyError::Write { path: path.into(), source };
        let file = File { words: self.words.clone() };
        let content = serde_json::to_vec(&file).map_err(|error| failed(io::Error::other(error)))?;
        replace(path, &content).map_err(failed)
    }

    /// Reads the words from a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`VocabularyError::Read`], or [`VocabularyError::Format`] if the file is of another kind.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, VocabularyError> {
        let path = path.as_ref();
        let content = fs::read(path).map_err(|source| VocabularyError::Read { path: path.into(), source })?;
        let format = |problem: String| VocabularyError::Format { path: path.into(), problem };
        let File { words } = serde_json::from_slice(&content).map_err(|error| format(error.to_string()))?;
        if words.len() < 2 || words[..2] != [PADDING, UNKNOWN] {
            return Err(format(format!("its first words are not {PADDING} and {UNKNOWN}")));
        }
        let vocabulary = Self::of(words);
        if vocabulary.numbers.len() < vocabulary.len() {
            return Err(format("a word occurs twice".into()));
        }
        Ok(vocabulary)
    }
}

impl TextEncoder for Vocabulary {
    fn encode(&self, text: &str) -> Vec<usize> {
        self.encode(text)
    }
}

/// `Vocabulary(10000 words: <pad>, <unk>, the, a, …)`
impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.len() > 6 { ", …" } else { "" };
        write!(f, "Vocabulary({} words: {}{more})", self.len(), self.words[..self.len().min(6)].join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_come_first_and_rare_ones_not_at_all() {
        let texts = ["b b b a a c", "d a b c e"];
        let words = |builder: VocabularyBuilder| builder.build(texts).words()[2..].join(" ");
        assert_eq!(words(Vocabulary::builder()), "b a c d e");
        assert_eq!(words(Vocabulary::builder().min_count(2)), "b a c");
        assert_eq!(words(Vocabulary::builder().max_size(4)), "b a");
        assert_eq!(
            format!("{:?}", Vocabulary::builder().build(texts)),
            "Vocabulary(7 words: <pad>, <unk>, b, a, c, d, …)"
        );
    }

    #[test]
    fn a_file_gives_back_the_same_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.json");
        let vocabulary = Vocabulary::builder().build(["„Grüße“ — said \"no one\"\n"]);
        vocabulary.save(&path).unwrap();
        let loaded = Vocabulary::load(&path).unwrap();
        assert_eq!(loaded.words(), vocabulary.words());
        assert_eq!(loaded.encode("No grüße"), vocabulary.encode("No grüße"));
        let text = |content: &str| {
            fs::write(&path, content).unwrap();
            Vocabulary::load(&path).unwrap_err().to_string()
        };
        assert!(text("{}").contains("words.json` is not a vocabulary: missing field `words`"));
        assert!(text(r#"{"words": ["a"]}"#).ends_with("its first words are not <pad> and <unk>"));
        assert!(text(r#"{"words": ["<pad>", "<unk>", "a", "a"]}"#).ends_with("a word occurs twice"));
    }

    #[test]
    #[should_panic(expected = "there is no word 9 in a vocabulary of 3")]
    fn a_number_without_a_word_panics() {
        Vocabulary::builder().build(["a"]).decode(&[2, 9]);
    }
}
