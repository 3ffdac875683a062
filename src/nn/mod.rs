//! Networks: the trait [`Module`], layers for structs, and [`sequential!`](crate::sequential).
//!
//! A layer is one file: its word in `sequential!`, its struct, their tests; plus a `mod` line and a line in [`WORDS`].

mod activations;
pub(crate) mod architecture;
mod convolution;
mod draw;
pub mod init;
mod mode;
mod modifiers;
mod module;
mod network;
mod padding;
pub mod plan;
mod pool;
pub mod sequential;
mod summary;

mod attention;
mod attention_words;
mod batch_norm;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod crf;
mod dropout;
mod elu;
mod embedding;
mod flatten;
mod gelu;
mod global_pool;
mod group_norm;
mod grouped_conv2d;
mod hardsigmoid;
mod hardswish;
mod instance_norm;
mod layer_norm;
mod leaky_relu;
mod linear;
mod log_softmax;
mod max_pool2d;
mod permute;
mod pool1d;
mod pool2d;
mod positions;
mod prelu;
mod recurrent;
mod recurrent_words;
mod relu;
mod relu6;
mod reshape;
mod residual;
mod sigmoid;
mod silu;
mod softmax;
mod softplus;
mod tanh;
mod transformer;
mod upsample;

pub use attention::{MultiHeadAttention, TransformerDecoderLayer, TransformerEncoderLayer};
pub use batch_norm::{BatchNorm1d, BatchNorm2d};
pub use conv_transpose2d::ConvTranspose2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use crf::Crf;
pub use draw::Drawing;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use group_norm::GroupNorm;
pub use grouped_conv2d::{DepthwiseConv2d, GroupedConv2d};
pub use instance_norm::InstanceNorm2d;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use max_pool2d::MaxPool2d;
pub(crate) use mode::{UNSAID, warn_of_unsaid};
pub use mode::{evaluation, is_training, training};
pub use module::{Module, Visitor};
pub(crate) use network::PLAN;
pub use network::{Layer, Network};
pub use padding::{Dilated, Padding, Same, SameUpper, Strided, Valid};
pub use plan::Plan;
pub use pool1d::{AvgPool1d, MaxPool1d};
pub use pool2d::AvgPool2d;
pub use positions::{PositionEmbedding, PositionalEncoding};
pub use prelu::PRelu;
pub use recurrent::{Bidirectional, Direction, Gru, Hidden, Lstm, LstmState, OneWay, SimpleRnn};
pub use sequential::Sequential;
pub use summary::Summary;
pub use upsample::Upsample;

pub use crate::ops::AttentionMask;

/// The layers that a model file may name.
pub(crate) static WORDS: [&plan::Word; 47] = [
    &attention_words::ATTEND,
    &attention_words::ENCODE,
    &batch_norm::WORD,
    &conv1d::WORD,
    &conv2d::WORD,
    &conv_transpose2d::WORD,
    &dropout::WORD,
    &elu::WORD,
    &embedding::WORD,
    &flatten::WORD,
    &gelu::WORD,
    &global_pool::AVG1D,
    &global_pool::AVG2D,
    &global_pool::MAX,
    &global_pool::MAX1D,
    &global_pool::MAX2D,
    &global_pool::MEAN,
    &group_norm::WORD,
    &hardsigmoid::WORD,
    &hardswish::WORD,
    &instance_norm::WORD,
    &layer_norm::WORD,
    &leaky_relu::WORD,
    &linear::WORD,
    &log_softmax::WORD,
    &max_pool2d::WORD,
    &permute::WORD,
    &pool1d::AVG,
    &pool1d::MAX,
    &pool2d::WORD,
    &positions::LEARNT,
    &positions::WORD,
    &prelu::WORD,
    &recurrent_words::GRU,
    &recurrent_words::LSTM,
    &recurrent_words::SIMPLE_RNN,
    &relu::WORD,
    &relu6::WORD,
    &reshape::WORD,
    &residual::ADD,
    &residual::SKIP,
    &sigmoid::WORD,
    &silu::WORD,
    &softmax::WORD,
    &softplus::WORD,
    &tanh::WORD,
    &upsample::WORD,
];
