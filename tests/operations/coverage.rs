//! Every operation is compared with PyTorch, and its gradient with differences: read from the sources, so that a new one
//! cannot be forgotten.

use crate::sources::{self, names};

/// Not compared here, and why.
const ELSEWHERE: [(&str, &str); 3] = [
    ("dropout", "draws its own random numbers; its share and its mean are tested in its file"),
    ("einsum", "the typed shell of `einsum_raw`"),
    ("ids", "reads whole numbers, computes nothing"),
];

/// No gradient to check, and why.
const WITHOUT_GRADIENT: [(&str, &str); 15] = [
    ("argmax_axis", "positions"),
    ("argmax_last", "positions"),
    ("argmin_axis", "positions"),
    ("argsort", "positions"),
    ("eq", "a mask"),
    ("ge", "a mask"),
    ("gt", "a mask"),
    ("ids", "whole numbers"),
    ("isfinite", "a mask"),
    ("isinf", "a mask"),
    ("isnan", "a mask"),
    ("le", "a mask"),
    ("lt", "a mask"),
    ("ne", "a mask"),
    ("conv1d", "`convolve` of pictures of one row, whose gradient is checked"),
];

/// The operations that `src/ops/mod.rs` makes public, with the file each is in. Types begin with a capital.
fn operations() -> Vec<(String, String)> {
    let mut all = sources::public("src/ops/mod.rs");
    all.retain(|(name, _)| name.starts_with(|c: char| c.is_ascii_lowercase()));
    assert!(all.len() > 100, "only {} operations were found", all.len());
    all
}

#[test]
fn every_operation_is_compared_with_pytorch() {
    let tests = sources::text("tests/ops_against_pytorch.rs") + &sources::texts("tests/operations", "");
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
        let text = sources::text(&format!("src/ops/{file}.rs"));
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
