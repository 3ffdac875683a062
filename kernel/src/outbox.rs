//! Sends what the kernel says: signs it, gives it a header, and puts the parent's header beside it.

use serde::Serialize;
use serde_json::json;

use crate::connection::Channel;
use crate::messages::{ExecutionState, Request, header, to_json};
use crate::sockets::Sockets;
use crate::wire::{Message, Signer, encode};

/// The only way by which messages leave.
pub struct Outbox {
    pub sockets: Sockets,
    pub signer: Signer,
    session: String,
}

impl Outbox {
    /// An outbox for a new session.
    pub fn new(sockets: Sockets, signer: Signer) -> Self {
        Self { sockets, signer, session: uuid::Uuid::new_v4().to_string() }
    }

    /// Tells all clients, as a consequence of the message whose header is `parent`.
    pub fn publish(&self, parent: &[u8], msg_type: &str, content: &impl Serialize) {
        let topic = msg_type.as_bytes().to_vec();
        self.send(Channel::IoPub, vec![topic], parent, msg_type, to_json(content));
    }

    /// Tells all clients whether the kernel works on the message whose header is `parent`.
    pub fn status(&self, parent: &[u8], state: ExecutionState) {
        self.publish(parent, "status", &json!({"execution_state": state}));
    }

    /// Answers the client that asked, on the channel on which it asked. `content` is JSON.
    pub fn reply(&self, request: &Request, content: Vec<u8>) {
        let identities = request.identities.clone();
        self.send(request.channel, identities, &request.parent, &request.reply_type(), content);
    }

    /// Asks the client whose cell runs for a line of text, on its stdin channel; gives the id of the question.
    pub fn ask(&self, request: &Request, content: &impl Serialize) -> String {
        let identities = request.identities.clone();
        self.send(Channel::Stdin, identities, &request.parent, "input_request", to_json(content))
    }

    /// Greets a new subscriber: from now on it misses nothing (JEP 65). The topic is what it subscribed to, so that
    /// it gets the message whatever that is; others may get it too.
    pub fn welcome(&self, subscription: &str) {
        let topic = subscription.as_bytes().to_vec();
        let content = to_json(&json!({"subscription": subscription}));
        self.send(Channel::IoPub, vec![topic], b"{}", "iopub_welcome", content);
    }

    /// Gives the id of the message.
    fn send(
        &self,
        to: Channel,
        identities: Vec<Vec<u8>>,
        parent: &[u8],
        msg_type: &str,
        content: Vec<u8>,
    ) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        let message = Message {
            identities,
            header: header(&id, msg_type, &self.session),
            parent_header: parent.to_vec(),
            metadata: b"{}".to_vec(),
            content,
            buffers: Vec::new(),
        };
        self.sockets.send(to, encode(message, &self.signer));
        id
    }
}
