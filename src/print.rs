//! How tensors are printed: rows in brackets as NumPy does, long ones summarised, the shape below.

use std::fmt;

use crate::array::Array;

/// Writes the values and the line `Tensor<f32> [2, 3]`.
pub fn debug(array: &Array, dtype: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:?}\nTensor<{dtype}> {:?}", array.to_vec(), array.sizes())
}
