//! What the libraries beside the driver have in common.

use crate::driver::{self, LibraryCall, Needs, Work};
use crate::machine::{Fault, FaultKind, Trouble};

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
