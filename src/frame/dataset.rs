//! Data sets from tables.

use polars::prelude::DataFrame;

use super::categories::{Categories, Unknown};
use super::error::{FrameError, listed};
use super::preparation::owned;
use super::tensors::{ColumnNames, counted, values};
use crate::data::Dataset;
use crate::shape::Rank1;

impl<const F: usize, const CLASSES: usize> Dataset<Rank1<F>, CLASSES> {
    /// Examples from the rows of a table: the features from columns of numbers or booleans, the class from a column of texts,
    /// whole numbers or booleans. The classes are its different values, sorted as in scikit-learn (texts by their letters,
    /// numbers by their size), and keep their names.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let frame = df![
    ///     "length" => [1.4, 4.7, 6.0, 1.3],
    ///     "width" => [0.2, 1.4, 2.5, 0.2],
    ///     "species" => ["setosa", "versicolor", "virginica", "setosa"],
    /// ]?;
    /// let data = Dataset::<Rank1<2>, 3>::from_frame(&frame, ["length", "width"], "species")?;
    /// assert_eq!(data.class_names(), ["setosa", "versicolor", "virginica"]);
    /// assert_eq!(data.labels(), [0, 1, 2, 0]);
    /// # Ok::<(), ferrolab::frame::FrameError>(())
    /// ```
    ///
    /// Split the data set and not the table, or give the table of the test data the classes of the training data:
    /// [`Dataset::from_frame_with_classes`].
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] and [`FrameError::Nulls`] with the column,
    /// [`FrameError::Classes`] unless there are `CLASSES` of them, [`FrameError::Width`] if a list has not `F` names.
    pub fn from_frame(
        frame: &DataFrame,
        features: impl ColumnNames<F>,
        label: &str,
    ) -> Result<Self, FrameError> {
        Self::of_classes(frame, features.names(), Categories::of(frame, label)?)
    }

    /// The same with classes that are known already, in their order: those of the training data.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let train = df!["x" => [1, 2, 3], "y" => ["no", "yes", "no"]]?;
    /// # let test = df!["x" => [4], "y" => ["yes"]]?;
    /// let train = Dataset::<Rank1<1>, 2>::from_frame(&train, ["x"], "y")?;
    /// let test = Dataset::<Rank1<1>, 2>::from_frame_with_classes(&test, ["x"], "y", train.class_names())?;
    /// assert_eq!(test.labels(), [1]); // the only class of the test data, the second one of all
    /// # Ok::<(), ferrolab::frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Dataset::from_frame`], and [`FrameError::Unknown`] with the row of a label that is none of the classes.
    pub fn from_frame_with_classes(
        frame: &DataFrame,
        features: impl ColumnNames<F>,
        label: &str,
        classes: &[impl AsRef<str>],
    ) -> Result<Self, FrameError> {
        Self::of_classes(frame, features.names(), Categories::known(label, owned(classes))?)
    }

    fn of_classes(frame: &DataFrame, features: Vec<String>, classes: Categories) -> Result<Self, FrameError> {
        let values = values(frame, &counted(features, F)?)?;
        let labels = labels(frame, &classes, CLASSES)?;
        Ok(Dataset::new(values, labels)?.with_class_names(classes.names)?)
    }
}

fn labels(frame: &DataFrame, classes: &Categories, expected: usize) -> Result<Vec<usize>, FrameError> {
    if classes.names.len() != expected {
        let (found, names) = (classes.names.len(), listed(classes.names.iter().map(String::as_str)));
        return Err(FrameError::Classes { column: classes.column.clone(), expected, found, names });
    }
    let codes = classes.codes(frame, Unknown::Refuse)?;
    Ok(codes.u32()?.into_no_null_iter().map(|code| code as usize).collect())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn table() -> DataFrame {
        df![
            "x" => [1.0, 2.0, 3.0, 4.0],
            "text" => ["b", "a", "B", "a"],
            "number" => [10, 9, -1, 10],
            "yes" => [true, false, true, true],
            "gap" => [Some("a"), None, Some("b"), Some("c")],
        ]
        .unwrap()
    }

    fn data<const CLASSES: usize>(label: &str) -> Result<Dataset<Rank1<1>, CLASSES>, String> {
        Dataset::from_frame(&table(), ["x"], label).map_err(|error| error.to_string())
    }

    #[test]
    fn classes_are_sorted_by_what_they_are() {
        let text = data::<3>("text").unwrap();
        assert_eq!(
            (text.class_names(), text.labels()),
            (&["B", "a", "b"].map(String::from)[..], vec![2, 1, 0, 1])
        );
        let number = data::<3>("number").unwrap();
        assert_eq!(number.class_names(), ["-1", "9", "10"]);
        assert_eq!(number.labels(), [2, 1, 0, 2]);
        let yes = data::<2>("yes").unwrap();
        assert_eq!(
            (yes.class_names(), yes.labels()),
            (&["false", "true"].map(String::from)[..], vec![1, 0, 1, 1])
        );
        assert_eq!(yes.batch(&[3, 0]).0.to_vec(), [4.0, 1.0]);
    }

    #[test]
    fn labels_that_are_none_are_named() {
        assert_eq!(
            data::<2>("text").unwrap_err(),
            "column `text` has 3 classes, the data set is for 2: `B`, `a`, `b`"
        );
        assert!(
            data::<3>("gap")
                .unwrap_err()
                .starts_with("column `gap` has 1 missing values, the first in row 1")
        );
        assert_eq!(
            data::<3>("x").unwrap_err(),
            "column `x` holds f64, expected texts, whole numbers or booleans: a `Binner` makes whole numbers of floats"
        );
        let known = |classes: &[&str]| {
            let data = Dataset::<Rank1<1>, 2>::from_frame_with_classes(&table(), ["x"], "text", classes);
            data.unwrap_err().to_string()
        };
        assert_eq!(known(&["a", "b"]), "column `text`, row 2: `B` is none of the known categories: `a`, `b`");
        assert_eq!(known(&["a", "a"]), "column `text`: the category `a` is given twice");
        assert_eq!(known(&["a"]), "column `text` has 1 classes, the data set is for 2: `a`");
    }
}
