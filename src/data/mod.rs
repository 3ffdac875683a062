//! Data to learn from: typed rows with labels, in batches.

mod augment;
mod batches;
mod beam_search;
mod dataset;
mod images;
mod normalization;
mod rows;

pub use augment::Augment;
pub use batches::Batches;
pub use beam_search::{BeamSearch, Hypothesis};
pub use dataset::Dataset;
pub use normalization::Normalization;
pub use rows::DatasetError;
pub(crate) use rows::Rows;
