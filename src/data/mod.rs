//! Data to learn from.
//!
//! | examples | with a class each | with a tensor each |
//! |---|---|---|
//! | that can be taken in any order, in memory or read when needed | [`Dataset`] | [`TensorDataset`] |
//! | that come one after another | [`Stream`] | [`TensorStream`] |
//!
//! Anything else is a [`Source`]. A [`Trainer`](crate::Trainer) takes them all; [`Loader`] makes batches of them for loops of
//! one's own. Pictures are changed by [`transforms`], at random by [`Augment`]; [`text`] makes numbers of words.

mod augment;
mod batches;
mod beam_search;
mod dataset;
mod feed;
mod flow;
mod folder;
mod images;
mod loader;
mod normalization;
mod pairs;
mod parts;
mod prefetch;
mod rows;
mod slow;
mod source;
mod splits;
mod stream;
mod tensors;
pub mod text;
pub mod transforms;
mod values;

pub use augment::Augment;
pub use batches::Batches;
pub use beam_search::{BeamSearch, Hypothesis};
pub use dataset::Dataset;
pub(crate) use feed::{Content, Feed, Pass};
pub use folder::{FolderError, ImageFolder};
pub use loader::Loader;
pub use normalization::{Inputs, Normalization};
pub(crate) use prefetch::{Taker, with_batches};
pub use rows::DatasetError;
pub(crate) use rows::Rows;
pub use source::{Source, TrainingData};
pub use stream::{Example, Stream, TensorStream};
pub use tensors::TensorDataset;

/// Panics while compiling unless every size of an example is known.
pub(crate) const fn known<X: crate::shape::Shape>() {
    let mut i = 0;
    while i < X::RANK {
        assert!(X::DIMS[i] != crate::shape::DYN, "every size of an example must be known: use `Const<N>`");
        i += 1;
    }
}
