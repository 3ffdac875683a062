//! [`OneHot`]: a column of zeros and ones for every category.

use polars::prelude::{DataFrame, DataType, Expr, IntoLazy, col, lit};
use serde::{Deserialize, Serialize};

use super::categories::{Categories, Unknown, encoded};
use super::error::FrameError;
use super::preparation::{Preparation, owned};

/// Replaces each column of texts, whole numbers or booleans by a column for each of its categories, which is 1 where the value is
/// that category and else 0, as scikit-learn's `OneHotEncoder` does. The new columns are 32-bit floats, stand in place of the old
/// one and are called `column_category`; the categories are sorted.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["port" => ["S", "C", "S"], "fare" => [7, 71, 8]]?;
/// let one_hot = OneHot::fit(&train, ["port"])?;
/// assert_eq!(one_hot.feature_names(), ["port_C", "port_S"]);
/// let table = one_hot.transform(&train)?;
/// assert_eq!(table, df!["port_C" => [0f32, 1.0, 0.0], "port_S" => [1f32, 0.0, 1.0], "fare" => [7, 71, 8]]?);
///
/// let other = df!["port" => ["Q"]]?; // a category that training did not see
/// let error = one_hot.transform(&other).unwrap_err().to_string();
/// assert_eq!(error, "column `port`, row 0: `Q` is none of the known categories: `C`, `S`");
/// assert_eq!(one_hot.ignore_unknown().transform(&other)?, df!["port_C" => [0f32], "port_S" => [0f32]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneHot {
    columns: Vec<Categories>,
    ignore_unknown: bool,
    drop_first: bool,
}

impl OneHot {
    /// Learns the categories of columns of training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if a column holds floats or lists, [`FrameError::Nulls`] if a value is
    /// missing, [`FrameError::Empty`] if there is none.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<OneHot, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Categories::of(frame, &column));
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(OneHot { columns, ignore_unknown: false, drop_first: false })
    }

    /// Gives zeros to categories that training did not see, and to missing values, instead of an error.
    pub fn ignore_unknown(mut self) -> Self {
        self.ignore_unknown = true;
        self
    }

    /// Leaves the column of the first category out: it follows from the others, which linear models without regularisation need.
    pub fn drop_first(mut self) -> Self {
        self.drop_first = true;
        self
    }

    /// The categories of a column, as texts.
    pub fn categories(&self, column: &str) -> Option<&[String]> {
        self.columns.iter().find(|one| one.column == column).map(|one| &*one.names)
    }

    /// The names of the new columns, for [`FrameTensors::to_tensor`](super::FrameTensors::to_tensor).
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().flat_map(|one| self.kept(one)).map(|(_, name)| name).collect()
    }

    /// The categories that get a column: their numbers and the columns' names.
    fn kept<'a>(&self, of: &'a Categories) -> impl Iterator<Item = (usize, String)> + use<'a> {
        let first = usize::from(self.drop_first);
        of.names.iter().enumerate().skip(first).map(|(code, name)| (code, format!("{}_{name}", of.column)))
    }
}

impl Preparation for OneHot {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        let unknown = if self.ignore_unknown { Unknown::Null } else { Unknown::Refuse };
        let codes = encoded(frame, &self.columns, unknown)?;
        let mut all: Vec<Expr> = Vec::new();
        for name in codes.get_column_names() {
            let Some(categories) = self.columns.iter().find(|one| one.column == name.as_str()) else {
                all.push(col(name.clone()));
                continue;
            };
            all.extend(self.kept(categories).map(|(code, feature)| {
                let is = col(name.clone()).eq(lit(code as u32));
                is.fill_null(lit(false)).cast(DataType::Float32).alias(feature)
            }));
        }
        Ok(codes.lazy().select(all).collect()?)
    }
}
