//! A CUDA device that is a program: a PTX emulator behind the CUDA driver API, for tests on machines without a GPU.

mod blas;
mod device;
mod driver;
mod folder;
pub mod machine;
pub mod operations;
mod pointers;
pub mod ptx;

pub use device::{Argument, Device, Plain};
pub use folder::library_folder;
pub use machine::{Fault, FaultKind, Launch};
pub use ptx::{Module, PtxError};
