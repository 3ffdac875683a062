//! Columns as tensors, tensors as columns.

use polars::prelude::{Column, DataFrame, DataType, Float32Chunked, NamedFrom, Series};

use super::error::{FrameError, column, listed, without_nulls, wrong_dtype};
use crate::array::Array;
use crate::raw::Raw;
use crate::shape::{Const, Dim};
use crate::tensor::Tensor;

/// The names of `F` columns: an array, whose length the type knows, or a list, whose length is checked.
pub trait ColumnNames<const F: usize> {
    /// The names, as many as there are.
    fn names(&self) -> Vec<String>;
}

impl<T: AsRef<str>, const F: usize> ColumnNames<F> for [T; F] {
    fn names(&self) -> Vec<String> {
        owned(self)
    }
}
impl<T: AsRef<str>, const F: usize> ColumnNames<F> for &[T; F] {
    fn names(&self) -> Vec<String> {
        owned(*self)
    }
}
impl<T: AsRef<str>, const F: usize> ColumnNames<F> for &[T] {
    fn names(&self) -> Vec<String> {
        owned(self)
    }
}
impl<T: AsRef<str>, const F: usize> ColumnNames<F> for Vec<T> {
    fn names(&self) -> Vec<String> {
        owned(self)
    }
}
impl<T: AsRef<str>, const F: usize> ColumnNames<F> for &Vec<T> {
    fn names(&self) -> Vec<String> {
        owned(self)
    }
}

fn owned<T: AsRef<str>>(names: &[T]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().to_owned()).collect()
}

/// The names, which must be `expected`.
pub(super) fn counted(names: Vec<String>, expected: usize) -> Result<Vec<String>, FrameError> {
    let found = names.len();
    if found == expected {
        return Ok(names);
    }
    Err(FrameError::Width { expected, found, names: listed(names.iter().map(String::as_str)) })
}

/// Tables as tensors.
pub trait FrameTensors {
    /// The columns of these names as a matrix, a row for every row of the table. Numbers and booleans (as 0 and 1) become
    /// `f32`; integers beyond 2²⁴ and floats of 64 bits are rounded.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let frame = df!["age" => [29, 2], "alone" => [true, false], "name" => ["Elisabeth", "Hudson"]]?;
    /// let x: Tensor<(usize, Const<2>)> = frame.to_tensor(["age", "alone"])?;
    /// assert_eq!(x.to_vec(), [29.0, 1.0, 2.0, 0.0]);
    /// let all = frame.drop("name")?.to_tensor::<2>(frame.drop("name")?.get_column_names())?; // a list: its length is said
    /// # assert_eq!(all.to_vec(), x.to_vec());
    /// # Ok::<(), ferrolab::frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError::Missing`] if there is no such column, [`FrameError::Dtype`] if it holds no numbers,
    /// [`FrameError::Nulls`] if one is missing, [`FrameError::Width`] if a list has not `F` names.
    fn to_tensor<const F: usize>(
        &self,
        columns: impl ColumnNames<F>,
    ) -> Result<Tensor<(usize, Const<F>)>, FrameError>;
}

impl FrameTensors for DataFrame {
    #[inline]
    fn to_tensor<const F: usize>(
        &self,
        columns: impl ColumnNames<F>,
    ) -> Result<Tensor<(usize, Const<F>)>, FrameError> {
        let values = values(self, &counted(columns.names(), F)?)?;
        Ok(Tensor::from_raw(Raw::new(Array::from_vec(&[self.height(), F], values))))
    }
}

/// Columns as tensors.
pub trait ColumnTensor {
    /// The values as a vector; see [`FrameTensors::to_tensor`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let frame = df!["age" => [29, 2]]?;
    /// assert_eq!(frame.column("age")?.to_tensor()?.to_vec(), [29.0, 2.0]);
    /// # Ok::<(), ferrolab::frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError::Dtype`] if the column holds no numbers, [`FrameError::Nulls`] if one is missing.
    fn to_tensor(&self) -> Result<Tensor<(usize,)>, FrameError>;
}

impl ColumnTensor for Column {
    fn to_tensor(&self) -> Result<Tensor<(usize,)>, FrameError> {
        Ok(Tensor::from_vec(floats(self)?.into_no_null_iter().collect()))
    }
}

impl ColumnTensor for Series {
    fn to_tensor(&self) -> Result<Tensor<(usize,)>, FrameError> {
        Column::from(self.clone()).to_tensor()
    }
}

impl<N: Dim> Tensor<(N,)> {
    /// The values as a column of polars' 32-bit floats.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let loss = Tensor::<Rank1<2>>::from([0.5, 0.25]).to_series("loss");
    /// assert_eq!(loss.f32()?.get(1), Some(0.25));
    /// # Ok::<(), polars::error::PolarsError>(())
    /// ```
    pub fn to_series(&self, name: &str) -> Series {
        Series::new(name.into(), self.to_vec())
    }
}

impl<N: Dim, const F: usize> Tensor<(N, Const<F>)> {
    /// A table of the columns of this matrix, 32-bit floats, under these names.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 2>>::from([[0.9, 0.1], [0.2, 0.8]]).to_frame(["cat", "dog"])?;
    /// assert_eq!(scores, df!["cat" => [0.9f32, 0.2], "dog" => [0.1f32, 0.8]]?);
    /// # Ok::<(), ferrolab::frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError::Width`] if a list has not `F` names, [`FrameError::Polars`] if two are the same.
    #[inline]
    pub fn to_frame(&self, names: impl ColumnNames<F>) -> Result<DataFrame, FrameError> {
        frame(&self.raw().array(), counted(names.names(), F)?)
    }
}

/// The columns of these names side by side, in row-major order.
pub(super) fn values(frame: &DataFrame, names: &[String]) -> Result<Vec<f32>, FrameError> {
    let (height, width) = (frame.height(), names.len());
    let mut values = vec![0.0; height * width];
    for (at, name) in names.iter().enumerate() {
        let numbers = floats(column(frame, name)?)?;
        let places = values.iter_mut().skip(at).step_by(width);
        places.zip(numbers.into_no_null_iter()).for_each(|(place, number)| *place = number);
    }
    Ok(values)
}

/// The values of a column, of which none is missing.
fn floats(column: &Column) -> Result<Float32Chunked, FrameError> {
    let dtype = column.dtype();
    if !dtype.is_primitive_numeric() && !dtype.is_bool() {
        return Err(wrong_dtype(
            column,
            "numbers or booleans: `OneHot` or `OrdinalEncoder` makes numbers of texts",
        ));
    }
    Ok(without_nulls(column)?.cast(&DataType::Float32)?.f32()?.clone())
}

fn frame(matrix: &Array, names: Vec<String>) -> Result<DataFrame, FrameError> {
    let (height, width) = (matrix.sizes()[0], names.len());
    let matrix = matrix.row_major();
    let column = |(at, name): (usize, String)| {
        let values: Vec<f32> = matrix.values().iter().skip(at).step_by(width).copied().collect();
        Column::new(name.into(), values)
    };
    Ok(DataFrame::new(height, names.into_iter().enumerate().map(column).collect())?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::shape::{Rank1, Rank2};

    fn table() -> DataFrame {
        df![
            "whole" => [1i64, -2, 3],
            "part" => [0.5f64, f64::NAN, 1.5],
            "yes" => [true, false, true],
            "gap" => [Some(1), None, None],
            "text" => ["a", "b", "c"],
        ]
        .unwrap()
    }

    #[test]
    fn columns_stand_side_by_side_in_the_order_asked_for() {
        let x = table().to_tensor(["yes", "whole", "yes"]).unwrap();
        assert_eq!((x.shape(), x.to_vec()), (vec![3, 3], vec![1.0, 1.0, 1.0, 0.0, -2.0, 0.0, 1.0, 3.0, 1.0]));
        let x = table().to_tensor(["part"]).unwrap().to_vec();
        assert!(x[0] == 0.5 && x[1].is_nan() && x[2] == 1.5);
        assert_eq!(table().head(Some(0)).to_tensor(["whole", "part"]).unwrap().shape(), [0, 2]);
        assert_eq!(table().to_tensor::<0>(Vec::<String>::new()).unwrap().shape(), [3, 0]);
    }

    #[test]
    fn what_is_no_number_is_named() {
        let error = |name: &str| table().to_tensor([name]).unwrap_err().to_string();
        assert_eq!(
            error("hole"),
            "there is no column `hole`; the table has `whole`, `part`, `yes`, `gap`, `text`"
        );
        assert_eq!(
            error("text"),
            "column `text` holds str, expected numbers or booleans: `OneHot` or `OrdinalEncoder` makes numbers of texts"
        );
        assert_eq!(
            error("gap"),
            "column `gap` has 2 missing values, the first in row 1: fill them with an `Imputer`, or leave their rows out with `drop_nulls`"
        );
        let width = table().to_tensor::<3>(vec!["yes", "whole"]).unwrap_err().to_string();
        assert_eq!(width, "expected the names of 3 columns, got 2: `yes`, `whole`");
    }

    #[test]
    fn tensors_become_columns_and_come_back() {
        let x = Tensor::<Rank2<3, 2>>::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        let frame = x.transpose().transpose().to_frame(["a", "b"]).unwrap();
        assert_eq!(frame, df!["a" => [1f32, 3.0, 5.0], "b" => [2f32, 4.0, 6.0]].unwrap());
        assert_eq!(frame.to_tensor(["a", "b"]).unwrap().to_vec(), x.to_vec());
        let column = Tensor::<Rank1<2>>::from([7.0, 8.0]).to_series("c");
        assert_eq!((column.name().as_str(), column.to_tensor().unwrap().to_vec()), ("c", vec![7.0, 8.0]));
        assert!(x.to_frame(["a", "a"]).is_err());
        assert!(x.to_frame(vec!["a"]).is_err());
    }
}
