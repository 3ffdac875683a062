//! Tensors of other crates.

#[cfg(feature = "dfdx")]
mod dfdx;
#[cfg(feature = "ndarray")]
mod ndarray;
