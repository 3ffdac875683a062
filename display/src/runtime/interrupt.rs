//! Interrupts: the kernel sends SIGINT, loops notice it, and the cell unwinds with its variables kept.

use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the signal handler, cleared when the next cell starts.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The payload of the unwinding: neither a panic (no hook runs, nothing is printed) nor a value that user code knows.
pub(super) struct Interrupt;

/// True once the user has interrupted the running cell. For loops that want to stop in their own way, such as a trainer
/// that finishes its batch. Always false outside a notebook.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Leaves the cell if the user has interrupted it. The kernel puts a call at the head of every loop of a cell; call it in
/// long loops of a library. Costs one load.
#[inline(always)]
pub fn poll() {
    if INTERRUPTED.load(Ordering::Relaxed) {
        unwind();
    }
}

#[cold]
#[inline(never)]
fn unwind() {
    // A loop in a destructor that runs while we unwind already must not unwind again: that would abort the process.
    if !std::thread::panicking() {
        std::panic::resume_unwind(Box::new(Interrupt));
    }
}

/// Forgets an interrupt that came when no cell was running.
pub(super) fn clear() {
    INTERRUPTED.store(false, Ordering::Relaxed);
}

/// Makes SIGINT set the flag instead of ending the process.
pub(super) fn install_handler() {
    extern "C" fn on_interrupt(_: libc::c_int) {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
    // SAFETY: the handler only stores to an atomic, which is async-signal-safe; `action` is fully initialised. Without
    // SA_RESTART a blocking system call returns early, so the loop around it gets to its poll.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_interrupt as extern "C" fn(libc::c_int) as usize;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
    }
}
