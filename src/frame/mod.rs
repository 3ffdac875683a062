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

mod html;
#[cfg(test)]
mod tests;
mod view;

use std::path::Path;

use polars::prelude::{CsvReadOptions, DataFrame, PolarsResult, SerReader};

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
