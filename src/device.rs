//! [`Device`]: where tensors are computed, chosen when the program runs.

use std::fmt;

use crate::cpu::buffer;

/// Where tensors live and are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor, on all its cores.
    #[default]
    Cpu,
}

/// The environment variable that overrides the choice of [`Device::best`].
pub const VARIABLE: &str = "FERROLAB_DEVICE";

/// Why a device cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DeviceError {
    #[error(
        "{VARIABLE} asks for `{0}`, but this build of ferrolab computes on the CPU only: unset it, or set it to `cpu`"
    )]
    NotInThisBuild(String),
    #[error("{VARIABLE} is `{0}`, which is not a device: expected `cpu` or `cuda:0`")]
    Unknown(String),
}

impl Device {
    /// The fastest device there is, or the one that the environment variable `FERROLAB_DEVICE` names.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Device::best().to_string(), "cpu");
    /// ```
    ///
    /// ***Panics*** if the variable names a device that cannot be had; see [`Device::from_env`].
    #[track_caller]
    pub fn best() -> Device {
        Device::from_env().unwrap_or_else(|error| panic!("{error}"))
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
        }
    }

    /// The most bytes that arrays took at a time since the program began, or since [`Device::reset_peak_memory_stats`].
    pub fn max_memory_allocated(self) -> usize {
        match self {
            Device::Cpu => buffer::peak_bytes(),
        }
    }

    /// Lets [`Device::max_memory_allocated`] begin anew.
    pub fn reset_peak_memory_stats(self) {
        match self {
            Device::Cpu => buffer::forget_peak(),
        }
    }

    /// [`Device::best`], with an error for a device that cannot be had.
    pub fn from_env() -> Result<Device, DeviceError> {
        std::env::var(VARIABLE).map_or(Ok(Device::Cpu), |name| name.parse())
    }
}

impl std::str::FromStr for Device {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Device, DeviceError> {
        let is_cuda = |name: &str| {
            name == "cuda" || name.strip_prefix("cuda:").is_some_and(|n| n.parse::<u32>().is_ok())
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "cpu" => Ok(Device::Cpu),
            cuda if is_cuda(cuda) => Err(DeviceError::NotInThisBuild(name.into())),
            _ => Err(DeviceError::Unknown(name.into())),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
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
        assert_eq!(Device::Cpu.to_string(), "cpu");
    }

    #[test]
    fn a_device_that_this_build_lacks_says_what_to_do() {
        let error = "cuda:0".parse::<Device>().unwrap_err().to_string();
        assert_eq!(
            error,
            "FERROLAB_DEVICE asks for `cuda:0`, but this build of ferrolab computes on the CPU only: unset it, or set it to `cpu`"
        );
        let error = "tpu".parse::<Device>().unwrap_err().to_string();
        assert_eq!(error, "FERROLAB_DEVICE is `tpu`, which is not a device: expected `cpu` or `cuda:0`");
    }
}
