//! Files that other tools read and write too.

pub(crate) mod files;
pub mod image;
pub mod npy;
pub mod npz;
pub(crate) mod onnx;
pub mod safetensors;
