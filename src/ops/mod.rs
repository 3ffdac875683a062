//! Operations: one file each, with its kernel call, its gradient, its typed method, an example and a gradient check.

mod relu;

pub use relu::relu;
