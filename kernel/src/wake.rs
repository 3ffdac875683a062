//! Rousing the io thread while it waits for its sockets: from other threads, and from signal handlers.
//! A socket pair, because the sockets of ZeroMQ must not be touched by another thread.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// The end of the io thread.
pub struct Alarm {
    bell: UnixStream,
    waker: Waker,
    interrupt: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
}

/// The end of everyone else.
#[derive(Clone)]
pub struct Waker {
    bell: Arc<UnixStream>,
    /// True while a byte is on its way, so that a flood of events does not become a flood of bytes.
    rung: Arc<AtomicBool>,
}

impl Waker {
    /// Makes the io thread look at its queue. What was put there before is seen.
    pub fn wake(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            // Fails only when the io thread has gone, and then nobody is to be woken.
            let _ = (&*self.bell).write(&[0]);
        }
    }
}

impl Alarm {
    /// An alarm that nothing is connected to yet.
    pub fn new() -> std::io::Result<Self> {
        let (bell, far) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        let waker = Waker { bell: Arc::new(far), rung: Arc::default() };
        Ok(Self { bell, waker, interrupt: Arc::default(), terminate: Arc::default() })
    }

    /// A handle to ring it by.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Takes SIGINT and SIGTERM of this process for itself, until the process ends.
    pub fn watch_signals(&self) -> std::io::Result<()> {
        for (signal, flag) in [(SIGINT, &self.interrupt), (SIGTERM, &self.terminate)] {
            signal_hook::flag::register(signal, flag.clone())?;
            signal_hook::low_level::pipe::register(signal, self.waker.bell.try_clone()?)?;
        }
        Ok(())
    }

    /// What to wait for.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// Silences the bell. To be called before the queue is emptied, so that nothing is missed between the two.
    pub fn acknowledge(&mut self) {
        while matches!(self.bell.read(&mut [0; 64]), Ok(n) if n > 0) {}
        self.waker.rung.swap(false, Ordering::AcqRel);
    }

    /// Whether a SIGINT has come since the last call.
    pub fn interrupted(&self) -> bool {
        self.interrupt.swap(false, Ordering::Relaxed)
    }

    /// Whether a SIGTERM has come.
    pub fn terminated(&self) -> bool {
        self.terminate.load(Ordering::Relaxed)
    }
}
