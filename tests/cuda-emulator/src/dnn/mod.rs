//! A cuDNN of a few functions: convolutions of pictures and their gradients, by the interface that has been there since version 7.
//!
//! It answers like the library of version 9: a descriptor that does not fit is refused when the call is made, memory is checked when the work runs on its
//! stream. Of the algorithms it offers, the fastest is not deterministic or wants a workspace that no device has; all but those
//! that were told to multiply exactly round their operands to TF32, as GPUs from Ampere on do.

mod api;
mod convolution;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use crate::libraries::{self, Outcome, Status};

use convolution::{Filter, Moves, Tensor};

/// Codes of `cudnnStatus_t`.
mod status {
    use crate::libraries::Status;

    pub const NOT_INITIALIZED: Status = Status(1001);
    pub const BAD_PARAM: Status = Status(2000);
    pub const NOT_SUPPORTED: Status = Status(3000);
    pub const EXECUTION_FAILED: Status = Status(5000);
}

/// What a handle or a descriptor stands for.
#[derive(Clone, Copy, Debug)]
enum Object {
    Handle { stream: usize },
    Tensor(Option<Tensor>),
    Filter(Option<Filter>),
    Convolution(Option<Moves>),
}

#[derive(Default)]
struct Library {
    objects: HashMap<usize, Object>,
    last: usize,
}

static LIBRARY: LazyLock<Mutex<Library>> = LazyLock::new(Mutex::default);

/// Runs a call; the result is a status.
fn call(body: impl FnOnce(&mut Library) -> Outcome) -> u32 {
    libraries::call(&LIBRARY, body)
}

impl Library {
    fn add(&mut self, object: Object) -> usize {
        self.last += 16;
        self.objects.insert(self.last, object);
        self.last
    }

    fn stream(&self, handle: usize) -> Result<usize, Status> {
        match self.objects.get(&handle) {
            Some(Object::Handle { stream }) => Ok(*stream),
            _ => Err(status::NOT_INITIALIZED),
        }
    }

    /// Gives a descriptor, which must be of this kind, its contents.
    fn set(&mut self, descriptor: usize, contents: Object) -> Outcome {
        match self.objects.get_mut(&descriptor) {
            Some(object) if std::mem::discriminant(object) == std::mem::discriminant(&contents) => {
                *object = contents;
                Ok(())
            }
            _ => Err(status::BAD_PARAM),
        }
    }
}
