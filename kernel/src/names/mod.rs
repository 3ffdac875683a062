//! Completion and inspection.

pub mod docs;
pub mod entry;
mod index;
pub mod scan;
mod text;

pub use index::Index;
use serde_json::{Value, json};

use crate::engine::{Bundle, Variable};
use crate::messages::{CompleteReply, InspectReply};

/// The words of Rust, edition 2024.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// The variables and keywords that begin as the word before the cursor does.
pub fn complete(code: &str, cursor: Option<usize>, variables: &[Variable]) -> CompleteReply {
    let code: Vec<char> = code.chars().collect();
    let cursor = cursor.unwrap_or(code.len()).min(code.len());
    let start = word_start(&code, cursor);
    let prefix: String = code[start..cursor].iter().collect();
    // After `.` and `::` stand members, which no list of names knows; what begins with a digit is a number.
    let member = code[..start].last().is_some_and(|&before| before == '.' || before == ':');
    let named = prefix.chars().next().is_none_or(|first| !first.is_numeric());
    let mut found: Vec<(&str, &str, &str)> = Vec::new();
    if !member && named {
        let variables = variables.iter().map(|v| (v.name.as_str(), "variable", v.type_name.as_str()));
        // Keywords only for a word that has begun: a list of 40 is no help.
        let keywords = KEYWORDS.iter().filter(|_| !prefix.is_empty()).map(|&word| (word, "keyword", ""));
        found.extend(variables.chain(keywords).filter(|(name, ..)| name.starts_with(&prefix)));
        found.sort_by_key(|&(name, kind, _)| (kind != "variable", name));
    }
    let types: Vec<Value> = (found.iter())
        .map(|(name, kind, signature)| {
            json!({"text": name, "type": kind, "signature": signature, "start": start, "end": cursor})
        })
        .collect();
    CompleteReply {
        matches: found.iter().map(|&(name, ..)| name.to_owned()).collect(),
        cursor_start: start,
        cursor_end: cursor,
        // Not in the protocol: how IPython tells JupyterLab which icon and which signature to show.
        metadata: json!({"_jupyter_types_experimental": types}),
    }
}

/// The type of the variable under the cursor.
pub fn inspect(code: &str, cursor: Option<usize>, variables: &[Variable]) -> InspectReply {
    let code: Vec<char> = code.chars().collect();
    let cursor = cursor.unwrap_or(code.len()).min(code.len());
    let start = word_start(&code, cursor);
    let end = cursor + code[cursor..].iter().take_while(|&&c| in_name(c)).count();
    let name: String = code[start..end].iter().collect();
    let data: Bundle = (variables.iter().find(|variable| variable.name == name))
        .map(|Variable { name, type_name, mutable }| {
            let mutable = if *mutable { "mut " } else { "" };
            ("text/plain".to_owned(), json!(format!("let {mutable}{name}: {type_name}")))
        })
        .into_iter()
        .collect();
    InspectReply { found: !data.is_empty(), data, metadata: json!({}) }
}

fn word_start(code: &[char], cursor: usize) -> usize {
    cursor - code[..cursor].iter().rev().take_while(|&&c| in_name(c)).count()
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
