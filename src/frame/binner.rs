//! [`Binner`]: numbers sorted into bins.

use polars::prelude::{DataFrame, DataType, NULL, QuantileMethod, lit, when};
use serde::{Deserialize, Serialize};

use super::error::{FrameError, numeric};
use super::preparation::{Preparation, measured, number, owned, replaced};

/// How the edges of bins are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// So many bins of the same width.
    Uniform(usize),
    /// So many bins of about as many values: their edges are quantiles, linear between two values. Edges that fall together are
    /// one, so that there may be fewer bins.
    Quantile(usize),
}

/// Replaces each number by the number of its bin, 0 being the lowest, as scikit-learn's `KBinsDiscretizer` does: a bin begins at its
/// lower edge and ends before its upper one. Values below all of the training data belong to the lowest bin, those above to the
/// highest. The columns become `i32`; missing values stay missing.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["age" => [0.0, 30.0, 40.0, 80.0]]?;
/// let binner = Binner::fit(&train, ["age"], Bins::Uniform(4))?;
/// assert_eq!(binner.edges("age"), Some(&[0.0, 20.0, 40.0, 60.0, 80.0][..]));
/// assert_eq!(binner.transform(&df!["age" => [-1.0, 39.9, 40.0, 99.0]]?)?, df!["age" => [0, 1, 2, 3]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binner {
    columns: Vec<Edges>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Edges {
    column: String,
    edges: Vec<f64>,
}

impl Binner {
    /// Finds the edges from columns of training data.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if a column holds no numbers, [`FrameError::Empty`] if all are missing,
    /// [`FrameError::Settings`] for no bins at all.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
        bins: Bins,
    ) -> Result<Binner, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Edges::of(frame, column, bins));
        Ok(Binner { columns: columns.collect::<Result<_, _>>()? })
    }

    /// The edges of a column's bins: one more than there are bins.
    pub fn edges(&self, column: &str) -> Option<&[f64]> {
        self.columns.iter().find(|one| one.column == column).map(|one| &*one.edges)
    }
}

impl Edges {
    fn of(frame: &DataFrame, column: String, bins: Bins) -> Result<Edges, FrameError> {
        numeric(frame, &column)?;
        let (Bins::Uniform(count) | Bins::Quantile(count)) = bins;
        if count == 0 {
            return Err(FrameError::Settings("Binner: numbers are sorted into at least 1 bin, not 0".into()));
        }
        let value = || number(&column);
        let measures = match bins {
            Bins::Uniform(_) => vec![value().min(), value().max()],
            Bins::Quantile(_) => {
                let quantile =
                    |i: usize| value().quantile(lit(i as f64 / count as f64), QuantileMethod::Linear);
                (0..=count).map(quantile).collect()
            }
        };
        let measures: Option<Vec<f64>> = measured(frame, measures)?.into_iter().collect();
        let Some(mut edges) = measures else { return Err(FrameError::Empty { column }) };
        if let (Bins::Uniform(_), [min, max]) = (bins, &edges[..]) {
            let step = (max - min) / count as f64;
            edges = (0..count).map(|i| min + i as f64 * step).chain([*max]).collect();
        }
        edges.dedup();
        Ok(Edges { column, edges })
    }
}

impl Preparation for Binner {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        let binned = self.columns.iter().map(|Edges { column, edges }| {
            numeric(frame, column)?;
            // The number of edges between bins that are not above the value.
            let inner = edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default();
            let none = when(number(column).is_not_null()).then(lit(0)).otherwise(lit(NULL));
            let bin = inner
                .iter()
                .fold(none, |bin, &edge| bin + number(column).gt_eq(lit(edge)).cast(DataType::Int32));
            Ok(bin.cast(DataType::Int32).alias(&**column))
        });
        replaced(frame, binned.collect::<Result<_, FrameError>>()?)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn edges_that_fall_together_are_one_and_gaps_stay() {
        let table =
            df!["a" => [Some(0.0), Some(0.0), Some(0.0), Some(4.0), None], "b" => [7, 7, 7, 7, 7]].unwrap();
        let binner = Binner::fit(&table, ["a"], Bins::Quantile(4)).unwrap();
        assert_eq!(binner.edges("a"), Some(&[0.0, 1.0, 4.0][..]));
        let binned = binner.transform(&table).unwrap();
        let a: Vec<Option<i32>> = binned.column("a").unwrap().i32().unwrap().iter().collect();
        assert_eq!(a, [Some(0), Some(0), Some(0), Some(1), None]);
        let same = Binner::fit(&table, ["b"], Bins::Uniform(3)).unwrap();
        let binned = same.transform(&table).unwrap();
        assert!(binned.column("b").unwrap().i32().unwrap().iter().all(|bin| bin == Some(0)));
    }

    #[test]
    fn there_is_at_least_one_bin() {
        let table = df!["a" => [1.0]].unwrap();
        let error = Binner::fit(&table, ["a"], Bins::Uniform(0)).unwrap_err().to_string();
        assert_eq!(error, "Binner: numbers are sorted into at least 1 bin, not 0");
    }
}
