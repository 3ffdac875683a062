//! [`Rows`]: what a data set is underneath, without types: values, labels, and which rows are taken in which order.

use std::sync::Arc;

use crate::array::Array;
use crate::raw::Raw;

/// Why values and labels make no data set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    #[error("{labels} labels need {expected} values ({row:?} each), found {found}")]
    Values { labels: usize, row: Vec<usize>, expected: usize, found: usize },
    #[error("label {label} of row {row} is not below the number of classes, {classes}")]
    Label { row: usize, label: usize, classes: usize },
    #[error(
        "the data set is for rows of shape {expected:?}, the pictures are of shape {found:?}: change its first argument"
    )]
    Shape { expected: Vec<usize>, found: Vec<usize> },
    #[error("the data set is for {expected} classes, the pictures have {found}: change its second argument")]
    Classes { expected: usize, found: usize },
    #[error("expected {expected} class names, found {found}")]
    Names { expected: usize, found: usize },
}

/// Rows of numbers, each with a class. Cloning and taking a part share the numbers.
#[derive(Clone)]
pub(crate) struct Rows {
    values: Arc<[f32]>,
    labels: Arc<[usize]>,
    classes: Arc<[String]>,
    /// The sizes of one row.
    sizes: Vec<usize>,
    /// Which rows belong to this set, in its order.
    chosen: Arc<[usize]>,
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
        if let Some((row, &label)) = labels.iter().enumerate().find(|&(_, &label)| label >= classes.len()) {
            return Err(DatasetError::Label { row, label, classes: classes.len() });
        }
        let chosen = (0..labels.len()).collect();
        Ok(Rows {
            values: values.into(),
            labels: labels.into(),
            classes: classes.into(),
            sizes: sizes.into(),
            chosen,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    pub(crate) fn classes(&self) -> &[String] {
        &self.classes
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
    pub(crate) fn row(&self, position: usize) -> &[f32] {
        assert!(position < self.len(), "there is no row {position} in a data set of {}", self.len());
        let len = self.sizes.iter().product::<usize>();
        &self.values[self.chosen[position] * len..][..len]
    }

    pub(crate) fn labels(&self) -> impl ExactSizeIterator<Item = usize> {
        self.chosen.iter().map(|&row| self.labels[row])
    }

    /// The rows at these positions as one tensor, the batch dimension in front, and their labels.
    #[track_caller]
    pub(crate) fn batch(&self, positions: &[usize]) -> (Raw, Vec<usize>) {
        let sizes: Vec<usize> = [&[positions.len()], &self.sizes[..]].concat();
        let mut values = Vec::with_capacity(sizes.iter().product());
        for &position in positions {
            values.extend_from_slice(self.row(position));
        }
        let labels = positions.iter().map(|&position| self.labels[self.chosen[position]]).collect();
        (Raw::new(Array::from_vec(&sizes, values)), labels)
    }

    /// The rows at these positions as a data set that shares their values.
    #[track_caller]
    pub(crate) fn part(&self, positions: &[usize]) -> Rows {
        Rows { chosen: positions.iter().map(|&position| self.chosen[position]).collect(), ..self.clone() }
    }

    /// New values, each computed from the old one and its position in the row; only the chosen rows.
    pub(crate) fn map(&self, f: impl Fn(usize, f32) -> f32) -> Rows {
        let rows = (0..self.len()).map(|position| self.row(position));
        let values = rows.flat_map(|row| row.iter().enumerate().map(|(i, &value)| f(i, value))).collect();
        Rows { values, labels: self.labels().collect(), chosen: (0..self.len()).collect(), ..self.clone() }
    }
}
