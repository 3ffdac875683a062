//! Computing on the CPU: buffers, layouts and the loops under the operations. The only module with unsafe code.

pub(crate) mod attention;
pub mod buffer;
pub(crate) mod conv;
mod cut;
pub(crate) mod depthwise;
pub(crate) mod elementwise;
#[cfg(test)]
mod fence;
pub(crate) mod gemm;
pub(crate) mod gemv;
pub(crate) mod half;
pub(crate) mod layout;
pub(crate) mod math;
mod micro_kernel;
pub(crate) mod packed;
pub(crate) mod patches;
pub(crate) mod pool;
pub(crate) mod recurrent;
pub(crate) mod reduce;
pub(crate) mod simd;
pub(crate) mod strided;
pub(crate) mod threads;
pub(crate) mod tile;
pub(crate) mod transpose;
