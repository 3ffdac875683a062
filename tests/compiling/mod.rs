//! Compiles cells against the library and reads what the compiler says.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// An error of the compiler.
#[derive(Debug, PartialEq)]
pub struct Error {
    pub text: String,
    /// The user's code that it points at.
    pub code: String,
    /// What it says there.
    pub label: String,
    /// What it adds.
    pub notes: Vec<String>,
}

/// The folder of compiled crates that this test itself was linked from.
fn crates() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

/// Compiles the body of a function against the library, as `cargo check` does, or with `emit` "obj" as `cargo build`.
pub fn compile(emit: &str, body: &str) -> Vec<Error> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("cell.rs");
    std::fs::write(&source, format!("#![allow(unused)]\nuse ferrolab::prelude::*;\n{body}\n")).unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--error-format=json", &format!("--emit={emit}")])
        .arg(format!("--extern=ferrolab={}", crates().join("libferrolab.rlib").display()))
        .arg(format!("-Ldependency={}", crates().display()))
        .arg("--out-dir")
        .args([folder.path(), &source])
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    messages.lines().filter_map(|line| error(&serde_json::from_str(line).unwrap(), &source)).collect()
}

fn error(message: &Value, source: &Path) -> Option<Error> {
    let text = message["message"].as_str().unwrap();
    if message["level"] != "error" || text.starts_with("aborting due to") {
        return None;
    }
    let spans = message["spans"].as_array().unwrap();
    let primary = spans.iter().find(|span| span["is_primary"] == true).and_then(|span| in_file(span, source));
    let (code, label) = primary.map_or_else(Default::default, |span| {
        let at = |key: &str| span[key].as_u64().unwrap() as usize;
        let code = std::fs::read_to_string(source).unwrap()[at("byte_start")..at("byte_end")].to_owned();
        (code, span["label"].as_str().unwrap_or_default().to_owned())
    });
    let notes = message["children"].as_array().unwrap().iter();
    let notes = notes
        .map(|note| note["message"].as_str().unwrap().to_owned())
        .filter(|note| !note.is_empty())
        .collect();
    Some(Error { text: text.to_owned(), code, label, notes })
}

/// The place in the user's file, also for an error inside a macro that is called there.
fn in_file<'a>(span: &'a Value, source: &Path) -> Option<&'a Value> {
    let is_here = Path::new(span["file_name"].as_str()?) == source;
    if is_here { Some(span) } else { in_file(&span["expansion"]["span"], source) }
}

/// Exactly one error, with this text, at this code.
#[track_caller]
pub fn assert_one_error(emit: &str, body: &str, text: &str, code: &str) -> Error {
    let mut errors = compile(emit, body);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let error = errors.remove(0);
    assert_eq!((error.text.as_str(), error.code.as_str()), (text, code), "{error:#?}");
    error
}
