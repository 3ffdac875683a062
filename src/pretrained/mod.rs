//! Networks with trained weights, which come with the project.

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
