//! The child's end of the socket to the kernel, and the order of what goes through it.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::frame::{self, FrameError, FromChild};

/// The socket and the acknowledgements that the control thread reads from it.
pub(crate) struct Channel {
    pub(crate) socket: UnixStream,
    pub(crate) acks: Receiver<()>,
}

static CHANNEL: OnceLock<Mutex<Channel>> = OnceLock::new();

/// True in a cell of a notebook, false in an ordinary program or a test.
pub fn in_notebook() -> bool {
    CHANNEL.get().is_some()
}

/// Makes this process a notebook's child. Only the first call counts.
pub(crate) fn open(channel: Channel) {
    let _ = CHANNEL.set(Mutex::new(channel));
}

/// Sends a frame and waits until the kernel has handled it: so it stands after everything that was printed before, and
/// before everything that will be printed next. Outside a notebook nothing happens.
pub(crate) fn send(frame: &FromChild) {
    let Some(channel) = lock() else { return };
    // When the kernel is gone there is nobody to tell; the control thread ends this process.
    if post(&channel, frame).is_ok() {
        let _ = channel.acks.recv();
    }
}

/// Sends a frame that is not acknowledged (`Ready`, `Panicking`, `Input`, `Done`).
pub(crate) fn send_unanswered(frame: &FromChild) {
    let Some(channel) = lock() else { return };
    let _ = post(&channel, frame);
}

/// Writes out what this process has buffered for its standard output, by Rust or by C.
pub(crate) fn flush_standard_output() {
    let _ = std::io::stdout().flush();
    // SAFETY: fflush(NULL) flushes every open C stream and has no other precondition.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

fn lock() -> Option<MutexGuard<'static, Channel>> {
    CHANNEL.get().map(|channel| channel.lock().unwrap_or_else(PoisonError::into_inner))
}

fn post(channel: &Channel, frame: &FromChild) -> Result<(), FrameError> {
    flush_standard_output();
    frame::write(&mut &channel.socket, frame)
}
