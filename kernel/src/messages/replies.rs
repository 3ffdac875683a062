//! What we answer and publish.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Bundle, CellError};

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
        user_expressions: BTreeMap<String, Reply<Shown>>,
        payload: Vec<Page>,
    },
    Error(ErrorContent),
    /// It never ran, because a cell before it failed.
    Aborted,
}

/// The value of an expression.
#[derive(Debug, Serialize)]
pub struct Shown {
    pub data: Bundle,
    pub metadata: Value,
}

/// A text to read beside the notebook: consoles show it in a pager, JupyterLab below the cell.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "source", rename = "page")]
pub struct Page {
    pub data: Bundle,
    /// The line at which reading begins.
    pub start: u32,
}

/// The reply to a cell.
#[derive(Debug, Serialize)]
pub struct ExecuteReply {
    pub execution_count: u32,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What can stand in place of the code points from `cursor_start` to `cursor_end`.
#[derive(Debug, PartialEq, Serialize)]
pub struct CompleteReply {
    pub matches: Vec<String>,
    pub cursor_start: usize,
    pub cursor_end: usize,
    pub metadata: Value,
}

/// What is known of the thing at the cursor.
#[derive(Debug, PartialEq, Serialize)]
pub struct InspectReply {
    pub found: bool,
    pub data: Bundle,
    pub metadata: Value,
}

/// Cells, oldest first.
#[derive(Debug, Serialize)]
pub struct HistoryReply {
    pub history: Vec<HistoryEntry>,
}

/// Session, number, and the cell, with its result (empty if it had none) where that was asked for.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum HistoryEntry {
    Input(i64, u32, String),
    InputOutput(i64, u32, (String, String)),
}

/// The last reply of a kernel.
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

/// The value of a cell's last expression.
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
    use serde_json::json;

    use super::*;

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
            reply(Outcome::Ok {
                user_expressions: BTreeMap::new(),
                payload: vec![Page { data: Bundle::new(), start: 0 }]
            }),
            json!({"status": "ok", "execution_count": 3, "user_expressions": {}, "payload": [{"source": "page", "data": {}, "start": 0}]})
        );
        assert_eq!(reply(Outcome::Aborted), json!({"status": "aborted", "execution_count": 3}));
    }
}
