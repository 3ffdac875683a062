//! Data to learn from: typed rows with labels, in batches.

mod augment;
mod dataset;
mod images;
mod normalization;
mod rows;

pub use augment::Augment;
pub use dataset::Dataset;
pub use normalization::Normalization;
pub use rows::DatasetError;
pub(crate) use rows::Rows;
