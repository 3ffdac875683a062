//! What clients ask.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A cell to run. What a client leaves out has the default of the protocol.
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
    /// Whether somebody is there to answer an `input_request`.
    #[serde(default = "yes")]
    pub allow_stdin: bool,
}

impl ExecuteRequest {
    /// The `user_expressions`. What is not a text cannot be one.
    pub fn expressions(&self) -> BTreeMap<String, String> {
        let given = self.user_expressions.iter().flatten();
        given.filter_map(|(key, code)| Some((key.clone(), code.as_str()?.to_owned()))).collect()
    }
}

fn yes() -> bool {
    true
}

/// Does Enter run this, or is a line missing?
#[derive(Debug, Deserialize)]
pub struct IsCompleteRequest {
    pub code: String,
}

/// What can stand at the cursor? It counts Unicode code points; without one it is at the end.
#[derive(Debug, Deserialize)]
pub struct CompleteRequest {
    pub code: String,
    #[serde(default)]
    pub cursor_pos: Option<usize>,
}

/// What is at the cursor?
#[derive(Debug, Deserialize)]
pub struct InspectRequest {
    pub code: String,
    #[serde(default)]
    pub cursor_pos: Option<usize>,
    /// 0 for the declaration and what it is about, 1 for everything.
    #[serde(default)]
    pub detail_level: u8,
}

/// Which cells were run?
#[derive(Debug, Deserialize)]
pub struct HistoryRequest {
    /// Whether each entry carries its result too.
    #[serde(default)]
    pub output: bool,
    #[serde(flatten)]
    pub access: HistoryAccess,
}

/// The three ways to look into the history.
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

/// A client wants to talk to an object in the kernel.
#[derive(Debug, Deserialize)]
pub struct CommOpen {
    pub comm_id: String,
}

/// End; `restart` tells that a new kernel will follow.
#[derive(Debug, Deserialize)]
pub struct ShutdownRequest {
    #[serde(default)]
    pub restart: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execute_request_with_code_alone_gets_the_defaults_of_the_protocol() {
        let request: ExecuteRequest = serde_json::from_value(serde_json::json!({"code": "1"})).unwrap();
        assert!(!request.silent && request.store_history && request.stop_on_error && request.allow_stdin);
        assert_eq!(request.user_expressions, None);
    }
}
