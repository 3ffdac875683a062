//! [`OrdinalEncoder`]: categories as whole numbers.

use polars::prelude::{DataFrame, DataType, Expr, col, lit};
use serde::{Deserialize, Serialize};

use super::categories::{Categories, Unknown, encoded};
use super::error::FrameError;
use super::preparation::{Preparation, owned, replaced};

/// Replaces each category of columns of texts, whole numbers or booleans by a whole number, `i32` from 0, as scikit-learn's
/// `OrdinalEncoder` does: for categories that have an order, or for an embedding.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["size" => ["small", "large", "medium"]]?;
/// let sorted = OrdinalEncoder::fit(&train, ["size"])?; // by their letters
/// assert_eq!(sorted.transform(&train)?, df!["size" => [2, 0, 1]]?);
/// let ordered = OrdinalEncoder::with_categories("size", ["small", "medium", "large"])?.unknown_value(-1);
/// assert_eq!(ordered.transform(&df!["size" => ["large", "huge"]]?)?, df!["size" => [2, -1]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncoder {
    columns: Vec<Categories>,
    unknown: Option<i32>,
}

impl OrdinalEncoder {
    /// Learns the categories of columns of training data; they are sorted.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if a column holds floats or lists, [`FrameError::Nulls`] if a value is
    /// missing, [`FrameError::Empty`] if there is none.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<OrdinalEncoder, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Categories::of(frame, &column));
        Ok(OrdinalEncoder { columns: columns.collect::<Result<_, _>>()?, unknown: None })
    }

    /// For one column whose categories, in their order, are known.
    ///
    /// # Errors
    /// [`FrameError::Settings`] if one is given twice.
    pub fn with_categories(
        column: &str,
        categories: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<OrdinalEncoder, FrameError> {
        Ok(OrdinalEncoder { columns: vec![Categories::known(column, owned(categories))?], unknown: None })
    }

    /// Gives this number to categories that training did not see, and to missing values, instead of an error.
    pub fn unknown_value(mut self, value: i32) -> Self {
        self.unknown = Some(value);
        self
    }

    /// The categories of a column, as texts, in the order of their numbers.
    pub fn categories(&self, column: &str) -> Option<&[String]> {
        self.columns.iter().find(|one| one.column == column).map(|one| &*one.names)
    }
}

impl Preparation for OrdinalEncoder {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        let unknown = if self.unknown.is_some() { Unknown::Null } else { Unknown::Refuse };
        let codes = encoded(frame, &self.columns, unknown)?;
        let number = |one: &Categories| -> Expr {
            let code = col(&*one.column).cast(DataType::Int32);
            match self.unknown {
                Some(value) => code.fill_null(lit(value)),
                None => code,
            }
        };
        replaced(&codes, self.columns.iter().map(number).collect())
    }
}
