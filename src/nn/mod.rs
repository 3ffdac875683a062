//! Networks: the trait [`Module`], layers for structs, and [`sequential!`](crate::sequential).
//!
//! A layer is one file: its word in `sequential!`, its struct, their tests; plus a `mod` line and a line in [`WORDS`].

mod architecture;
pub mod init;
mod mode;
mod module;
mod network;
pub mod plan;
pub mod sequential;
mod summary;

mod conv2d;
mod dropout;
mod flatten;
mod linear;
mod max_pool2d;
mod relu;
mod sigmoid;
mod tanh;

pub use conv2d::{Conv2d, Padding, Same, Strided, Valid};
pub use dropout::Dropout;
pub use linear::Linear;
pub use max_pool2d::MaxPool2d;
pub use mode::{evaluation, is_training, training};
pub use module::{Module, Visitor};
pub use network::{Layer, Network};
pub use plan::Plan;
pub use sequential::Sequential;
pub use summary::Summary;

/// The layers that a model file may name.
static WORDS: [&plan::Word; 8] = [
    &conv2d::WORD,
    &dropout::WORD,
    &flatten::WORD,
    &linear::WORD,
    &max_pool2d::WORD,
    &relu::WORD,
    &sigmoid::WORD,
    &tanh::WORD,
];
