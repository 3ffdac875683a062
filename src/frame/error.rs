//! [`FrameError`]: why a table does not give what was asked of it.

use std::io;
use std::path::PathBuf;

use polars::prelude::{Column, DataFrame, PolarsError};

use crate::data::DatasetError;

/// Names of categories and columns in messages, at most so many.
const NAMES: usize = 10;

/// Why a table does not give tensors, a data set or numbers to learn from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// There is no column of that name.
    #[error("there is no column `{column}`; the table has {found}")]
    Missing {
        /// The name.
        column: String,
        /// The names that there are.
        found: String,
    },
    /// A column holds something else than is needed.
    #[error("column `{column}` holds {found}, expected {expected}")]
    Dtype {
        /// The name.
        column: String,
        /// What it holds.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// A column has missing values.
    #[error(
        "column `{column}` has {count} missing values, the first in row {row}: fill them with an `Imputer`, or leave their rows out with `drop_nulls`"
    )]
    Nulls {
        /// The name.
        column: String,
        /// How many.
        count: usize,
        /// The first row with one.
        row: usize,
    },
    /// A column has no values.
    #[error("column `{column}` has no values to learn from")]
    Empty {
        /// The name.
        column: String,
    },
    /// A value is none of the categories that were learnt.
    #[error("column `{column}`, row {row}: `{value}` is none of the known categories: {known}")]
    Unknown {
        /// The name.
        column: String,
        /// Its row.
        row: usize,
        /// The value.
        value: String,
        /// The categories that were learnt.
        known: String,
    },
    /// There are not as many names as columns.
    #[error("expected the names of {expected} columns, got {found}: {names}")]
    Width {
        /// How many columns there are.
        expected: usize,
        /// How many names there are.
        found: usize,
        /// The names.
        names: String,
    },
    /// A column has another number of classes than the data set.
    #[error("column `{column}` has {found} classes, the data set is for {expected}: {names}")]
    Classes {
        /// The name.
        column: String,
        /// How many the data set is for.
        expected: usize,
        /// How many the column has.
        found: usize,
        /// The names of its classes.
        names: String,
    },
    /// Settings do not belong together.
    #[error("{0}")]
    Settings(String),
    /// The file cannot be written.
    #[error("cannot write `{path}`: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read `{path}`: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file describes no preparation.
    #[error("`{path}` describes no preparation of a table: {source}", path = .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// Values and labels make no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// polars cannot do what was asked.
    #[error(transparent)]
    Polars(#[from] PolarsError),
}

/// A column by its name.
pub(super) fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, FrameError> {
    frame.column(name).map_err(|_| FrameError::Missing {
        column: name.into(),
        found: listed(frame.get_column_names().into_iter().map(|name| name.as_str())),
    })
}

/// A column by its name, of integers or floats.
pub(super) fn numeric<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, FrameError> {
    let column = column(frame, name)?;
    if column.dtype().is_primitive_numeric() {
        return Ok(column);
    }
    Err(wrong_dtype(column, "numbers: `OneHot` or `OrdinalEncoder` makes some of texts"))
}

pub(super) fn wrong_dtype(column: &Column, expected: &'static str) -> FrameError {
    FrameError::Dtype { column: column.name().to_string(), found: column.dtype().to_string(), expected }
}

/// # Errors
/// [`FrameError::Nulls`] if a value is missing.
pub(super) fn without_nulls(column: &Column) -> Result<&Column, FrameError> {
    match column.is_null().first_true_idx() {
        None => Ok(column),
        Some(row) => {
            Err(FrameError::Nulls { column: column.name().to_string(), count: column.null_count(), row })
        }
    }
}

/// Names for people: `` `a`, `b` and 5 more``.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let first: Vec<String> = names.take(NAMES).map(|name| format!("`{name}`")).collect();
    match count {
        0 => "none".into(),
        _ if count <= NAMES => first.join(", "),
        _ => format!("{} and {} more", first.join(", "), count - NAMES),
    }
}
