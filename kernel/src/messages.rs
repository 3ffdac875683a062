//! The content of Jupyter messages, protocol 5.5, as data: what clients ask and what we answer.
//! Field by field as in <https://jupyter-client.readthedocs.io/en/stable/messaging.html>.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::connection::Channel;
use crate::engine::{Bundle, CellError};
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
pub fn header(msg_type: &str, session: &str) -> Vec<u8> {
    to_json(&json!({
        "msg_id": uuid::Uuid::new_v4().to_string(),
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

// --- What clients ask -----------------------------------------------------------------------------------------------

#[derive(Debug, Clone, Deserialize)]
pub struct ExecuteRequest {
    pub code: String,
    #[serde(default)]
    pub silent: bool,
    #[serde(default = "yes")]
    pub store_history: bool,
    #[serde(default)]
    pub user_expressions: Option<BTreeMap<String, Value>>,
    #[serde(default = "yes")]
    pub stop_on_error: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
pub struct IsCompleteRequest {
    pub code: String,
}

/// The cursor counts Unicode code points; without one it is at the end.
#[derive(Debug, Deserialize)]
pub struct CompleteRequest {
    pub code: String,
    #[serde(default)]
    pub cursor_pos: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub struct InspectRequest {
    pub code: String,
    #[serde(default)]
    pub cursor_pos: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub struct HistoryRequest {
    /// Whether each entry carries its result too.
    #[serde(default)]
    pub output: bool,
    #[serde(flatten)]
    pub access: HistoryAccess,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
pub enum HistoryAccess {
    /// The last `n`.
    Tail { n: Option<i64> },
    /// Those numbered from `start` up to, not including, `stop`.
    Range { session: Option<i64>, start: Option<i64>, stop: Option<i64> },
    /// The last `n` that match a glob pattern.
    Search { n: Option<i64>, pattern: Option<String>, unique: Option<bool> },
}

#[derive(Debug, Deserialize)]
pub struct CommOpen {
    pub comm_id: String,
}

#[derive(Debug, Deserialize)]
pub struct ShutdownRequest {
    #[serde(default)]
    pub restart: bool,
}

// --- What we answer -------------------------------------------------------------------------------------------------

/// The content of most replies.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Reply<T> {
    Ok(T),
    Error(ErrorContent),
}

/// A reply without fields of its own.
#[derive(Debug, Serialize)]
pub struct Empty {}

/// What went wrong, in replies and in the message `error`.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorContent {
    pub ename: String,
    pub evalue: String,
    pub traceback: Vec<String>,
}

impl From<CellError> for ErrorContent {
    fn from(CellError { ename, evalue, traceback }: CellError) -> Self {
        Self { ename, evalue, traceback }
    }
}

/// How a cell ended.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    Ok {
        user_expressions: BTreeMap<String, Reply<Empty>>,
        payload: [Value; 0],
    },
    Error(ErrorContent),
    /// It never ran, because a cell before it failed.
    Aborted,
}

#[derive(Debug, Serialize)]
pub struct ExecuteReply {
    pub execution_count: u32,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct CompleteReply {
    pub matches: Vec<String>,
    pub cursor_start: usize,
    pub cursor_end: usize,
    pub metadata: Value,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct InspectReply {
    pub found: bool,
    pub data: Bundle,
    pub metadata: Value,
}

#[derive(Debug, Serialize)]
pub struct HistoryReply {
    pub history: Vec<HistoryEntry>,
}

/// Session, number, and the cell, with its result (empty if it had none) where that was asked for.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum HistoryEntry {
    Input(u32, u32, String),
    InputOutput(u32, u32, (String, String)),
}

#[derive(Debug, Serialize)]
pub struct ShutdownReply {
    pub restart: bool,
}

/// `display_data` and `update_display_data`.
#[derive(Debug, Serialize)]
pub struct Display {
    pub data: Bundle,
    pub metadata: Value,
    pub transient: Transient,
}

/// What is not saved in the notebook.
#[derive(Debug, Serialize)]
pub struct Transient {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct ExecuteResult {
    pub execution_count: u32,
    pub data: Bundle,
    pub metadata: Value,
}

/// Whether the kernel works on a request.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutionState {
    Busy,
    Idle,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execute_request_with_code_alone_gets_the_defaults_of_the_protocol() {
        let request: ExecuteRequest = serde_json::from_value(json!({"code": "1"})).unwrap();
        assert!(!request.silent && request.store_history && request.stop_on_error);
        assert_eq!(request.user_expressions, None);
    }

    #[test]
    fn execute_replies_are_flat() {
        let error =
            ErrorContent { ename: "panic".into(), evalue: "boom".into(), traceback: vec!["line".into()] };
        let reply = |outcome| serde_json::to_value(ExecuteReply { execution_count: 3, outcome }).unwrap();
        assert_eq!(
            reply(Outcome::Error(error)),
            json!({"status": "error", "execution_count": 3, "ename": "panic", "evalue": "boom", "traceback": ["line"]})
        );
        assert_eq!(
            reply(Outcome::Ok { user_expressions: BTreeMap::new(), payload: [] }),
            json!({"status": "ok", "execution_count": 3, "user_expressions": {}, "payload": []})
        );
        assert_eq!(reply(Outcome::Aborted), json!({"status": "aborted", "execution_count": 3}));
    }

    #[test]
    fn our_headers_declare_the_protocol_and_a_date_in_utc() {
        let header: Value = serde_json::from_slice(&header("status", "s-1")).unwrap();
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
