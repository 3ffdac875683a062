//! Jupyter messages, protocol 5.5, as data: headers and requests here, contents in `requests` and `replies`.
//! Field by field as in <https://jupyter-client.readthedocs.io/en/stable/messaging.html>.

mod replies;
mod requests;

use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use replies::*;
pub use requests::*;

use crate::connection::Channel;
use crate::engine::CellError;
use crate::wire::Message;

/// The version of the protocol that every header declares.
pub const PROTOCOL_VERSION: &str = "5.5";

/// The part of a header that a kernel needs. `subshell_id` is ignored: subshells are not offered in
/// `supported_features`, so a client that sends one anyway is answered as if it had not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    pub msg_id: String,
    pub msg_type: String,
}

/// A request, with what its answer needs: the way back and the header to repeat.
#[derive(Debug, Clone)]
pub struct Request {
    pub channel: Channel,
    pub identities: Vec<Vec<u8>>,
    pub header: Header,
    /// The header as it came: it is the parent header of every answer, unchanged.
    pub parent: Vec<u8>,
    content: Vec<u8>,
}

impl Request {
    /// Takes a decoded message that came in on `channel`.
    pub fn new(channel: Channel, message: Message) -> Result<Self, serde_json::Error> {
        let header = serde_json::from_slice(&message.header)?;
        let Message { identities, header: parent, content, .. } = message;
        Ok(Self { channel, identities, header, parent, content })
    }

    /// The content, if it has the fields of a `T`; otherwise the error to answer with.
    pub fn content<T: DeserializeOwned>(&self) -> Result<T, CellError> {
        serde_json::from_slice(&self.content).map_err(|error| CellError {
            ename: "InvalidContent".to_owned(),
            evalue: format!("the content is not that of a {}: {error}", self.header.msg_type),
            traceback: Vec::new(),
        })
    }

    /// `x_request` is answered by `x_reply`.
    pub fn reply_type(&self) -> String {
        let name = self.header.msg_type.strip_suffix("_request").unwrap_or(&self.header.msg_type);
        format!("{name}_reply")
    }
}

/// The header of a message we send, in JSON.
pub fn header(msg_id: &str, msg_type: &str, session: &str) -> Vec<u8> {
    to_json(&json!({
        "msg_id": msg_id,
        "msg_type": msg_type,
        "session": session,
        "username": "kernel",
        "date": humantime::format_rfc3339_micros(SystemTime::now()).to_string(),
        "version": PROTOCOL_VERSION,
    }))
}

/// Our own structs in JSON.
pub fn to_json(content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(content).expect("structs with string keys always become JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn our_headers_declare_the_protocol_and_a_date_in_utc() {
        let header: Value = serde_json::from_slice(&header("m-1", "status", "s-1")).unwrap();
        assert_eq!(header["version"], "5.5");
        assert_eq!((&header["msg_type"], &header["session"]), (&json!("status"), &json!("s-1")));
        let date = header["date"].as_str().unwrap();
        assert!(humantime::parse_rfc3339(date).is_ok() && date.ends_with('Z'), "{date}");
    }

    #[test]
    fn content_of_another_shape_is_an_error_that_names_the_field() {
        let message = Message {
            header: br#"{"msg_id": "1", "msg_type": "execute_request"}"#.to_vec(),
            content: b"{}".to_vec(),
            ..Message::default()
        };
        let request = Request::new(Channel::Shell, message).unwrap();
        let error = request.content::<ExecuteRequest>().unwrap_err();
        assert!(error.evalue.contains("execute_request") && error.evalue.contains("`code`"), "{error:?}");
    }
}
