//! The table from message type to handler, and the handlers that need no engine. They are the same on the shell and on
//! the control channel.

use serde_json::json;

use crate::cell::{Completeness, is_complete};
use crate::engine::CellError;
use crate::help::help;
use crate::magics::last_rust;
use crate::messages::{
    CommOpen, Empty, HistoryReply, HistoryRequest, IsCompleteRequest, PROTOCOL_VERSION, Reply, Request,
    ShutdownReply, ShutdownRequest, to_json,
};
use crate::server::Server;

/// What a handler says.
pub(crate) enum Answer {
    /// The content of the reply, in JSON.
    Reply(Vec<u8>),
    /// The reply waits for the answer to the question with this number, see `help`.
    Soon(u64),
    /// The message is not a question.
    None,
}

type Handler = fn(&mut Server, &Request) -> Result<Answer, CellError>;

/// All but `execute_request`, which waits in a queue (see `execution`).
const HANDLERS: &[(&str, Handler)] = &[
    ("kernel_info_request", |_, _| Ok(Answer::Reply(kernel_info()))),
    ("is_complete_request", completeness),
    ("complete_request", help),
    ("inspect_request", help),
    ("history_request", history),
    ("comm_info_request", |_, _| ok(json!({"comms": {}}))),
    ("comm_open", comm_open),
    ("comm_msg", |_, _| Ok(Answer::None)),
    ("comm_close", |_, _| Ok(Answer::None)),
    ("interrupt_request", interrupt),
    ("shutdown_request", shutdown),
];

/// The handler for a type of message; one that answers with an error if the type is unknown.
pub(crate) fn handler(msg_type: &str) -> Handler {
    HANDLERS.iter().find(|(known, _)| *known == msg_type).map_or(unknown, |&(_, handler)| handler)
}

fn ok(content: impl serde::Serialize) -> Result<Answer, CellError> {
    Ok(Answer::Reply(to_json(&Reply::Ok(content))))
}

fn unknown(_: &mut Server, request: &Request) -> Result<Answer, CellError> {
    Err(CellError {
        ename: "UnknownMessageType".to_owned(),
        evalue: format!("this kernel does not know messages of type `{}`", request.header.msg_type),
        traceback: Vec::new(),
    })
}

fn kernel_info() -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let rust = env!("FERROLAB_RUST_VERSION");
    to_json(&json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": "ferrolab",
        "implementation_version": version,
        "language_info": {
            "name": "rust",
            "version": rust,
            "mimetype": "text/rust",
            "file_extension": ".rs",
            "pygments_lexer": "rust",
            "codemirror_mode": "rust",
        },
        "banner": format!("ferrolab {version}, Rust {rust}"),
        "help_links": [
            {"text": "The Rust standard library", "url": "https://doc.rust-lang.org/std/"},
            {"text": "The Rust book", "url": "https://doc.rust-lang.org/book/"},
            {"text": "polars", "url": "https://docs.rs/polars/"},
            {"text": "plotters", "url": "https://docs.rs/plotters/"},
        ],
        "supported_features": [],
    }))
}

fn completeness(_: &mut Server, request: &Request) -> Result<Answer, CellError> {
    let IsCompleteRequest { code } = request.content()?;
    Ok(Answer::Reply(to_json(&match is_complete(&last_rust(&code)) {
        Completeness::Complete => json!({"status": "complete"}),
        Completeness::Incomplete { indent } => json!({"status": "incomplete", "indent": indent}),
        Completeness::Invalid => json!({"status": "invalid"}),
        Completeness::Unknown => json!({"status": "unknown"}),
    })))
}

fn history(server: &mut Server, request: &Request) -> Result<Answer, CellError> {
    let request: HistoryRequest = request.content()?;
    let history = server.history.find(&request).map_err(|error| CellError {
        ename: "HistoryError".to_owned(),
        evalue: error.to_string(),
        traceback: Vec::new(),
    })?;
    ok(HistoryReply { history })
}

/// No target is known, and the protocol wants such a comm closed at once.
fn comm_open(server: &mut Server, request: &Request) -> Result<Answer, CellError> {
    let CommOpen { comm_id } = request.content()?;
    server.outbox.publish(&request.parent, "comm_close", &json!({"comm_id": comm_id, "data": {}}));
    Ok(Answer::None)
}

fn interrupt(server: &mut Server, _: &Request) -> Result<Answer, CellError> {
    server.interrupt();
    ok(Empty {})
}

fn shutdown(server: &mut Server, request: &Request) -> Result<Answer, CellError> {
    let ShutdownRequest { restart } = request.content()?;
    server.stopping = true;
    let reply = Reply::Ok(ShutdownReply { restart });
    // Other clients of this kernel learn of its end too.
    server.outbox.publish(&request.parent, "shutdown_reply", &reply);
    Ok(Answer::Reply(to_json(&reply)))
}
