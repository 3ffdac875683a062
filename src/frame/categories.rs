//! [`Categories`]: the values that a column of texts, whole numbers or booleans took in the training data, and their numbers.

use polars::prelude::{
    Column, DataFrame, DataType, IntoLazy, JoinArgs, JoinType, SortMultipleOptions, SortOptions, col, df,
};
use serde::{Deserialize, Serialize};

use super::error::{FrameError, column, listed, without_nulls, wrong_dtype};

/// The categories of a column, as texts: sorted, numbers by their size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Categories {
    pub(super) column: String,
    pub(super) names: Vec<String>,
}

/// What stands for a value that training did not see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unknown {
    Refuse,
    /// A missing number; so it is for a missing value.
    Null,
}

impl Categories {
    /// What the column of the training data has.
    pub(super) fn of(frame: &DataFrame, name: &str) -> Result<Categories, FrameError> {
        let column = without_nulls(of_categories(frame, name)?)?;
        if column.is_empty() {
            return Err(FrameError::Empty { column: name.into() });
        }
        let sorted = col(name).unique().sort(SortOptions::default()).cast(DataType::String);
        let names = frame.clone().lazy().select([sorted]).collect()?;
        let names = names.column(name)?.str()?.iter().flatten().map(str::to_owned).collect();
        Ok(Categories { column: name.into(), names })
    }

    /// What is known already, in its order.
    pub(super) fn known(name: &str, names: Vec<String>) -> Result<Categories, FrameError> {
        if let Some((_, twice)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            let message = format!("column `{name}`: the category `{twice}` is given twice");
            return Err(FrameError::Settings(message));
        }
        Ok(Categories { column: name.into(), names })
    }

    /// The number of the category in every row: `u32`, under the name of the column.
    pub(super) fn codes(&self, frame: &DataFrame, unknown: Unknown) -> Result<Column, FrameError> {
        const NAME: &str = "name";
        const CODE: &str = "code";
        const ROW: &str = "row";
        of_categories(frame, &self.column)?;
        let texts = frame.clone().lazy().select([col(&*self.column).cast(DataType::String).alias(NAME)]);
        let numbers: Vec<u32> = (0..self.names.len() as u32).collect();
        let known = df![NAME => &self.names, CODE => numbers]?;
        // A join promises no order.
        let joined = texts
            .with_row_index(ROW, None)
            .join(known.lazy(), [col(NAME)], [col(NAME)], JoinArgs::new(JoinType::Left))
            .sort([ROW], SortMultipleOptions::default())
            .collect()?;
        let codes = joined.column(CODE)?;
        if unknown == Unknown::Refuse
            && let Some(row) = codes.is_null().first_true_idx()
        {
            without_nulls(column(frame, &self.column)?)?;
            let value = joined.column(NAME)?.str()?.get(row).unwrap_or_default().to_owned();
            let known = listed(self.names.iter().map(String::as_str));
            return Err(FrameError::Unknown { column: self.column.clone(), row, value, known });
        }
        Ok(codes.clone().with_name(self.column.as_str().into()))
    }
}

/// A column whose values can be categories. What else polars can write as texts, such as its own categories, is one as well.
fn of_categories<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, FrameError> {
    let column = column(frame, name)?;
    let dtype = column.dtype();
    if dtype.is_float() || dtype.is_nested() {
        return Err(wrong_dtype(
            column,
            "texts, whole numbers or booleans: a `Binner` makes whole numbers of floats",
        ));
    }
    Ok(column)
}

/// The table with the numbers of their categories in these columns.
pub(super) fn encoded(
    frame: &DataFrame,
    all: &[Categories],
    unknown: Unknown,
) -> Result<DataFrame, FrameError> {
    let mut encoded = frame.clone();
    for categories in all {
        encoded.with_column(categories.codes(frame, unknown)?)?;
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::super::{OneHot, OrdinalEncoder, Preparation};
    use super::*;

    #[test]
    fn rows_keep_their_order_however_many_there_are() {
        let values: Vec<i64> = (0..10_000).map(|i| i * 7919 % 101).collect();
        let table = df!["a" => &values].unwrap();
        let codes = Categories::of(&table, "a").unwrap().codes(&table, Unknown::Refuse).unwrap();
        assert!(
            codes
                .u32()
                .unwrap()
                .into_no_null_iter()
                .zip(values)
                .all(|(code, value)| i64::from(code) == value)
        );
    }

    #[test]
    fn whole_numbers_and_booleans_are_categories_too() {
        let table = df!["a" => [10, 9, 10], "b" => [true, false, true]].unwrap();
        let one_hot = OneHot::fit(&table, ["a", "b"]).unwrap();
        assert_eq!(one_hot.feature_names(), ["a_9", "a_10", "b_false", "b_true"]);
        assert_eq!(one_hot.transform(&table).unwrap().width(), 4);
        let codes = OrdinalEncoder::fit(&table, ["a"]).unwrap().transform(&table).unwrap();
        assert_eq!(codes, df!["a" => [1, 0, 1], "b" => [true, false, true]].unwrap());
    }

    #[test]
    fn gaps_are_refused_unless_unknown_ones_are_ignored() {
        let table = df!["a" => [Some("x"), None]].unwrap();
        assert!(
            OneHot::fit(&table, ["a"])
                .unwrap_err()
                .to_string()
                .starts_with("column `a` has 1 missing values")
        );
        let one_hot = OneHot::fit(&df!["a" => ["x"]].unwrap(), ["a"]).unwrap();
        assert!(
            one_hot.transform(&table).unwrap_err().to_string().starts_with("column `a` has 1 missing values")
        );
        assert_eq!(one_hot.ignore_unknown().transform(&table).unwrap(), df!["a_x" => [1f32, 0.0]].unwrap());
        let empty = OneHot::fit(&table.head(Some(0)), ["a"]).unwrap_err().to_string();
        assert_eq!(empty, "column `a` has no values to learn from");
    }
}
