//! Networks with trained weights, which come with the project.
//!
//! ```no_run
//! use ferrolab::prelude::*;
//! use ferrolab::pretrained::EfficientNetLite0;
//!
//! let model = EfficientNetLite0::pretrained()?;
//! let cat = EfficientNetLite0::preprocess(datasets::photo("chelsea")?)?;
//! for (name, probability) in model.classify(&cat, 3) {
//!     println!("{name}: {probability:.2}"); // tiger cat: 0.39
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod efficientnet;
pub mod imagenet;

pub use efficientnet::EfficientNetLite0;

use crate::io::safetensors::FileError;
use ferrolab_datasets::DataError;

/// Why a pretrained network could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PretrainedError {
    /// The folder of the weights is gone.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The files are damaged.
    #[error(transparent)]
    File(#[from] FileError),
}
