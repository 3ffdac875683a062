//! Words with a rating: `Lexicon`.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use crate::delimited::{Format, Rows};
use crate::describe::Description;
use crate::{Card, DataError};

/// How positive or negative words are.
///
/// ```
/// let lexicon = ferrolab_datasets::vader_lexicon()?;
/// assert_eq!(lexicon.rating("great"), Some(3.1));
/// assert_eq!(lexicon.rating("table"), None);
/// assert!(lexicon.sum("A great film, not a horrible one.") > 0.0);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Lexicon {
    /// Words in small letters, and smileys, with the mean of their ratings: from -4, very negative, to 4, very positive.
    pub ratings: HashMap<String, f32>,
    /// Which set it is.
    pub card: Option<&'static Card>,
}

impl Lexicon {
    /// Number of words.
    pub fn len(&self) -> usize {
        self.ratings.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ratings.is_empty()
    }

    /// The rating of a word as it stands in the lexicon, in small letters.
    pub fn rating(&self, word: &str) -> Option<f32> {
        self.ratings.get(word).copied()
    }

    /// The ratings of all words of a text, added up. A word is what stands between white space, in small letters; if it is not known so,
    /// without the punctuation around it. Nothing is known of negations (“not good”): that is what a baseline is for.
    pub fn sum(&self, text: &str) -> f32 {
        let rating = |word: &str| {
            let word = word.to_lowercase();
            self.rating(&word)
                .or_else(|| self.rating(word.trim_matches(|letter: char| !letter.is_alphanumeric())))
        };
        text.split_whitespace().filter_map(rating).sum()
    }

    /// What is in the lexicon, for people.
    pub fn describe(&self) -> Description {
        let mut sorted: Vec<_> = self.ratings.iter().collect();
        sorted.sort_by(|a, b| a.1.total_cmp(b.1).then(a.0.cmp(b.0)));
        let list = |words: &[(&String, &f32)]| {
            let words: Vec<_> = words.iter().map(|(word, rating)| format!("{word} {rating}")).collect();
            words.join(", ")
        };
        let positive = sorted.iter().filter(|(_, rating)| **rating > 0.0).count();
        let rows = format!("{} words, {positive} positive, {} not", self.len(), self.len() - positive);
        Description::new(self.card, "a lexicon")
            .line("rows", &rows)
            .line("lowest", &list(&sorted[..sorted.len().min(5)]))
            .line("highest", &list(&sorted[sorted.len().saturating_sub(5)..]))
            .card(self.card)
    }
}

/// A summary, not the words: `Lexicon(7506 words)`.
impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lexicon({} words)", self.len())
    }
}

/// Reads the columns `token` and `mean` of a file with tabs, gzipped or not; of a word that comes twice the last rating counts.
pub(crate) fn read(path: &Path) -> Result<Lexicon, DataError> {
    let mut rows = Rows::open(path, Format::Tabs)?;
    let [token, mean] = rows.columns(["token", "mean"])?;
    let mut ratings = HashMap::new();
    while let Some(row) = rows.next()? {
        ratings.insert(row.text(token).to_owned(), row.number(mean, "a rating from -4 to 4")?);
    }
    Ok(Lexicon { ratings, card: None })
}
