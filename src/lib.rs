//! Deep learning for notebooks: tensors whose shapes are checked before a cell runs.

#![warn(missing_docs)]

pub mod amp;
pub mod array;
mod arrays;
pub mod autograd;
pub mod axes;
mod compute;
pub mod cpu;
mod create;
pub mod cuda;
pub mod data;
pub mod datasets;
pub mod device;
pub mod dtype;
pub mod explain;
#[doc(hidden)]
pub mod facts;
#[cfg(feature = "frame")]
pub mod frame;
#[cfg(any(feature = "ndarray", feature = "dfdx"))]
mod interop;
pub mod io;
pub mod loss;
pub mod metrics;
pub mod nn;
pub mod ops;
pub mod optim;
#[cfg(feature = "plot")]
pub mod plot;
pub mod pretrained;
mod print;
pub mod random;
pub mod raw;
pub mod say;
pub mod shape;
mod shape_error;
pub mod tensor;
pub mod train;
mod view;

// Generated code says `::ferrolab`, here too.
extern crate self as ferrolab;

pub use amp::{GradScaler, Precision, autocast};
pub use autograd::{Gradients, no_grad};
pub use data::{Augment, Dataset, Loader, Normalization, Stream, TensorDataset, TensorStream};
pub use device::Device;
pub use dtype::{Dtype, bf16, f16};
pub use io::safetensors::{Mapping, Storage};
pub use loss::{BceWithLogits, CrossEntropy, Labels, cross_entropy, mse};
pub use metrics::{ConfusionMatrix, accuracy, accuracy_with, confusion_matrix};
pub use nn::{
    AttentionMask, AvgPool1d, AvgPool2d, BatchNorm1d, BatchNorm2d, Bidirectional, Conv1d, Conv2d,
    ConvTranspose2d, DepthwiseConv2d, Dilated, Dropout, Embedding, GroupNorm, GroupedConv2d, Gru,
    InstanceNorm2d, LayerNorm, Linear, Lstm, MaxPool1d, MaxPool2d, Module, MultiHeadAttention, PRelu,
    PositionEmbedding, PositionalEncoding, Same, SameUpper, Sequential, SimpleRnn, Strided,
    TransformerDecoderLayer, TransformerEncoderLayer, Upsample, Valid,
};
pub use ops::einsum;
pub use optim::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Schedule, Sgd};
pub use random::manual_seed;
pub use raw::Raw;
// At the root, because compiler messages print the shortest path.
pub use shape::{
    Batch, Const, ConvOut, Dim, Div, Dyn, Fits, Part, Prod, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5, SameAs,
    Shape, Sum, TransposedOut,
};
pub use shape_error::ShapeError;
pub use tensor::Tensor;
pub use train::{History, Trainer};

pub use ferrolab_derive::Module;
pub use ferrolab_display as display;
// rustc names a type by its crate's own name. With these, the names of our types in cells are paths that exist.
#[cfg(feature = "frame")]
pub use polars;
#[doc(hidden)]
pub use {ferrolab_datasets, ferrolab_display};

/// What a notebook's first cell imports: `use ferrolab::prelude::*;`.
pub mod prelude {
    pub use crate::data::{text, transforms};
    pub use crate::{
        Adagrad, Adam, AdamW, AttentionMask, Augment, AvgPool1d, AvgPool2d, Batch, BatchNorm1d, BatchNorm2d,
        BceWithLogits, Bidirectional, Const, Conv1d, Conv2d, ConvOut, ConvTranspose2d, CrossEntropy, Dataset,
        DepthwiseConv2d, Device, Dilated, Dim, Div, Dropout, Dyn, Embedding, Fits, GradScaler, Gradients,
        GroupNorm, GroupedConv2d, Gru, History, InstanceNorm2d, Labels, LayerNorm, Linear, Loader, Lstm,
        Mapping, MaxPool1d, MaxPool2d, Module, MultiHeadAttention, Normalization, Optimizer, PRelu, Part,
        PositionEmbedding, PositionalEncoding, Precision, Prod, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5,
        RmsProp, Same, SameUpper, Schedule, Sequential, Sgd, Shape, SimpleRnn, Storage, Stream, Strided, Sum,
        Tensor, TensorDataset, TensorStream, Trainer, TransformerDecoderLayer, TransformerEncoderLayer,
        Upsample, Valid, accuracy, accuracy_with, autocast, bf16, confusion_matrix, cross_entropy, datasets,
        einsum, explain, f16, loss, manual_seed, metrics, mse, nn, no_grad, optim, pretrained, sequential,
    };
    // Methods of tuples and lists of tensors: `(&a, &b).cat::<1>()`.
    pub use crate::ops::{Cat as _, Stack as _};

    pub use ferrolab_display::{
        Html, InputError, Markdown, MimeBundle, Progress, Show, clear_output, input, interrupted, password,
        progress,
    };

    #[cfg(not(feature = "frame"))]
    pub use ferrolab_display::display;

    #[cfg(feature = "plot")]
    pub use crate::plot::{
        BarChart, Chart, ConfusionMatrix, HeatMap, Histogram, ImageGrid, LineChart, Overlay, Plot,
        ScatterChart,
    };

    #[cfg(feature = "frame")]
    #[doc(no_inline)]
    pub use crate::frame::{
        Binner, Bins, ColumnTensor as _, Fill, FrameTensors as _, FrameView, Imputer, MinMaxScaler, OneHot,
        OrdinalEncoder, PickFrame as _, Pipeline, Preparation as _, StandardScaler, display, read_csv,
    };
    // What is typed most; the rest as `pl::…`. A glob would hide names of ours.
    #[cfg(feature = "frame")]
    #[doc(no_inline)]
    pub use polars::prelude::{
        self as pl, Column, CsvReadOptions, DataFrame, DataType, Expr, IntoLazy, LazyFrame, NamedFrom,
        PolarsError, PolarsResult, SerReader, Series, SortMultipleOptions, col, cols, df, len, lit, when,
    };
    #[cfg(feature = "streaming")]
    #[doc(no_inline)]
    pub use polars::prelude::{LazyCsvReader, LazyFileListReader};
}
