//! Labelled texts in memory: `TextSet`, and a reader for tables of them.

use std::fmt;
use std::path::Path;

use crate::delimited::{Format, Rows};
use crate::describe::{Description, spread};
use crate::split::every_fifth;
use crate::{Card, DataError, Split};

/// Texts, each of one class.
///
/// ```
/// use ferrolab_datasets::TextSet;
///
/// let texts = vec!["good".into(), "bad".into(), "fine".into()];
/// let set = TextSet::new(texts, vec![1, 0, 1], vec!["negative".into(), "positive".into()])?;
/// assert_eq!(set.len(), 3);
/// assert_eq!(set.class_name(0), "positive");
/// assert_eq!(set.class_counts(), [1, 2]);
/// assert_eq!(set.iter().nth(1), Some(("bad", 0)));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextSet {
    /// The texts.
    pub texts: Vec<String>,
    /// One number a text: an index into `classes`.
    pub labels: Vec<usize>,
    /// The names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// Which set it is; `None` for texts of the user's own.
    pub card: Option<&'static Card>,
}

impl TextSet {
    /// A set from `N` texts, `N` labels and the names of the classes.
    ///
    /// # Errors
    /// [`DataError::TextParts`] if there are not as many labels as texts, or a label has no class.
    pub fn new(texts: Vec<String>, labels: Vec<usize>, classes: Vec<String>) -> Result<Self, DataError> {
        let refuse =
            |expected| Err(DataError::TextParts { texts: texts.len(), labels: labels.len(), expected });
        if texts.len() != labels.len() {
            return refuse("a label for each text".into());
        }
        if let Some(label) = labels.iter().find(|&&label| label >= classes.len()) {
            return refuse(format!("labels below the number of classes, {}, found {label}", classes.len()));
        }
        Ok(Self { texts, labels, classes, card: None })
    }

    /// A set from texts with the names of their classes; the classes are in the order of the alphabet.
    pub(crate) fn from_named(rows: Vec<(String, String)>) -> Self {
        let mut classes: Vec<_> = rows.iter().map(|(name, _)| name.clone()).collect();
        classes.sort_unstable();
        classes.dedup();
        let label = |name: &String| classes.binary_search(name).unwrap_or_default();
        let labels = rows.iter().map(|(name, _)| label(name)).collect();
        Self { texts: rows.into_iter().map(|(_, text)| text).collect(), labels, classes, card: None }
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The name of the class of text `index`.
    ///
    /// ***Panics*** if there is no such text.
    #[track_caller]
    pub fn class_name(&self, index: usize) -> &str {
        self.check(index);
        &self.classes[self.labels[index]]
    }

    /// Every text with its label, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        self.texts.iter().map(String::as_str).zip(self.labels.iter().copied())
    }

    /// How many texts each class has, in the order of `classes`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels {
            counts[label] += 1;
        }
        counts
    }

    /// The texts at these indices, in this order; an index may come more than once.
    ///
    /// ***Panics*** if there is no such text.
    #[track_caller]
    pub fn subset(&self, indices: &[usize]) -> Self {
        indices.iter().for_each(|&index| self.check(index));
        Self {
            texts: indices.iter().map(|&index| self.texts[index].clone()).collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
            classes: self.classes.clone(),
            card: self.card,
        }
    }

    /// Every fifth text for testing, the others for training: always the same ones.
    pub fn split(&self) -> Split<Self> {
        every_fifth(self.len()).map(|rows| self.subset(&rows))
    }

    /// What is in the set, for people.
    pub fn describe(&self) -> Description {
        self.facts(Description::new(self.card, "labelled texts"), "rows").card(self.card)
    }

    /// Adds what is in this part to a description.
    pub(crate) fn facts(&self, text: Description, part: &str) -> Description {
        let sizes = spread(self.texts.iter().map(|text| text.chars().count()));
        let names = self.classes.iter().map(String::as_str);
        let rows = format!("{} texts of {sizes} characters", self.len());
        let mut text = text.line(part, &rows).counts(names.zip(self.class_counts()));
        for label in 0..self.classes.len().min(3) {
            if let Some(row) = self.labels.iter().position(|&of| of == label) {
                text = text.example(&format!("{}: ", self.classes[label]), &self.texts[row]);
            }
        }
        text
    }

    #[track_caller]
    fn check(&self, index: usize) {
        assert!(index < self.len(), "there is no text {index} in a set of {}", self.len());
    }
}

/// A summary, not the texts: `TextSet(4456 texts, 2 classes)`.
impl fmt::Debug for TextSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextSet({} texts, {} classes)", self.len(), self.classes.len())
    }
}

/// Reads the texts in one column of a CSV file and their classes in another, gzipped or not.
///
/// The file is UTF-8 with a header line. The classes are in the order of the alphabet.
///
/// ```
/// use ferrolab_datasets::{path, read_texts};
///
/// let mails = read_texts(path("spamassassin/spamassassin.csv.gz"), "subject", "group")?;
/// assert_eq!(mails.classes[2], "hard-ham-1");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] with the line if a column is not there or the file is damaged.
pub fn read_texts(path: impl AsRef<Path>, text: &str, class: &str) -> Result<TextSet, DataError> {
    let mut rows = Rows::open(path.as_ref(), Format::Commas)?;
    let [text, class] = rows.columns([text, class])?;
    let mut named = Vec::new();
    while let Some(row) = rows.next()? {
        named.push((row.text(class).to_owned(), row.text(text).to_owned()));
    }
    Ok(TextSet::from_named(named))
}
