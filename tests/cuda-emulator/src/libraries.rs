//! What the libraries beside the driver have in common.

use std::sync::{Mutex, PoisonError};

use crate::driver::{self, LibraryCall, Needs, Work};
use crate::machine::{Fault, FaultKind, Trouble};

/// A library's code for a call that has not succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(pub u32);

pub(crate) type Outcome = Result<(), Status>;

/// Runs a call on what a library keeps; gives its code.
pub(crate) fn call<L>(library: &Mutex<L>, body: impl FnOnce(&mut L) -> Outcome) -> u32 {
    let mut library = library.lock().unwrap_or_else(PoisonError::into_inner);
    body(&mut library).map_or_else(|status| status.0, |()| 0)
}

/// Says on the standard error output why a library refuses a call.
pub(crate) fn say_refused(library: &str, what: String) {
    let trouble = Trouble { kind: FaultKind::InvalidLaunch, what };
    eprintln!("ferrolab-cuda-emulator: {}", Fault::outside(library, trouble));
}

/// Queues a library's call on a stream; `false` if the driver does not take it.
#[must_use]
pub(crate) fn enqueue(name: &'static str, stream: usize, call: LibraryCall) -> bool {
    driver::call(Needs::Context, |driver| driver.enqueue(stream, Work::Library { name, call })) == 0
}
