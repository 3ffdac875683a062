//! What operations are made of, on the device of this thread: one function for the CPU's loop and the GPU's kernel.
//!
//! A kernel is found by its name; the closure beside it is the same formula for the CPU.

mod elementwise;
mod gradients;
mod product;
mod reduce;
mod structure;

pub(crate) use elementwise::{add_into, add_row, map, map_by, slope, slope_by, zip};
pub(crate) use gradients::{scale, scale_and_check, squares};
pub(crate) use product::{Matrix, deferred, product, product_on_gpu, products};
pub(crate) use reduce::{axis_sum, row_sum, sum};
pub(crate) use structure::{filled, strided, transposed};
