//! [`Device`]: where tensors are computed, chosen when the program runs.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

use crate::cpu::buffer;
use crate::cuda::{CudaError, Gpu};

/// Where tensors are computed.
///
/// Tensors do not have to be moved: their numbers are copied when an operation needs them where they are not, and kept there.
/// What is computed on a GPU stays there until somebody reads it.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank1<2>>::from([1.0, 2.0]);
/// let y = Device::Cpu.scope(|| &x + 1.0);
/// assert_eq!(y.to_vec(), [2.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor, on all its cores.
    #[default]
    Cpu,
    /// An NVIDIA GPU, counted from 0: see [`Device::cuda`].
    Cuda(usize),
}

/// The environment variable that overrides the choice of [`Device::best`].
pub const VARIABLE: &str = "FERROLAB_DEVICE";

/// Why a device cannot be had.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum DeviceError {
    /// The GPU cannot be used.
    #[error("cuda:{ordinal}: {source}")]
    Cuda {
        /// Its number.
        ordinal: usize,
        /// Why.
        source: CudaError,
    },
    /// The variable names no device.
    #[error("{VARIABLE} is `{0}`, which is not a device: expected `cpu` or `cuda:0`")]
    Unknown(String),
}

/// What operations run on where no [`Device::scope`] says otherwise.
static DEFAULT: OnceLock<Device> = OnceLock::new();

thread_local! {
    /// What [`Device::scope`] says on this thread.
    static SCOPE: Cell<Option<Device>> = const { Cell::new(None) };
}

impl Device {
    /// The fastest device there is, or the one that the environment variable `FERROLAB_DEVICE` names. Where that is a GPU
    /// that cannot be used, one notice says why, and it is the CPU.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// println!("computing on {}", Device::best());
    /// ```
    ///
    /// ***Panics*** if the variable names no device.
    #[track_caller]
    pub fn best() -> Device {
        if let Some(&device) = DEFAULT.get() {
            return device;
        }
        let found = Device::from_env();
        *DEFAULT.get_or_init(|| match found {
            Ok(device) => device,
            Err(unknown @ DeviceError::Unknown(_)) => panic!("{unknown}"),
            Err(error) => {
                eprintln!("ferrolab computes on the CPU. {error}.");
                Device::Cpu
            }
        })
    }

    /// The NVIDIA GPU of a number, counted from 0.
    ///
    /// ```
    /// use ferrolab::Device;
    /// match Device::cuda(0) {
    ///     Ok(device) => println!("computing on {device}"),
    ///     Err(why) => println!("{why}"),
    /// }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError::Cuda`] if there is no driver or no such GPU, or if it fails a small test.
    pub fn cuda(ordinal: usize) -> Result<Device, DeviceError> {
        Gpu::open(ordinal).map_err(|source| DeviceError::Cuda { ordinal, source })?;
        Ok(Device::Cuda(ordinal))
    }

    /// What operations of this thread run on now: what a [`Device::scope`] around them says, otherwise [`Device::best`].
    #[inline]
    pub fn current() -> Device {
        SCOPE.get().unwrap_or_else(Device::best)
    }

    /// Runs `body`; the operations in it run on this device.
    ///
    /// ```
    /// use ferrolab::Device;
    /// Device::Cpu.scope(|| assert_eq!(Device::current(), Device::Cpu));
    /// ```
    ///
    /// ***Panics*** if it is a GPU that cannot be used; [`Device::cuda`] tells before.
    #[track_caller]
    pub fn scope<T>(self, body: impl FnOnce() -> T) -> T {
        /// Puts the device back even when `body` panics.
        struct Restore(Option<Device>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SCOPE.set(self.0);
            }
        }
        if let Device::Cuda(ordinal) = self {
            Gpu::opened(ordinal);
        }
        let _restore = Restore(SCOPE.replace(Some(self)));
        body()
    }

    /// Waits until everything that is queued on this device has been done. Reading a number waits by itself: this is for
    /// who measures times.
    ///
    /// ```
    /// use ferrolab::Device;
    /// Device::current().synchronize();
    /// ```
    pub fn synchronize(self) {
        if let Device::Cuda(ordinal) = self {
            Gpu::opened(ordinal).synchronize();
        }
    }

    /// The bytes of all arrays that are in use now. Memory that was freed is kept to be used again, and does not count.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let before = Device::Cpu.memory_allocated();
    /// let x = Tensor::<Rank2<1024, 1024>>::zeros();
    /// assert!(Device::Cpu.memory_allocated() >= before + 4 * 1024 * 1024);
    /// ```
    pub fn memory_allocated(self) -> usize {
        match self {
            Device::Cpu => buffer::bytes_in_use(),
            Device::Cuda(ordinal) => Gpu::opened(ordinal).bytes_in_use(),
        }
    }

    /// The most bytes that arrays took at a time since the program began, or since [`Device::reset_peak_memory_stats`].
    pub fn max_memory_allocated(self) -> usize {
        match self {
            Device::Cpu => buffer::peak_bytes(),
            Device::Cuda(ordinal) => Gpu::opened(ordinal).peak_bytes(),
        }
    }

    /// Lets [`Device::max_memory_allocated`] begin anew.
    pub fn reset_peak_memory_stats(self) {
        match self {
            Device::Cpu => buffer::forget_peak(),
            Device::Cuda(ordinal) => Gpu::opened(ordinal).forget_peak(),
        }
    }

    /// Gives memory that was freed, and is kept to be used again, back to a GPU's driver: for other programs. On the CPU nothing
    /// happens.
    ///
    /// ```
    /// use ferrolab::Device;
    /// Device::current().empty_cache();
    /// ```
    pub fn empty_cache(self) {
        if let Device::Cuda(ordinal) = self {
            Gpu::opened(ordinal).empty_cache();
        }
    }

    /// [`Device::best`], with an error for a device that cannot be had. Where the variable is not set and there is no driver,
    /// it is the CPU.
    ///
    /// ```
    /// use ferrolab::Device;
    /// match Device::from_env() {
    ///     Ok(device) => println!("computing on {device:?}"),
    ///     Err(mistake) => println!("{mistake}"),
    /// }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] if the variable names no device or one that cannot be used, or if there is a driver but no GPU works.
    pub fn from_env() -> Result<Device, DeviceError> {
        match std::env::var(VARIABLE) {
            Ok(name) => name.parse(),
            Err(_) => match Device::cuda(0) {
                Err(DeviceError::Cuda {
                    source: CudaError::NoDriver | CudaError::NoDevice { .. }, ..
                }) => Ok(Device::Cpu),
                found => found,
            },
        }
    }
}

impl std::str::FromStr for Device {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Device, DeviceError> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "cpu" => Ok(Device::Cpu),
            "cuda" => Device::cuda(0),
            other => match other.strip_prefix("cuda:").and_then(|ordinal| ordinal.parse().ok()) {
                Some(ordinal) => Device::cuda(ordinal),
                None => Err(DeviceError::Unknown(name.into())),
            },
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_the_environment_names_it() {
        assert_eq!("cpu".parse(), Ok(Device::Cpu));
        assert_eq!(" CPU ".parse(), Ok(Device::Cpu));
        assert_eq!((Device::Cpu.to_string(), Device::Cuda(1).to_string()), ("cpu".into(), "cuda:1".into()));
    }

    #[test]
    fn a_device_that_cannot_be_had_says_what_to_do() {
        let error = "tpu".parse::<Device>().unwrap_err().to_string();
        assert_eq!(error, "FERROLAB_DEVICE is `tpu`, which is not a device: expected `cpu` or `cuda:0`");
        let source = CudaError::NoDriver;
        assert_eq!(
            DeviceError::Cuda { ordinal: 0, source }.to_string(),
            "cuda:0: no NVIDIA driver was found (libcuda.so): install the driver of your GPU; nothing else of CUDA is needed"
        );
    }

    #[test]
    fn a_scope_ends_where_its_body_does() {
        let before = Device::current();
        let inside = Device::Cpu.scope(Device::current);
        assert_eq!((inside, Device::current()), (Device::Cpu, before));
        let _ = std::panic::catch_unwind(|| Device::Cpu.scope(|| panic!("a body that fails")));
        assert_eq!(Device::current(), before);
    }
}
