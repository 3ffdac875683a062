//! The client's ends of the sockets; besides the kernel's `sockets.rs` the only user of zmq.

use std::time::Duration;

use zmq::{Context, DEALER, DONTWAIT, Error, POLLIN, SUB, Socket};

use crate::connection::{Channel, ConnectionFile};

/// A message as it travels.
pub type Frames = Vec<Vec<u8>>;

pub struct Sockets {
    shell: Socket,
    control: Socket,
    iopub: Socket,
}

impl Sockets {
    /// Connects; the kernel may bind later.
    pub fn connect(connection: &ConnectionFile, identity: &[u8]) -> Result<Self, Error> {
        let context = Context::new();
        let dealer = |channel| -> Result<Socket, Error> {
            let socket = context.socket(DEALER)?;
            socket.set_identity(identity)?;
            // A kernel that is gone must not keep us from ending.
            socket.set_linger(0)?;
            socket.connect(&connection.endpoint(channel))?;
            Ok(socket)
        };
        let iopub = context.socket(SUB)?;
        // No limit: with the usual 1000 messages a chatty cell would lose output.
        iopub.set_rcvhwm(0)?;
        iopub.set_linger(0)?;
        iopub.set_subscribe(b"")?;
        iopub.connect(&connection.endpoint(Channel::IoPub))?;
        Ok(Self { shell: dealer(Channel::Shell)?, control: dealer(Channel::Control)?, iopub })
    }

    /// Sends on the control channel if that is asked for, else on the shell channel.
    pub fn send(&self, channel: Channel, frames: Frames) -> Result<(), Error> {
        let socket = if channel == Channel::Control { &self.control } else { &self.shell };
        socket.send_multipart(frames, 0)
    }

    /// The frames of the next message; none if none comes in that time or a signal arrives.
    pub fn receive(&self, wait: Duration) -> Result<Option<(Channel, Frames)>, Error> {
        let sockets =
            [(Channel::IoPub, &self.iopub), (Channel::Shell, &self.shell), (Channel::Control, &self.control)];
        let mut items = sockets.map(|(_, socket)| socket.as_poll_item(POLLIN));
        let milliseconds = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        match zmq::poll(&mut items, milliseconds) {
            Ok(_) => {}
            Err(Error::EINTR) => return Ok(None),
            Err(error) => return Err(error),
        }
        let ready = items.iter().zip(&sockets).find(|(item, _)| item.is_readable());
        let Some((_, (channel, socket))) = ready else { return Ok(None) };
        match socket.recv_multipart(DONTWAIT) {
            Ok(frames) => Ok(Some((*channel, frames))),
            Err(Error::EAGAIN | Error::EINTR) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
