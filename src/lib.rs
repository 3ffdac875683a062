//! Deep learning for notebooks: tensors whose shapes are checked before a cell runs.

pub mod array;
pub mod autograd;
pub mod axes;
pub mod cpu;
pub mod device;
pub mod dtype;
pub mod ops;
mod print;
pub mod random;
pub mod raw;
pub mod say;
pub mod shape;
pub mod tensor;

pub use autograd::{Gradients, no_grad};
pub use device::Device;
pub use dtype::Dtype;
pub use random::manual_seed;
pub use raw::Raw;
// At the root, because compiler messages print the shortest path.
pub use shape::{
    Batch, Const, ConvOut, Dim, Div, Dyn, Fits, Prod, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5, SameAs, Shape, Sum,
};
pub use tensor::Tensor;

pub use ferrolab_datasets as datasets;
pub use ferrolab_display as display;

/// What a notebook's first cell imports: `use ferrolab::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Batch, Const, ConvOut, Device, Dim, Div, Dyn, Fits, Gradients, Prod, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5,
        Shape, Sum, Tensor, manual_seed, no_grad,
    };
}
