//! [`CudaError`]: why a GPU cannot be used, or what it says went wrong.

use cudarc::driver::{DriverError, sys};

/// Why there is no GPU to compute on.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum CudaError {
    /// No `libcuda.so`, which comes with the driver.
    #[error(
        "no NVIDIA driver was found (libcuda.so): install the driver of your GPU; nothing else of CUDA is needed"
    )]
    NoDriver,
    /// The driver is there, but no such GPU.
    #[error("there is no GPU {asked}: the driver knows of {count}{}", if *count == 0 { "; `nvidia-smi` should list it" } else { ", counted from 0" })]
    NoDevice {
        /// The number that was asked for.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// The GPU is older than what the kernels are compiled for.
    #[error("{name} has compute capability {major}.{minor}, expected at least 6.0 (Pascal, 2016)")]
    TooOld {
        /// The GPU's name.
        name: String,
        /// Its compute capability.
        major: i32,
        /// The digit behind the point.
        minor: i32,
    },
    /// The driver does not know the kernels' PTX.
    #[error("the driver is one for CUDA {found}, expected 11.8 or newer: update it to version 520 or newer")]
    OldDriver {
        /// The version of CUDA that it is for.
        found: String,
    },
    /// The GPU's memory is full.
    #[error(
        "{name} has no room for {wanted} MiB more: {free} of its {all} MiB are free, arrays of this program take {taken} MiB. \
         Smaller batches, `no_grad` around what is not trained, or another program's end may help"
    )]
    OutOfMemory {
        /// The GPU's name.
        name: String,
        /// How many MiB were asked for.
        wanted: usize,
        /// How many there are.
        all: usize,
        /// How many of them nobody has.
        free: usize,
        /// How many this program's arrays have.
        taken: usize,
    },
    /// A call of the driver failed.
    #[error("{doing}: the driver says {code}")]
    Driver {
        /// What was being done.
        doing: String,
        /// The driver's name for the error, and its sentence.
        code: String,
    },
    /// It computes, but not what it should.
    #[error(
        "the GPU computed {found}, expected {expected}: it is not used. `ferrolab doctor --gpu` tells more"
    )]
    WrongAnswer {
        /// What a small known sum should be.
        expected: f32,
        /// What came back.
        found: f32,
    },
}

/// The driver's name of an error and its sentence; and what to do after errors that leave nothing of the GPU to this process.
fn describe(error: DriverError) -> String {
    use sys::CUresult::*;
    let text = |text: Result<&std::ffi::CStr, DriverError>| {
        text.map_or_else(|_| format!("{:?}", error.0), |text| text.to_string_lossy().into_owned())
    };
    let lasting = matches!(
        error.0,
        CUDA_ERROR_ILLEGAL_ADDRESS
            | CUDA_ERROR_LAUNCH_TIMEOUT
            | CUDA_ERROR_ASSERT
            | CUDA_ERROR_HARDWARE_STACK_ERROR
            | CUDA_ERROR_ILLEGAL_INSTRUCTION
            | CUDA_ERROR_MISALIGNED_ADDRESS
            | CUDA_ERROR_INVALID_ADDRESS_SPACE
            | CUDA_ERROR_INVALID_PC
            | CUDA_ERROR_LAUNCH_FAILED
            | CUDA_ERROR_ECC_UNCORRECTABLE
            | CUDA_ERROR_UNKNOWN
    );
    let advice = "; something that was queued before has failed, and this process cannot use the GPU any more: restart it \
                  (in a notebook, its kernel). With CUDA_LAUNCH_BLOCKING=1 the error names what failed, with FERROLAB_DEVICE=cpu \
                  the CPU computes";
    let advice = if lasting { advice } else { "" };
    format!("{} ({}){advice}", text(error.error_name()), text(error.error_string()))
}

/// Gives a failed call of the driver its context.
pub(super) trait Doing<T> {
    fn doing(self, what: &str) -> Result<T, CudaError>;
}

impl<T> Doing<T> for Result<T, DriverError> {
    fn doing(self, what: &str) -> Result<T, CudaError> {
        self.map_err(|error| CudaError::Driver { doing: what.into(), code: describe(error) })
    }
}
