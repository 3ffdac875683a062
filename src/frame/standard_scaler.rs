//! [`StandardScaler`]: columns brought to mean 0 and standard deviation 1.

use polars::prelude::{DataFrame, DataType, Expr, col, lit};
use serde::{Deserialize, Serialize};

use super::error::{FrameError, numeric};
use super::preparation::{Preparation, measured, number, owned, replaced};

/// Takes the mean of the training data off each column and divides by their standard deviation (over `N`), as scikit-learn's
/// `StandardScaler` does. The columns become 64-bit floats; missing values are left out of the measures and stay missing. A
/// column whose values are all the same becomes 0.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["age" => [20, 40], "name" => ["a", "b"]]?;
/// let scaler = StandardScaler::fit(&train, ["age"])?;
/// assert_eq!(scaler.transform(&df!["age" => [30, 50]]?)?, df!["age" => [0.0, 2.0]]?);
/// assert_eq!(scaler.inverse_transform(&df!["age" => [2.0]]?)?, df!["age" => [50.0]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardScaler {
    columns: Vec<Moments>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Moments {
    column: String,
    mean: f64,
    /// 1 where all values are the same.
    deviation: f64,
}

impl StandardScaler {
    /// Measures columns of training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if a column holds no numbers, [`FrameError::Empty`] if all are missing.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<StandardScaler, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Moments::of(frame, column));
        Ok(StandardScaler { columns: columns.collect::<Result<_, _>>()? })
    }

    /// The mean and the standard deviation of a column of the training data, for predictions in its unit.
    pub fn moments(&self, column: &str) -> Option<(f64, f64)> {
        self.columns.iter().find(|one| one.column == column).map(|one| (one.mean, one.deviation))
    }

    /// The way back, from scaled columns to the unit of the training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`] or [`FrameError::Dtype`].
    pub fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        self.each(frame, |value, one| value * lit(one.deviation) + lit(one.mean))
    }

    fn each(&self, frame: &DataFrame, f: impl Fn(Expr, &Moments) -> Expr) -> Result<DataFrame, FrameError> {
        let scaled = self.columns.iter().map(|one| {
            numeric(frame, &one.column)?;
            Ok(f(col(&*one.column).cast(DataType::Float64), one))
        });
        replaced(frame, scaled.collect::<Result<_, FrameError>>()?)
    }
}

impl Moments {
    fn of(frame: &DataFrame, column: String) -> Result<Moments, FrameError> {
        numeric(frame, &column)?;
        let value = || number(&column);
        let measures = measured(frame, vec![value().mean(), value().std(0), value().min(), value().max()])?;
        let [Some(mean), Some(deviation), min, max] = measures[..] else {
            return Err(FrameError::Empty { column });
        };
        Ok(Moments { mean, deviation: if min == max { 1.0 } else { deviation }, column })
    }
}

impl Preparation for StandardScaler {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        self.each(frame, |value, one| (value - lit(one.mean)) / lit(one.deviation))
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn gaps_stay_and_equal_values_become_zero() {
        let table =
            df!["a" => [Some(1.0), None, Some(f64::NAN), Some(3.0)], "b" => [0.1, 0.1, 0.1, 0.1]].unwrap();
        let scaled = StandardScaler::fit(&table, ["a", "b"]).unwrap().transform(&table).unwrap();
        let a: Vec<Option<f64>> = scaled.column("a").unwrap().f64().unwrap().iter().collect();
        assert_eq!((a[0], a[1], a[3]), (Some(-1.0), None, Some(1.0)));
        let b = scaled.column("b").unwrap().f64().unwrap().clone();
        assert!(b.into_no_null_iter().all(|value| value.abs() < 1e-12));
    }

    #[test]
    fn what_cannot_be_measured_is_named() {
        let table = df!["none" => [None::<f64>, None], "text" => ["a", "b"]].unwrap();
        let error = |name: &str| StandardScaler::fit(&table, [name]).unwrap_err().to_string();
        assert_eq!(error("none"), "column `none` has no values to learn from");
        assert!(error("text").starts_with("column `text` holds str, expected numbers"));
        assert!(error("age").starts_with("there is no column `age`"));
    }
}
