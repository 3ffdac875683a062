//! A Jupyter client, as small as executing notebooks needs: sends requests, reads replies and what the kernel publishes.

mod sockets;

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::{Channel, ConnectionFile};
use crate::wire::{self, Message, Signer, WireError};
use sockets::Sockets;

/// Why a kernel cannot be talked to.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the connection to the kernel failed: {0}")]
    Socket(#[from] zmq::Error),
    #[error("the kernel sent something that is no message: {0}")]
    Wire(#[from] WireError),
    #[error("the kernel sent a message that cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// One client of one kernel.
pub struct Client {
    sockets: Sockets,
    signer: Signer,
    session: String,
}

/// A message from the kernel.
#[derive(Debug, Clone)]
pub struct Received {
    pub channel: Channel,
    pub msg_type: String,
    /// When the kernel sent it, ISO 8601.
    pub date: String,
    /// Id of the request that it belongs to; empty for none.
    pub parent_id: String,
    pub content: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    msg_id: String,
    msg_type: String,
    date: String,
}

impl Client {
    /// Connects to a kernel, which may come up later.
    pub fn connect(connection: &ConnectionFile) -> Result<Self, ClientError> {
        let session = uuid::Uuid::new_v4().to_string();
        let sockets = Sockets::connect(connection, session.as_bytes())?;
        Ok(Self { sockets, signer: Signer::new(&connection.key), session })
    }

    /// Sends a request on the shell or the control channel; gives its id.
    pub fn request(
        &mut self,
        channel: Channel,
        msg_type: &str,
        content: &Value,
    ) -> Result<String, ClientError> {
        let msg_id = uuid::Uuid::new_v4().to_string();
        let header = json!({
            "msg_id": msg_id,
            "session": self.session,
            "username": "ferrolab",
            "date": humantime::format_rfc3339_micros(SystemTime::now()).to_string(),
            "msg_type": msg_type,
            "version": crate::messages::PROTOCOL_VERSION,
        });
        let message = Message {
            header: serde_json::to_vec(&header)?,
            parent_header: b"{}".to_vec(),
            metadata: b"{}".to_vec(),
            content: serde_json::to_vec(content)?,
            ..Message::default()
        };
        self.sockets.send(channel, wire::encode(message, &self.signer))?;
        Ok(msg_id)
    }

    /// The next message of any channel; none if none comes in that time.
    pub fn receive(&mut self, wait: Duration) -> Result<Option<Received>, ClientError> {
        let Some((channel, frames)) = self.sockets.receive(wait)? else { return Ok(None) };
        let message = wire::decode(frames, &mut self.signer)?;
        let header: Header = serde_json::from_slice(&message.header)?;
        let parent: Header = serde_json::from_slice(&message.parent_header)?;
        let content = serde_json::from_slice(&message.content)?;
        Ok(Some(Received {
            channel,
            msg_type: header.msg_type,
            date: header.date,
            parent_id: parent.msg_id,
            content,
        }))
    }
}
