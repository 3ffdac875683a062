//! The five sockets of a kernel. The only file that names zmq; all of it is used from one thread.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use zmq::{Context, PollItem, Socket, SocketType};

use crate::connection::{Channel, ConnectionFile};

/// How long messages may still leave after the kernel is done: the reply to a shutdown is among them.
const LINGER_MS: i32 = 1000;

/// Why the sockets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    #[error(
        "cannot listen on {endpoint} ({channel:?}): {source}; is another kernel using this connection file?"
    )]
    Bind { endpoint: String, channel: Channel, source: zmq::Error },
    #[error("waiting for messages failed: {0}")]
    Poll(zmq::Error),
}

/// Bound sockets. Dropping them waits up to a second for unsent messages.
pub struct Sockets {
    shell: Socket,
    control: Socket,
    stdin: Socket,
    iopub: Socket,
    heartbeat: Socket,
    // Last, so that it is dropped after its sockets.
    _context: Context,
}

impl Sockets {
    /// Binds all five.
    pub fn bind(connection: &ConnectionFile) -> Result<Self, SocketError> {
        let context = Context::new();
        let bind = |channel, kind| {
            let endpoint = connection.endpoint(channel);
            open(&context, kind, &endpoint).map_err(|source| SocketError::Bind { endpoint, channel, source })
        };
        Ok(Self {
            shell: bind(Channel::Shell, SocketType::ROUTER)?,
            control: bind(Channel::Control, SocketType::ROUTER)?,
            stdin: bind(Channel::Stdin, SocketType::ROUTER)?,
            iopub: bind(Channel::IoPub, SocketType::XPUB)?,
            heartbeat: bind(Channel::Heartbeat, SocketType::ROUTER)?,
            _context: context,
        })
    }

    fn of(&self, channel: Channel) -> &Socket {
        match channel {
            Channel::Shell => &self.shell,
            Channel::Control => &self.control,
            Channel::Stdin => &self.stdin,
            Channel::IoPub => &self.iopub,
            Channel::Heartbeat => &self.heartbeat,
        }
    }

    /// Returns when a message has come, `wake` can be read, or the time is over.
    pub fn wait(&self, wake: BorrowedFd<'_>, timeout: Option<Duration>) -> Result<(), SocketError> {
        // Rounded up: with 0 for the last part of a millisecond the caller would spin.
        let timeout = timeout.map_or(-1, |time| time.as_micros().div_ceil(1000).try_into().unwrap_or(-1));
        let mut items = [
            self.shell.as_poll_item(zmq::POLLIN),
            self.control.as_poll_item(zmq::POLLIN),
            self.stdin.as_poll_item(zmq::POLLIN),
            self.iopub.as_poll_item(zmq::POLLIN),
            self.heartbeat.as_poll_item(zmq::POLLIN),
            PollItem::from_fd(wake.as_raw_fd(), zmq::POLLIN),
        ];
        match zmq::poll(&mut items, timeout) {
            // A signal cut the wait short; its handler has written to `wake`.
            Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
            Err(error) => Err(SocketError::Poll(error)),
        }
    }

    /// The frames of the next message, if one is there.
    pub fn receive(&self, channel: Channel) -> Option<Vec<Vec<u8>>> {
        self.of(channel).recv_multipart(zmq::DONTWAIT).ok()
    }

    /// Sends without waiting. What is for a client that has gone is dropped, as ZeroMQ does.
    pub fn send(&self, channel: Channel, frames: Vec<Vec<u8>>) {
        if let Err(error) = self.of(channel).send_multipart(frames, zmq::DONTWAIT) {
            eprintln!("ferrolab kernel: could not send on {channel:?}: {error}");
        }
    }
}

fn open(context: &Context, kind: SocketType, endpoint: &str) -> zmq::Result<Socket> {
    let socket = context.socket(kind)?;
    socket.set_linger(LINGER_MS)?;
    // Without a limit: the default drops what is more than 1000 messages ahead of a slow client.
    socket.set_sndhwm(0)?;
    if kind == SocketType::XPUB {
        // Tells of every subscription, not only of the first one to a topic: each gets its own welcome.
        socket.set_xpub_verbose(true)?;
    } else {
        // A client that reconnects under its old identity takes over the old, dead connection;
        // otherwise its requests are refused until libzmq notices the death.
        socket.set_router_handover(true)?;
    }
    socket.bind(endpoint)?;
    Ok(socket)
}
