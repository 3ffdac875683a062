//! [`MinMaxScaler`]: columns brought to the range from 0 to 1.

use polars::prelude::{DataFrame, DataType, Expr, col, lit};
use serde::{Deserialize, Serialize};

use super::error::{FrameError, numeric};
use super::preparation::{Preparation, measured, number, owned, replaced};

/// Brings the least value of the training data to 0 and the greatest to 1, as scikit-learn's `MinMaxScaler` does; values of
/// other data may lie outside. The columns become 64-bit floats; missing values are left out of the measures and stay missing.
/// A column whose values are all the same becomes 0.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["fare" => [10.0, 30.0, 20.0]]?;
/// let scaler = MinMaxScaler::fit(&train, ["fare"])?;
/// assert_eq!(scaler.transform(&df!["fare" => [15.0, 50.0]]?)?, df!["fare" => [0.25, 2.0]]?);
/// assert_eq!(scaler.inverse_transform(&df!["fare" => [0.25]]?)?, df!["fare" => [15.0]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMaxScaler {
    columns: Vec<Range>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Range {
    column: String,
    min: f64,
    max: f64,
}

impl MinMaxScaler {
    /// Measures columns of training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if a column holds no numbers, [`FrameError::Empty`] if all are missing.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<MinMaxScaler, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Range::of(frame, column));
        Ok(MinMaxScaler { columns: columns.collect::<Result<_, _>>()? })
    }

    /// The least and the greatest value of a column of the training data.
    pub fn range(&self, column: &str) -> Option<(f64, f64)> {
        self.columns.iter().find(|one| one.column == column).map(|one| (one.min, one.max))
    }

    /// The way back, from scaled columns to the unit of the training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`] or [`FrameError::Dtype`].
    pub fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        self.each(frame, |value, one| value * lit(one.width()) + lit(one.min))
    }

    fn each(&self, frame: &DataFrame, f: impl Fn(Expr, &Range) -> Expr) -> Result<DataFrame, FrameError> {
        let scaled = self.columns.iter().map(|one| {
            numeric(frame, &one.column)?;
            Ok(f(col(&*one.column).cast(DataType::Float64), one))
        });
        replaced(frame, scaled.collect::<Result<_, FrameError>>()?)
    }
}

impl Range {
    fn of(frame: &DataFrame, column: String) -> Result<Range, FrameError> {
        numeric(frame, &column)?;
        let [Some(min), Some(max)] = measured(frame, vec![number(&column).min(), number(&column).max()])?[..]
        else {
            return Err(FrameError::Empty { column });
        };
        Ok(Range { column, min, max })
    }

    /// 1 where all values are the same.
    fn width(&self) -> f64 {
        if self.max > self.min { self.max - self.min } else { 1.0 }
    }
}

impl Preparation for MinMaxScaler {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        self.each(frame, |value, one| (value - lit(one.min)) / lit(one.width()))
    }
}
