//! A cuBLAS of a few functions: handles, matrix products, products of a matrix and a vector, sums of sizes.
//!
//! Matrices are column by column, as cuBLAS has it. Arguments are checked when the call is made, memory when the work runs on its
//! stream.

mod api;
mod products;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// A `cublasStatus_t` that is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(pub u32);

impl Status {
    pub const NOT_INITIALIZED: Self = Self(1);
    pub const INVALID_VALUE: Self = Self(7);
    pub const EXECUTION_FAILED: Self = Self(13);
    pub const NOT_SUPPORTED: Self = Self(15);
}

/// What a handle remembers.
#[derive(Clone, Copy, Debug, Default)]
struct Handle {
    stream: usize,
    /// Scalars are on the device.
    on_device: bool,
    math_mode: u32,
}

#[derive(Default)]
struct Library {
    handles: HashMap<usize, Handle>,
    last: usize,
}

static LIBRARY: LazyLock<Mutex<Library>> = LazyLock::new(Mutex::default);

/// Runs a call; the result is a status.
fn call(body: impl FnOnce(&mut Library) -> Result<(), Status>) -> u32 {
    let mut library = LIBRARY.lock().unwrap_or_else(PoisonError::into_inner);
    body(&mut library).map_or_else(|status| status.0, |()| 0)
}

impl Library {
    fn handle(&mut self, handle: usize) -> Result<&mut Handle, Status> {
        self.handles.get_mut(&handle).ok_or(Status::NOT_INITIALIZED)
    }
}
