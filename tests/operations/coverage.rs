//! Every operation is compared with PyTorch, and its gradient with differences: read from the sources, so that a new one
//! cannot be forgotten.

use std::fs;
use std::path::Path;

/// Not compared here, and why.
const ELSEWHERE: [(&str, &str); 3] = [
    ("dropout", "draws its own random numbers; its share and its mean are tested in its file"),
    ("einsum", "the typed shell of `einsum_raw`"),
    ("ids", "reads whole numbers, computes nothing"),
];

/// No gradient to check, and why.
const WITHOUT_GRADIENT: [(&str, &str); 12] = [
    ("argmax_axis", "positions"),
    ("argmax_last", "positions"),
    ("argmin_axis", "positions"),
    ("argsort", "positions"),
    ("eq", "a mask"),
    ("ge", "a mask"),
    ("gt", "a mask"),
    ("ids", "whole numbers"),
    ("le", "a mask"),
    ("lt", "a mask"),
    ("ne", "a mask"),
    ("conv1d", "`convolve` of pictures of one row, whose gradient is checked"),
];

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The operations that `src/ops/mod.rs` makes public, with the file each is in.
fn operations() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let text = source("src/ops/mod.rs");
    for line in text.split("pub use ").skip(1) {
        let (file, names) = line.split_once(';').unwrap().0.split_once("::").unwrap();
        let names = names.trim_matches(['{', '}']).split(',').map(str::trim);
        // Types begin with a capital.
        let functions = names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
        all.extend(functions.map(|name| (name.to_owned(), file.to_owned())));
    }
    assert!(all.len() > 100, "only {} operations were found", all.len());
    all
}

/// Whether a name stands in a text, not as a part of a longer one.
fn names(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}

#[test]
fn every_operation_is_compared_with_pytorch() {
    let files = ["numbers", "shapes", "networks"].map(|file| format!("tests/operations/{file}.rs"));
    let tests: String =
        files.iter().map(String::as_str).chain(["tests/ops_against_pytorch.rs"]).map(source).collect();
    let wrong = |name: &str| {
        let excused = ELSEWHERE.iter().any(|&(other, _)| other == name);
        names(&tests, &format!("ops::{name}")) == excused
    };
    let wrong: Vec<String> =
        operations().into_iter().map(|(name, _)| name).filter(|name| wrong(name)).collect();
    assert!(
        wrong.is_empty(),
        "add cases to tests/peers/operations.py and tests/operations/, or say why not in ELSEWHERE: {wrong:?}"
    );
}

#[test]
fn every_gradient_is_compared_with_differences() {
    let mut wrong = Vec::new();
    for (name, file) in operations() {
        let text = source(&format!("src/ops/{file}.rs"));
        let tests = text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests);
        let checked = tests.contains("check_gradient") && names(tests, &name);
        let excused = WITHOUT_GRADIENT.iter().any(|&(other, _)| other == name);
        if !checked && !excused {
            wrong.push(format!("`{name}` in src/ops/{file}.rs"));
        }
    }
    assert!(
        wrong.is_empty(),
        "check their gradients, or say in WITHOUT_GRADIENT why they have none: {wrong:#?}"
    );
}
