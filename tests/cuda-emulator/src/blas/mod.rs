//! A cuBLAS of a few functions: handles, matrix products, products of a matrix and a vector, sums of sizes.
//!
//! Matrices are column by column, as cuBLAS has it. Arguments are checked when the call is made, memory when the work runs on its
//! stream.

mod api;
mod products;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use crate::libraries::{self, Outcome, Status};

/// Codes of `cublasStatus_t`.
mod status {
    use crate::libraries::Status;

    pub const NOT_INITIALIZED: Status = Status(1);
    pub const INVALID_VALUE: Status = Status(7);
    pub const EXECUTION_FAILED: Status = Status(13);
    pub const NOT_SUPPORTED: Status = Status(15);
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
fn call(body: impl FnOnce(&mut Library) -> Outcome) -> u32 {
    libraries::call(&LIBRARY, body)
}

impl Library {
    fn handle(&mut self, handle: usize) -> Result<&mut Handle, Status> {
        self.handles.get_mut(&handle).ok_or(status::NOT_INITIALIZED)
    }
}
