//! The kernel's writing end of the socket to the child process, for all threads that have something to say to it.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use ferrolab_display::frame::{self, ToChild};

/// Sends frames to the child process; those of different threads do not mix.
#[derive(Debug, Clone)]
pub struct Link(Arc<Mutex<UnixStream>>);

impl Link {
    pub fn new(socket: UnixStream) -> Self {
        Link(Arc::new(Mutex::new(socket)))
    }

    /// Sends a frame. If the process is gone, the pump finds out and says so.
    pub fn send(&self, frame: &ToChild) {
        let socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = frame::write(&mut &*socket, frame);
    }
}
