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

/// Leaves the cell if the user has interrupted it. The kernel has every loop of a cell do so; call it in long loops of a library.
/// Costs one load.
#[inline(always)]
pub fn poll() {
    if INTERRUPTED.load(Ordering::Relaxed) {
        watch().poll();
    }
}

/// What a loop that polls must know: whether its thread unwinds. A loop in a destructor that runs while the thread unwinds
/// already must not unwind again: that would abort the process. This cannot change while the loop runs, so it is asked before.
/// A poll in the loop is then a load and a jump out of it, and no call from which it comes back: such a call would make the
/// compiler keep the loop's variables in memory, which costs a sum of numbers three quarters of its speed.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    unwinding: bool,
}

/// Called before a loop.
#[inline(always)]
pub fn watch() -> Watch {
    Watch { unwinding: std::thread::panicking() }
}

impl Watch {
    /// Called at the head of the loop: leaves the cell if the user has interrupted it.
    #[inline(always)]
    pub fn poll(self) {
        if INTERRUPTED.load(Ordering::Relaxed) && !self.unwinding {
            leave();
        }
    }
}

#[cold]
#[inline(never)]
fn leave() -> ! {
    std::panic::resume_unwind(Box::new(Interrupt));
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
