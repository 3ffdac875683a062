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
    #[error("there is no column `{column}`; the table has {found}")]
    Missing { column: String, found: String },
    #[error("column `{column}` holds {found}, expected {expected}")]
    Dtype { column: String, found: String, expected: &'static str },
    #[error(
        "column `{column}` has {count} missing values, the first in row {row}: fill them with an `Imputer`, or leave their rows out with `drop_nulls`"
    )]
    Nulls { column: String, count: usize, row: usize },
    #[error("column `{column}` has no values to learn from")]
    Empty { column: String },
    #[error("column `{column}`, row {row}: `{value}` is none of the known categories: {known}")]
    Unknown { column: String, row: usize, value: String, known: String },
    #[error("expected the names of {expected} columns, got {found}: {names}")]
    Width { expected: usize, found: usize, names: String },
    #[error("column `{column}` has {found} classes, the data set is for {expected}: {names}")]
    Classes { column: String, expected: usize, found: usize, names: String },
    #[error("{0}")]
    Settings(String),
    #[error("cannot write `{path}`: {source}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{path}`: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` describes no preparation of a table: {source}", path = .path.display())]
    Format { path: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    Dataset(#[from] DatasetError),
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
