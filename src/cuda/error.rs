//! [`CudaError`]: why a GPU cannot be used, or what it says went wrong.

use cudarc::driver::DriverError;

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
    /// A call of the driver failed.
    #[error("{doing}: the driver says {code}")]
    Driver {
        /// What was being done.
        doing: &'static str,
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

/// The driver's name of an error and its sentence.
pub(super) fn describe(error: DriverError) -> String {
    let text = |text: Result<&std::ffi::CStr, DriverError>| {
        text.map_or_else(|_| format!("{:?}", error.0), |text| text.to_string_lossy().into_owned())
    };
    format!("{} ({})", text(error.error_name()), text(error.error_string()))
}

/// Gives a failed call of the driver its context.
pub(super) trait Doing<T> {
    fn doing(self, what: &'static str) -> Result<T, CudaError>;
}

impl<T> Doing<T> for Result<T, DriverError> {
    fn doing(self, what: &'static str) -> Result<T, CudaError> {
        self.map_err(|error| CudaError::Driver { doing: what, code: describe(error) })
    }
}
