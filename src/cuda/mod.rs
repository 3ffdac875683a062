//! Computing on an NVIDIA GPU: its memory, copies from and to it, and launches of the kernels under `kernels/`, whose PTX is
//! part of the library. The driver is loaded when the program runs; without one, all of this stays unused.
//!
//! An [`Array`](crate::array::Array) does not move: its numbers are there, on a GPU, or on both, and are copied when an
//! operation needs them where they are not. An operation runs on [`Device::current`](crate::Device::current); everything is
//! queued on one stream and only reading a number waits for it. An operation that has no kernel here reads its inputs, as a
//! user would, and computes on the CPU: [`Statistics`] counts how often.

mod accuracy;
#[cfg(test)]
pub(crate) mod agreement;
mod attention;
mod batch_norm;
mod blas;
mod context;
mod convolution;
mod crf;
mod cross_entropy;
mod ctc;
mod depthwise;
mod dnn;
mod dropout;
mod elementwise;
mod error;
mod gpu;
mod group_norm;
mod half;
mod launch;
mod library;
mod losses;
mod memory;
mod modules;
#[cfg(test)]
mod planted;
#[cfg(not(test))]
mod planted {
    /// In tests, whether a bug is planted to see that it is caught.
    pub(super) const fn is(_: &str) -> bool {
        false
    }
}
mod places;
mod pool;
mod prelu;
mod product;
mod recurrent;
mod reduce;
mod rows;
mod scan;
mod self_test;
mod softmax;
mod sort;
mod staging;
mod statistics;
mod strided;
mod structure;
mod table;
mod teams;
#[cfg(test)]
mod tests;
mod tf32;
mod words;

pub(crate) use attention::{Heads, Outcome};
pub(crate) use crf::Chains;
pub(crate) use cross_entropy::Wanted;
pub(crate) use ctc::Sequences;
pub use error::CudaError;
pub(crate) use gpu::Gpu;
pub(crate) use losses::Side;
pub(crate) use memory::Memory;
pub(crate) use pool::Windows;
pub(crate) use product::{Ending, Matrix, Product};
pub(crate) use recurrent::Gradients as RecurrentGradients;
pub(crate) use scan::Walk;
pub use self_test::{Extent, OperationResult, Report, Speed, TrainingResult, self_test};
pub(crate) use statistics::note_fallback;
pub use statistics::{Statistics, statistics};
pub(crate) use table::{Rows, Table};
pub use tf32::allow_tf32;

use crate::Device;

/// The GPU that operations of this thread run on, if it is one.
#[inline]
pub(crate) fn active() -> Option<&'static Gpu> {
    match Device::current() {
        Device::Cpu => None,
        Device::Cuda(ordinal) => Some(Gpu::opened(ordinal)),
    }
}
