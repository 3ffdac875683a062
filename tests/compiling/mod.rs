//! Compiles cells against the library and reads what the compiler says.
//!
//! By rustc itself, not by the crate trybuild: that one only checks, as `cargo check` does, and so never sees the sizes that
//! are compared when a function is built; it compares rustc's whole rendering, with line art and lists of other types that
//! change with every release, where we compare the words, the code they point at and how many errors there are; and it
//! builds the library again, in a project of its own, where we link the one that this test was linked from.

#![allow(dead_code, reason = "each test uses a part")]

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

/// Compiles some items against the library, as `cargo check` does, or with `emit` "obj" as `cargo build`.
pub fn compile(emit: &str, body: &str) -> Vec<Error> {
    let source = format!("#![allow(unused)]\nuse ferrolab::prelude::*;\n{body}\n");
    compiled(emit, &source).into_iter().map(|(_, error)| error).collect()
}

/// The errors of a file, each with its place there.
fn compiled(emit: &str, text: &str) -> Vec<(usize, Error)> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("cell.rs");
    std::fs::write(&source, text).unwrap();
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

fn error(message: &Value, source: &Path) -> Option<(usize, Error)> {
    let text = message["message"].as_str().unwrap();
    if message["level"] != "error" || text.starts_with("aborting due to") {
        return None;
    }
    let spans = message["spans"].as_array().unwrap();
    let primary = spans.iter().find(|span| span["is_primary"] == true).and_then(|span| in_file(span, source));
    let (place, code, label) = primary.map_or_else(Default::default, |span| {
        let at = |key: &str| span[key].as_u64().unwrap() as usize;
        let code = std::fs::read_to_string(source).unwrap()[at("byte_start")..at("byte_end")].to_owned();
        (at("byte_start"), code, span["label"].as_str().unwrap_or_default().to_owned())
    });
    let notes = message["children"].as_array().unwrap().iter();
    let notes = notes
        .map(|note| note["message"].as_str().unwrap().to_owned())
        .filter(|note| !note.is_empty())
        .collect();
    Some((place, Error { text: text.to_owned(), code, label, notes }))
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

/// What the compiler says of each of some groups of items. They are compiled together, which saves most of the time.
pub fn compile_each<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<Vec<Error>> {
    let mut source = String::from("#![allow(unused)]\n");
    let mut ends = Vec::new();
    for (i, cell) in cells.enumerate() {
        source.push_str(&format!("mod cell_{i} {{ use ferrolab::prelude::*;\n{cell}\n}}\n"));
        ends.push(source.len());
    }
    let mut found: Vec<Vec<Error>> = ends.iter().map(|_| Vec::new()).collect();
    for (place, error) in compiled("metadata", &source) {
        found[ends.partition_point(|&end| end <= place)].push(error);
    }
    found
}

/// Mistakes that the type checker finds, to be compiled together.
#[derive(Default)]
pub struct Mistakes(Vec<Mistake>);

struct Mistake {
    cell: String,
    text: String,
    code: &'static str,
    label: &'static str,
}

impl Mistakes {
    /// A cell, what the compiler says of it, at which code, and what it says there.
    pub fn add(
        &mut self,
        cell: impl Into<String>,
        text: impl Into<String>,
        code: &'static str,
        label: &'static str,
    ) {
        self.0.push(Mistake { cell: cell.into(), text: text.into(), code, label });
    }

    /// Exactly one error each, as it was said.
    #[track_caller]
    pub fn assert_one_error_each(&self) {
        let found = compile_each(self.0.iter().map(|mistake| mistake.cell.as_str()));
        for (Mistake { cell, text, code, label }, errors) in self.0.iter().zip(found) {
            let [error] = &errors[..] else {
                panic!("{cell}: {} errors instead of one: {errors:#?}", errors.len())
            };
            let parts = (error.text.as_str(), error.code.as_str(), error.label.as_str());
            assert_eq!(parts, (text.as_str(), *code, *label), "{cell}: {error:#?}");
        }
    }
}
