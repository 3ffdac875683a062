//! Why a model decides as it does.

mod saliency;

pub use saliency::{normalized, saliency, saliency_with};
