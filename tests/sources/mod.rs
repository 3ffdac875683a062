//! Reads the library's sources, for tests that fail when something new is not tested.

#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};

/// The text of a file, by its path in the package.
pub fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts of the Rust files in a folder, not in those inside it, whose names have a word in them.
pub fn texts(folder: &str, word: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_meant = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".rs") && name.contains(word)
    };
    files.retain(is_meant);
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// What a `mod.rs` makes public by `pub use module::name`, with the module it comes from.
pub fn public(path: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for line in text(path).split("\npub use ").skip(1) {
        let (path, _) = line.split_once(';').unwrap();
        let (module, names) = path.split_once("::").unwrap();
        let names = names.rsplit("::").next().unwrap_or_default().trim_matches(['{', '}']).split(',');
        let names = names.map(str::trim).filter(|name| !name.is_empty());
        all.extend(names.map(|name| (name.to_owned(), module.to_owned())));
    }
    assert!(!all.is_empty(), "{path} makes nothing public");
    all
}

/// Whether a name stands in a text, not as a part of a longer one.
pub fn names(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}

/// ***Panics*** with what a `mod.rs` makes public, other than `excused`, and the file of tests does not name.
#[track_caller]
pub fn assert_named(module: &str, tests: &str, excused: &[&str]) {
    let tests = text(tests);
    let missing: Vec<String> = public(module)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !excused.contains(&&name[..]) && !names(&tests, name))
        .collect();
    assert!(missing.is_empty(), "without a test against a peer: {missing:?}");
}
