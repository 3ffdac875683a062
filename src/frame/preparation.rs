//! [`Preparation`]: what is learnt from the columns of the training data and done to those of all data; [`Pipeline`]: several of
//! them, one after another.

use std::fs;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, Expr, IntoLazy, NULL, col, lit};
use serde::{Deserialize, Serialize};

use super::error::FrameError;
use super::{Binner, Imputer, MinMaxScaler, OneHot, OrdinalEncoder, StandardScaler};
use crate::io::files::replace;

/// What was learnt from a table of training data and can be done to any table that has the same columns, so that nothing of the
/// test data leaks into training and a service does to a request what was done to the training data.
pub trait Preparation {
    /// The columns it reads.
    fn columns(&self) -> Vec<&str>;

    /// The table with these columns prepared; the others stay as they are.
    ///
    /// # Errors
    /// [`FrameError::Missing`] or [`FrameError::Dtype`] if the table lacks a column or holds something else in it.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError>;
}

/// One step of a [`Pipeline`]. Every preparation turns into one: `scaler.into()`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    Binner(Binner),
    Imputer(Imputer),
    MinMaxScaler(MinMaxScaler),
    OneHot(OneHot),
    OrdinalEncoder(OrdinalEncoder),
    StandardScaler(StandardScaler),
}

macro_rules! steps {
    ($($Name:ident),*) => {
        $(
            impl From<$Name> for Step {
                fn from(preparation: $Name) -> Step {
                    Step::$Name(preparation)
                }
            }
        )*

        impl Preparation for Step {
            fn columns(&self) -> Vec<&str> {
                match self {
                    $(Step::$Name(preparation) => preparation.columns(),)*
                }
            }

            fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
                match self {
                    $(Step::$Name(preparation) => preparation.transform(frame),)*
                }
            }
        }
    };
}
steps!(Binner, Imputer, MinMaxScaler, OneHot, OrdinalEncoder, StandardScaler);

/// Preparations one after another, in one file beside the model.
///
/// ```
/// use ferrolab::prelude::*;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("preparation.json");
/// let train = df!["age" => [Some(20.0), None, Some(40.0)], "sex" => ["female", "male", "male"]]?;
///
/// let mut preparation = Pipeline::new();
/// let table = preparation.fit(&train, |table| Imputer::fit(table, ["age"], Fill::Mean))?;
/// let table = preparation.fit(&table, |table| StandardScaler::fit(table, ["age"]))?;
/// let table = preparation.fit(&table, |table| OneHot::fit(table, ["sex"]))?;
/// preparation.save(&path)?;
///
/// let request = df!["age" => [30.0], "sex" => ["female"]]?; // another day, another program
/// let x = Pipeline::load(&path)?.transform(&request)?.to_tensor(["age", "sex_female", "sex_male"])?;
/// assert_eq!(x.to_vec(), [0.0, 1.0, 0.0]);
/// assert_eq!(table, preparation.transform(&train)?);
/// # Ok::<(), ferrolab::frame::FrameError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    steps: Vec<Step>,
}

impl Pipeline {
    /// Without a step: it changes nothing.
    pub fn new() -> Pipeline {
        Pipeline::default()
    }

    /// Adds what `learn` learns from the table, and returns the table prepared by it, which the next step learns from.
    ///
    /// # Errors
    /// Those of `learn`, and those of [`Preparation::transform`].
    pub fn fit<P: Into<Step>>(
        &mut self,
        frame: &DataFrame,
        learn: impl FnOnce(&DataFrame) -> Result<P, FrameError>,
    ) -> Result<DataFrame, FrameError> {
        let step = learn(frame)?.into();
        let frame = step.transform(frame)?;
        self.steps.push(step);
        Ok(frame)
    }

    /// Adds a preparation that was learnt already.
    pub fn push(&mut self, step: impl Into<Step>) {
        self.steps.push(step.into());
    }

    /// The steps, in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Writes a JSON file. It appears, or is replaced, only once all of it is written.
    ///
    /// # Errors
    /// [`FrameError::Write`] if the folder is missing, read-only or full.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FrameError> {
        let path = path.as_ref();
        let content = serde_json::to_vec_pretty(self)
            .map_err(|source| FrameError::Format { path: path.into(), source })?;
        replace(path, &content).map_err(|source| FrameError::Write { path: path.into(), source })
    }

    /// Reads a file that [`Pipeline::save`] wrote.
    ///
    /// # Errors
    /// [`FrameError::Read`] or [`FrameError::Format`].
    pub fn load(path: impl AsRef<Path>) -> Result<Pipeline, FrameError> {
        let path = path.as_ref();
        let content = fs::read(path).map_err(|source| FrameError::Read { path: path.into(), source })?;
        serde_json::from_slice(&content).map_err(|source| FrameError::Format { path: path.into(), source })
    }
}

impl<const N: usize> From<[Step; N]> for Pipeline {
    fn from(steps: [Step; N]) -> Pipeline {
        Pipeline { steps: steps.into() }
    }
}

impl Preparation for Pipeline {
    /// Those of all steps, among them columns that a step reads and an earlier one makes.
    fn columns(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for column in self.steps.iter().flat_map(Preparation::columns) {
            if !all.contains(&column) {
                all.push(column);
            }
        }
        all
    }

    fn transform(&self, frame: &DataFrame) -> Result<DataFrame, FrameError> {
        self.steps.iter().try_fold(frame.clone(), |frame, step| step.transform(&frame))
    }
}

/// A column of numbers as 64-bit floats, NaN as missing: what statistics are taken of.
pub(super) fn number(column: &str) -> Expr {
    col(column).cast(DataType::Float64).fill_nan(lit(NULL))
}

/// What these expressions, each of one number, are for a table; missing where there is none.
pub(super) fn measured(frame: &DataFrame, expressions: Vec<Expr>) -> Result<Vec<Option<f64>>, FrameError> {
    let named: Vec<Expr> = expressions
        .into_iter()
        .enumerate()
        .map(|(i, expression)| expression.cast(DataType::Float64).alias(i.to_string()))
        .collect();
    let row = frame.clone().lazy().select(named).collect()?;
    row.columns().iter().map(|column| Ok(column.f64()?.get(0))).collect()
}

/// The table with these columns replaced.
pub(super) fn replaced(frame: &DataFrame, expressions: Vec<Expr>) -> Result<DataFrame, FrameError> {
    Ok(frame.clone().lazy().with_columns(expressions).collect()?)
}

/// Names of columns, as people give them.
pub(super) fn owned(columns: impl IntoIterator<Item: AsRef<str>>) -> Vec<String> {
    columns.into_iter().map(|column| column.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::super::{Bins, Fill};
    use super::*;

    #[test]
    fn a_pipeline_is_read_back_and_says_what_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preparation.json");
        let table =
            df!["a" => [Some(1), None, Some(4)], "b" => ["x", "y", "x"], "c" => [0.5, 1.0, 8.0]].unwrap();
        let mut pipeline = Pipeline::new();
        let full = pipeline.fit(&table, |table| Imputer::fit(table, ["a"], Fill::constant(0))).unwrap();
        let scaled = pipeline.fit(&full, |table| MinMaxScaler::fit(table, ["a"])).unwrap();
        let binned = pipeline.fit(&scaled, |table| Binner::fit(table, ["c"], Bins::Uniform(2))).unwrap();
        pipeline.push(OneHot::fit(&binned, ["b"]).unwrap());
        assert_eq!((pipeline.columns(), pipeline.steps().len()), (vec!["a", "c", "b"], 4));
        pipeline.save(&path).unwrap();
        let read = Pipeline::load(&path).unwrap();
        assert_eq!(read, pipeline);
        let expected = df![
            "a" => [0.25, 0.0, 1.0], "b_x" => [1f32, 0.0, 1.0], "b_y" => [0f32, 1.0, 0.0], "c" => [0, 0, 1]
        ];
        assert_eq!(read.transform(&table).unwrap(), expected.unwrap());
        let error = read.transform(&df!["b" => ["x"]].unwrap()).unwrap_err().to_string();
        assert_eq!(error, "there is no column `a`; the table has `b`");
    }

    #[test]
    fn a_file_that_describes_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preparation.json");
        let text = || Pipeline::load(&path).unwrap_err().to_string();
        assert!(text().starts_with("cannot read `"));
        fs::write(&path, "{\"steps\":[{\"Unheard\":{}}]}").unwrap();
        assert!(
            text().contains("describes no preparation of a table: unknown variant `Unheard`"),
            "{}",
            text()
        );
        assert!(Pipeline::new().save(folder.path().join("no/x.json")).is_err());
    }
}
