//! [`Rows`]: what a labelled data set is underneath, without types: values, labels, and which rows are taken in which order.

use std::borrow::Cow;
use std::sync::Arc;

use super::feed::{Content, Feed, Table};
use super::values::{Change, Values};
use crate::raw::Raw;

/// Why values and labels make no data set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There are not as many values as the labels need.
    #[error("{labels} labels need {expected} values ({row:?} each), found {found}")]
    Values {
        /// How many labels there are.
        labels: usize,
        /// The shape of a row.
        row: Vec<usize>,
        /// How many values they need.
        expected: usize,
        /// How many values there are.
        found: usize,
    },
    /// The values do not divide into rows.
    #[error("{found} {what} are no whole number of rows of shape {row:?}, which have {size} values each")]
    Rows {
        /// What they are: inputs or targets.
        what: &'static str,
        /// The shape of a row.
        row: Vec<usize>,
        /// How many values a row has.
        size: usize,
        /// How many values there are.
        found: usize,
    },
    /// There are not as many targets as inputs.
    #[error("expected as many inputs as targets, found {inputs} inputs and {targets} targets")]
    Targets {
        /// How many inputs there are.
        inputs: usize,
        /// How many targets there are.
        targets: usize,
    },
    /// There are not as many labels as texts.
    #[error("expected as many texts as labels, found {texts} texts and {labels} labels")]
    Texts {
        /// How many texts there are.
        texts: usize,
        /// How many labels there are.
        labels: usize,
    },
    /// A label is no class.
    #[error("label {label} of row {row} is not below the number of classes, {classes}")]
    Label {
        /// The row that it belongs to.
        row: usize,
        /// The label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The pictures are of another shape than the data set's rows.
    #[error(
        "the data set is for rows of shape {expected:?}, the pictures are of shape {found:?}: change its first argument"
    )]
    Shape {
        /// The shape of the data set's rows.
        expected: Vec<usize>,
        /// The shape of the pictures.
        found: Vec<usize>,
    },
    /// The pictures have another number of classes than the data set.
    #[error("the data set is for {expected} classes, the pictures have {found}: change its second argument")]
    Classes {
        /// How many the data set is for.
        expected: usize,
        /// How many the pictures have.
        found: usize,
    },
    /// There are not as many names as classes.
    #[error("expected {expected} class names, found {found}")]
    Names {
        /// How many classes there are.
        expected: usize,
        /// How many names there are.
        found: usize,
    },
    /// A tokenizer has more tokens than the data set.
    #[error("the data set is for {expected} tokens, the tokenizer has {found}: change its argument")]
    Tokens {
        /// How many the data set is for.
        expected: usize,
        /// How many the tokenizer has.
        found: usize,
    },
    /// A series is shorter than a window.
    #[error("a series of {found} steps has no window of {expected}")]
    Series {
        /// How many steps a window has.
        expected: usize,
        /// How many steps the series has.
        found: usize,
    },
}

/// Rows of numbers, each with a class. Cloning and taking a part share the numbers.
#[derive(Clone)]
pub(crate) struct Rows {
    values: Values,
    /// As many as there are rows.
    labels: Arc<[usize]>,
    classes: Arc<[String]>,
}

impl Rows {
    pub(crate) fn new(
        values: Vec<f32>,
        labels: Vec<usize>,
        sizes: &[usize],
        classes: Vec<String>,
    ) -> Result<Rows, DatasetError> {
        let row: usize = sizes.iter().product();
        if labels.len().checked_mul(row) != Some(values.len()) {
            let expected = labels.len().saturating_mul(row);
            let (labels, row, found) = (labels.len(), sizes.to_vec(), values.len());
            return Err(DatasetError::Values { labels, row, expected, found });
        }
        Self::of(Values::new(values, labels.len(), sizes), labels, classes)
    }

    /// From rows and as many labels.
    pub(crate) fn of(values: Values, labels: Vec<usize>, classes: Vec<String>) -> Result<Rows, DatasetError> {
        if let Some((row, &label)) = labels.iter().enumerate().find(|&(_, &label)| label >= classes.len()) {
            return Err(DatasetError::Label { row, label, classes: classes.len() });
        }
        Ok(Rows { values, labels: labels.into(), classes: classes.into() })
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    pub(crate) fn sizes(&self) -> &[usize] {
        self.values.sizes()
    }

    pub(crate) fn classes(&self) -> &[String] {
        &self.classes
    }

    pub(crate) fn labels(&self) -> &[usize] {
        &self.labels
    }

    pub(crate) fn with_classes(mut self, classes: Vec<String>) -> Result<Rows, DatasetError> {
        let (expected, found) = (self.classes.len(), classes.len());
        if expected != found {
            return Err(DatasetError::Names { expected, found });
        }
        self.classes = classes.into();
        Ok(self)
    }

    /// The values of one row.
    ///
    /// ***Panics*** if there is no such row.
    #[track_caller]
    pub(crate) fn row(&self, position: usize) -> Cow<'_, [f32]> {
        self.values.row(position)
    }

    /// The rows at these positions as one tensor, the batch dimension in front, and their labels.
    #[track_caller]
    pub(crate) fn batch(&self, positions: &[usize]) -> (Raw, Vec<usize>) {
        let x = self.values.gather(positions);
        (x, positions.iter().map(|&position| self.labels[position]).collect())
    }

    /// The rows at these positions as a data set that shares their values.
    #[track_caller]
    pub(crate) fn part(&self, positions: &[usize]) -> Rows {
        let values = self.values.part(positions);
        Rows {
            values,
            labels: positions.iter().map(|&position| self.labels[position]).collect(),
            ..self.clone()
        }
    }

    /// These rows, then the others.
    ///
    /// ***Panics*** if the classes have other names.
    #[track_caller]
    pub(crate) fn concat(&self, other: &Rows) -> Rows {
        let (names, others) = (&self.classes, &other.classes);
        assert!(names == others, "concat: the classes differ: {names:?} and {others:?}");
        Rows {
            values: self.values.concat(&other.values),
            labels: self.labels.iter().chain(&*other.labels).copied().collect(),
            classes: self.classes.clone(),
        }
    }

    /// New values, perhaps of another shape, each row computed from the old one.
    pub(crate) fn map(&self, sizes: &[usize], change: Arc<Change>) -> Rows {
        Rows { values: self.values.map(sizes, change), ..self.clone() }
    }

    /// The same rows, read now.
    #[track_caller]
    pub(crate) fn in_memory(&self) -> Rows {
        Rows { values: self.values.in_memory(), ..self.clone() }
    }

    /// The batches of these rows.
    pub(crate) fn feed(&self) -> Feed<'static> {
        Feed::Table(Box::new(self.clone()))
    }

    /// How many rows each class has.
    pub(crate) fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    }
}

impl Table for Rows {
    fn len(&self) -> usize {
        self.len()
    }

    fn is_lazy(&self) -> bool {
        self.values.is_lazy()
    }

    fn batch(&self, positions: &[usize]) -> Content {
        let (x, labels) = self.batch(positions);
        Content::Labelled(x, labels)
    }
}
