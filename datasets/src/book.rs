//! A book as one long text: `Book`.

use std::fmt;

use crate::Card;
use crate::describe::Description;

/// A book, for models of language.
///
/// ```
/// let book = ferrolab_datasets::pride_and_prejudice()?;
/// assert!(book.text.contains("It is a truth universally acknowledged"));
/// assert_eq!(book.author, "Jane Austen");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Book {
    /// Its title.
    pub title: &'static str,
    /// Who wrote it.
    pub author: &'static str,
    /// All of it: printed lines, an empty line between paragraphs.
    pub text: String,
    /// Which set it is.
    pub card: Option<&'static Card>,
}

impl Book {
    /// Every character that the book has, once, in the order of Unicode: the vocabulary of a model of characters.
    ///
    /// ```
    /// let letters = ferrolab_datasets::emma()?.characters();
    /// assert!(letters.contains(&'e') && letters.is_sorted());
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn characters(&self) -> Vec<char> {
        let mut characters: Vec<_> = self.text.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        characters
    }

    /// The beginning to learn from and the end to test with, cut between two paragraphs: `share` of the text, or a little more, is in
    /// the first part.
    ///
    /// ***Panics*** unless `share` is from 0 to 1.
    ///
    /// ```
    /// let book = ferrolab_datasets::emma()?;
    /// let (train, test) = book.split(0.9);
    /// assert_eq!(train.len() + test.len(), book.text.len());
    /// assert!(train.ends_with("\n\n"));
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    #[track_caller]
    pub fn split(&self, share: f64) -> (&str, &str) {
        assert!((0.0..=1.0).contains(&share), "a share is from 0 to 1, found {share}");
        let wanted = (self.text.len() as f64 * share) as usize;
        let mut paragraphs = self.text.match_indices("\n\n").map(|(index, gap)| index + gap.len());
        self.text.split_at(paragraphs.find(|&end| end >= wanted).unwrap_or(self.text.len()))
    }

    /// What is in the book, for people.
    pub fn describe(&self) -> Description {
        let (words, lines) = (self.text.split_whitespace().count(), self.text.lines().count());
        let sizes = format!("{} characters, {words} words, {lines} lines", self.text.chars().count());
        let characters: String =
            self.characters().into_iter().filter(|letter| !letter.is_whitespace()).collect();
        Description::new(self.card, self.title)
            .line("text", &sizes)
            .line("vocabulary", &format!("{} characters", self.characters().len()))
            .example("", &characters)
            .line("begins", "")
            .example("", self.text.get(..self.text.len().min(400)).unwrap_or(&self.text))
            .card(self.card)
    }
}

/// A summary, not the text: `Book("Emma" by Jane Austen, 883028 bytes)`.
impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Book({:?} by {}, {} bytes)", self.title, self.author, self.text.len())
    }
}
