//! Tables: polars, shown as HTML when a cell ends in one.
//!
//! ```
//! use ferrolab::prelude::*;
//!
//! let classes = read_csv(datasets::path("clipart32/classes.csv"))?;
//! let large = classes.lazy().filter(col("train").gt(lit(100))).select([col("class"), col("train")]).collect()?;
//! assert_eq!(large.shape(), (5, 2));
//! # Ok::<(), polars::error::PolarsError>(())
//! ```
//!
//! Columns become tensors by [`FrameTensors::to_tensor`] and data sets by [`Dataset::from_frame`](crate::Dataset::from_frame). What is
//! done to them before, scikit-learn's words for it:
//!
//! | columns of | are prepared by |
//! |---|---|
//! | numbers of different sizes | [`StandardScaler`], [`MinMaxScaler`] |
//! | numbers of which only a range matters | [`Binner`] |
//! | texts, whole numbers, booleans that stand for categories | [`OneHot`], [`OrdinalEncoder`] |
//! | values of which some are missing | [`Imputer`] |
//!
//! Each learns from training data (`fit`) and is then applied to all data (`transform`); a [`Pipeline`] keeps several, in a file if need
//! be, for the service that is asked later.

#[cfg(test)]
mod against_scikit_learn;
mod binner;
mod categories;
mod dataset;
mod error;
mod html;
mod imputer;
mod min_max_scaler;
mod one_hot;
mod ordinal_encoder;
mod preparation;
mod standard_scaler;
mod tensors;
#[cfg(test)]
mod tests;
mod view;

use std::path::Path;

use polars::prelude::{CsvReadOptions, DataFrame, PolarsResult, SerReader};

pub use binner::{Binner, Bins};
pub use error::FrameError;
pub use imputer::{Fill, Imputer, Value};
pub use min_max_scaler::MinMaxScaler;
pub use one_hot::OneHot;
pub use ordinal_encoder::OrdinalEncoder;
pub use preparation::{Pipeline, Preparation, Step};
pub use standard_scaler::StandardScaler;
pub use tensors::{ColumnNames, ColumnTensor, FrameTensors};
#[doc(hidden)]
pub use view::PickFrame;
pub use view::{Displayable, FrameView, display};

/// Reads a CSV file with a header line; the types of the columns follow from its first 1000 lines.
///
/// For other separators, missing values or chosen columns: polars' `CsvReadOptions`.
///
/// # Errors
/// polars' own: the file cannot be read, or a later line does not fit the types.
pub fn read_csv(path: impl AsRef<Path>) -> PolarsResult<DataFrame> {
    let options = CsvReadOptions::default().with_has_header(true).with_infer_schema_length(Some(1000));
    options.try_into_reader_with_file_path(Some(path.as_ref().into()))?.finish()
}
