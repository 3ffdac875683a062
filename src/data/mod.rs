//! Data to learn from: typed rows with labels, in batches.

mod dataset;
mod images;
mod normalization;
mod rows;

pub use dataset::Dataset;
pub use normalization::Normalization;
pub use rows::DatasetError;
pub(crate) use rows::Rows;
