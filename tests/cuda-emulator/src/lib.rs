//! A CUDA device that is a program: a PTX emulator behind the CUDA driver API, for tests on machines without a GPU.
//!
//! It runs the PTX text that is shipped, through the host code that is shipped, and looks closer than a GPU does. It is a test's
//! tool: a program only meets it when it is started with [`library_folder`] in front of `LD_LIBRARY_PATH`.
//!
//! # How to run a program on it
//!
//! The library exports the functions of `libcuda.so` and a few of `libcublas.so` and `libcudnn.so`, under one roof. A test starts a child process:
//!
//! ```no_run
//! use std::process::Command;
//!
//! let folder = ferrolab_cuda_emulator::library_folder()?;
//! let status = Command::new(std::env::current_exe()?)
//!     .arg("the_test_to_run")
//!     .env("LD_LIBRARY_PATH", folder)
//!     .env("FERROLAB_EMULATOR_SEED", "7")
//!     .status()?;
//! assert!(status.success());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Tests of single kernels need no child process: see [`Device`]. Whether a file of PTX text is accepted, `cargo run --release -p
//! ferrolab-cuda-emulator --example ptx_check -- FILE` tells.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `FERROLAB_EMULATOR_DEVICES` | how many devices there are; with 0 there is a driver, but no device | 1 |
//! | `FERROLAB_EMULATOR_CAPABILITY` | their compute capability | 8.6 |
//! | `FERROLAB_EMULATOR_MEMORY` | bytes of memory | 8 GiB |
//! | `FERROLAB_EMULATOR_DRIVER` | the version of CUDA that the driver is for | 12040 |
//! | `FERROLAB_EMULATOR_SEED` | the order of blocks, warps and streams | 0 |
//! | `FERROLAB_EMULATOR_INSTRUCTIONS` | lane instructions after which a launch counts as endless | 20 000 000 000 |
//! | `FERROLAB_EMULATOR_FREEDOM` | with 1, products are fused with the sums behind them and approximate results are off by up to 2 units, as a GPU's may be | 0 |
//! | `FERROLAB_EMULATOR_LATE_COPIES` | with 1, copies to ordinary host memory come as late as those to page-locked memory | 0 |
//!
//! Beside CUDA's functions it exports `ferrolab_emulator_fault(buffer, length)` and `ferrolab_emulator_statistics(buffer, length)`,
//! which write text and return the length it needs, `ferrolab_emulator_reset_statistics()`, and
//! `ferrolab_emulator_forget(address, length)`, with which a pool of memory makes what it hands out again as good as new.
//!
//! # What it checks
//!
//! Each finding is a [`Fault`] that names the kernel, the line of the PTX text, the block, the thread and the address in words. It
//! goes to the standard error output and breaks the context, as a fault on a GPU does. See [`FaultKind`] for all of them:
//!
//! - accesses outside of an allocation, a shared variable, local memory or the parameters; misaligned ones; freed memory;
//! - global and shared memory that is read, but was never written; addresses are never used twice;
//! - shared memory touched by two warps without `__syncthreads()`, or by two lanes of a warp without `__syncwarp()`;
//! - global memory touched by two blocks of a launch, unless both are atomic, or one fenced its writes and took part in an atomic
//!   before the other did; equal values may be written twice;
//! - memory read through the read-only cache that the same kernel writes;
//! - barriers that not all threads of a block reach, or not at the same line. Threads that have exited count as missing: newer
//!   hardware forgives that, the manual does not;
//! - shuffles and votes that name lanes which never come, or read from lanes without a thread;
//! - launches beyond the device's limits, endless kernels, traps, failed assertions.
//!
//! What is asynchronous is only queued. It runs when CUDA promises that it has run, in an order that is left to chance wherever
//! nothing decides it. What a copy to page-locked memory will fill holds `0xff` bytes until then, and page-locked memory is read
//! when the copy runs. Copies to ordinary memory are done when the call returns, as CUDA promises and cudarc relies on.
//!
//! # What it can not show
//!
//! - Speed: nothing here says how fast a kernel is, how many registers it takes, or how many blocks run at once.
//! - How exact a GPU's approximations are: `ex2.approx`, `sin.approx` and their like are computed in f64 and rounded once, or, with
//!   `FERROLAB_EMULATOR_FREEDOM`, missed by a little.
//! - Mistakes of the driver's compiler, of the driver and of the hardware; machine code (cubins) is refused.
//! - Races between lanes or warps of one block in global memory, and memory models weaker than one access after the other.
//! - Textures, surfaces, tensor cores, asynchronous copies inside of kernels, clusters, cooperative launches, `printf`, calls through
//!   pointers and recursion: a module that uses them is refused when it is loaded, with the line.
//! - Several devices are several names for one memory.
//!
//! And whoever writes both a kernel and this emulator can misread the manual twice in the same way.

mod blas;
mod device;
mod dnn;
mod driver;
mod folder;
mod libraries;
pub mod machine;
pub mod operations;
mod pointers;
pub mod ptx;

pub use device::{Argument, Device, Plain};
pub use folder::library_folder;
pub use machine::{Fault, FaultKind, Launch};
pub use ptx::{Module, PtxError};
