//! [`Imputer`]: missing values filled.

use polars::prelude::{AnyValue, DataFrame, DataType, Expr, IntoLazy, SortMultipleOptions, col, len, lit};
use serde::{Deserialize, Serialize};

use super::error::{FrameError, column, numeric, wrong_dtype};
use super::preparation::{Preparation, measured, number, owned, replaced};

/// What missing values are filled with.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// The mean of the training data.
    Mean,
    /// Their median; of an even number of values, the mean of the two in the middle.
    Median,
    /// Their most frequent value; of several, the least. For texts and booleans too.
    MostFrequent,
    /// Always this.
    Constant(Value),
}

impl Fill {
    /// Always this: a number, a text or a boolean.
    pub fn constant(value: impl Into<Value>) -> Fill {
        Fill::Constant(value.into())
    }
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

macro_rules! values {
    ($($type:ty => $Kind:ident;)*) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::$Kind(value.into())
            }
        }
    )* };
}
values! { bool => Boolean; i32 => Integer; i64 => Integer; f32 => Number; f64 => Number; &str => Text; String => Text; }

/// Fills missing values, and NaN in columns of floats, as scikit-learn's `SimpleImputer` does. What they are filled with is
/// learnt from the training data.
///
/// ```
/// use ferrolab::prelude::*;
/// let train = df!["age" => [Some(20), None, Some(41)], "port" => [Some("S"), Some("S"), None]]?;
/// let age = Imputer::fit(&train, ["age"], Fill::Median)?;
/// let port = Imputer::fit(&train, ["port"], Fill::MostFrequent)?;
/// let full = port.transform(&age.transform(&train)?)?;
/// assert_eq!(full, df!["age" => [20.0, 30.5, 41.0], "port" => ["S", "S", "S"]]?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
///
/// Means and medians make 64-bit floats of whole numbers; the other fillings keep the type of the column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imputer {
    columns: Vec<Filling>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filling {
    column: String,
    value: Value,
}

impl Imputer {
    /// Learns from columns of training data what to fill them with.
    ///
    /// # Errors
    /// [`FrameError::Missing`], [`FrameError::Dtype`] if the column holds no numbers but a mean or a median is asked for, or
    /// a constant is of another kind, [`FrameError::Empty`] if all values are missing and no constant is given.
    pub fn fit(
        frame: &DataFrame,
        columns: impl IntoIterator<Item: AsRef<str>>,
        fill: Fill,
    ) -> Result<Imputer, FrameError> {
        let columns = owned(columns).into_iter().map(|column| Filling::of(frame, column, &fill));
        Ok(Imputer { columns: columns.collect::<Result<_, _>>()? })
    }

    /// What the missing values of a column are filled with.
    pub fn value(&self, column: &str) -> Option<&Value> {
        self.columns.iter().find(|one| one.column == column).map(|one| &one.value)
    }
}

impl Filling {
    fn of(frame: &DataFrame, column: String, fill: &Fill) -> Result<Filling, FrameError> {
        let value = match fill {
            Fill::Mean => Some(statistic(frame, &column, Expr::mean)?),
            Fill::Median => Some(statistic(frame, &column, Expr::median)?),
            Fill::MostFrequent => Some(most_frequent(frame, &column)?),
            Fill::Constant(value) => Some(Some(value.clone())),
        };
        let Some(value) = value.flatten() else { return Err(FrameError::Empty { column }) };
        let filling = Filling { column, value };
        // A filling of another kind is refused now, not when it is used.
        filling.expression(frame).map(|_| filling)
    }

    fn expression(&self, frame: &DataFrame) -> Result<Expr, FrameError> {
        let column = column(frame, &self.column)?;
        let dtype = column.dtype();
        let name = &*self.column;
        let value = match &self.value {
            &Value::Number(value) if dtype.is_primitive_numeric() => {
                return Ok(number(name).fill_null(lit(value)));
            }
            &Value::Integer(value) if dtype.is_float() => {
                return Ok(number(name).fill_null(lit(value as f64)));
            }
            &Value::Integer(value) if dtype.is_integer() => lit(value),
            &Value::Boolean(value) if dtype.is_bool() => lit(value),
            Value::Text(value) if dtype.is_string() => lit(value.clone()),
            // A column of which nothing is known, because all of its values are missing.
            value if *dtype == DataType::Null => return Ok(literal(value).alias(name)),
            Value::Number(_) | Value::Integer(_) => {
                return Err(wrong_dtype(column, "numbers, as the filling is one"));
            }
            Value::Boolean(_) => return Err(wrong_dtype(column, "booleans, as the filling is one")),
            Value::Text(_) => return Err(wrong_dtype(column, "texts, as the filling is one")),
        };
        Ok(col(name).fill_null(value.cast(dtype.clone())))
    }
}

fn literal(value: &Value) -> Expr {
    match value {
        &Value::Boolean(value) => lit(value),
        &Value::Integer(value) => lit(value),
        &Value::Number(value) => lit(value),
        Value::Text(value) => lit(value.clone()),
    }
}

fn statistic(
    frame: &DataFrame,
    column: &str,
    of: impl Fn(Expr) -> Expr,
) -> Result<Option<Value>, FrameError> {
    numeric(frame, column)?;
    Ok(measured(frame, vec![of(number(column))])?[0].map(Value::Number))
}

fn most_frequent(frame: &DataFrame, name: &str) -> Result<Option<Value>, FrameError> {
    let column = column(frame, name)?;
    const VALUE: &str = "value";
    const COUNT: &str = "count";
    let value = if column.dtype().is_float() { number(name) } else { col(name) };
    let first = frame
        .clone()
        .lazy()
        .select([value.alias(VALUE)])
        .filter(col(VALUE).is_not_null())
        .group_by([col(VALUE)])
        .agg([len().alias(COUNT)])
        .sort([COUNT, VALUE], SortMultipleOptions::default().with_order_descending_multi([true, false]))
        .limit(1)
        .collect()?;
    let values = first.column(VALUE)?;
    if values.is_empty() {
        return Ok(None);
    }
    Ok(Some(match values.get(0)? {
        AnyValue::Boolean(value) => Value::Boolean(value),
        AnyValue::String(value) => Value::Text(value.into()),
        AnyValue::StringOwned(value) => Value::Text(value.to_string()),
        value if values.dtype().is_integer() => Value::Integer(value.try_extract()?),
        value if values.dtype().is_float() => Value::Number(value.try_extract()?),
        _ => return Err(wrong_dtype(column, "numbers, texts or booleans")),
    }))
}

impl Preparation for Imputer {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|one| &*one.column).collect()
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        let filled = self.columns.iter().map(|one| one.expression(frame));
        replaced(frame, filled.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn constants_and_frequent_values_keep_the_type() {
        let table = df![
            "whole" => [Some(2i64), None, Some(1), Some(2), Some(1)],
            "part" => [Some(0.5), None, Some(f64::NAN), Some(0.5), Some(2.0)],
            "yes" => [Some(true), None, Some(true), Some(false), None],
            "text" => [None, Some("b"), Some("a"), Some("b"), Some("a")],
        ]
        .unwrap();
        let frequent = Imputer::fit(&table, ["whole", "part", "yes", "text"], Fill::MostFrequent).unwrap();
        let expected = df![
            "whole" => [2i64, 1, 1, 2, 1],
            "part" => [0.5, 0.5, 0.5, 0.5, 2.0],
            "yes" => [true, true, true, false, true],
            "text" => ["a", "b", "a", "b", "a"],
        ];
        assert_eq!(frequent.transform(&table).unwrap(), expected.unwrap());
        let constant = |name: &str, fill: Fill| {
            Imputer::fit(&table, [name], fill)
                .unwrap()
                .transform(&table)
                .unwrap()
                .column(name)
                .unwrap()
                .get(1)
                .unwrap()
                .to_string()
        };
        assert_eq!(constant("whole", Fill::constant(7)), "7");
        assert_eq!(constant("whole", Fill::constant(0.5)), "0.5");
        assert_eq!(constant("part", Fill::constant(7)), "7.0");
        assert_eq!(constant("yes", Fill::constant(false)), "false");
    }

    #[test]
    fn a_filling_of_another_kind_is_refused() {
        let table = df!["age" => [Some(1), None], "port" => [Some("S"), None], "none" => [None::<i32>, None]]
            .unwrap();
        let error = |name: &str, fill: Fill| Imputer::fit(&table, [name], fill).unwrap_err().to_string();
        assert_eq!(
            error("age", Fill::constant("S")),
            "column `age` holds i32, expected texts, as the filling is one"
        );
        assert_eq!(
            error("port", Fill::constant(1)),
            "column `port` holds str, expected numbers, as the filling is one"
        );
        assert!(error("port", Fill::Median).starts_with("column `port` holds str, expected numbers"));
        assert_eq!(error("none", Fill::MostFrequent), "column `none` has no values to learn from");
        assert_eq!(error("none", Fill::Mean), "column `none` has no values to learn from");
        let zeros = Imputer::fit(&table, ["none"], Fill::constant(0)).unwrap().transform(&table).unwrap();
        assert_eq!(zeros.column("none").unwrap().null_count(), 0);
    }
}
